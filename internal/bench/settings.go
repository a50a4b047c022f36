package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// settings are what the flags say.
type settings struct {
	records   int // tweets and users together
	rounds    int
	variants  []string // empty: all that suit
	addresses string
	geoip     string // empty: the sandbox's database
	json      string // file, - for standard output; empty: none
	plots     string // folder; empty: none

	stack         bool
	warm          int // documents
	kafka         []string
	elasticsearch string

	limits limits
	// What no flag of the comparison says, and the scale command varies.
	layout      []topic // none: the default's
	even        bool    // the partitions of a kind have as many records each; else keys decide
	members     int     // of the group, each a process of actorpipe; 0: one
	fetchMemory string  // of actorpipe; empty: the default

	self       []string // the command that is this program; empty: the running file
	buildFlags []string // of actorpipe
}

// The addresses that tweets come from.
const (
	addressesUniform = "uniform"
	addressesZipf    = "zipf"
)

// usersShare is how many records there are for each user among them.
const usersShare = 11

func (s *settings) flags(f *pflag.FlagSet) {
	s.roundFlags(f)
	s.sourceFlags(f)
	s.stackFlags(f)
	f.StringSliceVar(&s.variants, "variants", nil, "some of "+strings.Join(variantNames(), ",")+" (default all; prebuilt with --stack only)")
	f.StringVar(&s.plots, "plots", "", "draw the results into `FOLDER`, as docs/performance")
	s.limits.flags(f)
}

// roundFlags are those of what is measured again and again.
func (s *settings) roundFlags(f *pflag.FlagSet) {
	f.IntVar(&s.records, "records", 1_100_000, "records of each run, one of 11 a user, the others tweets")
	f.IntVar(&s.rounds, "rounds", 5, "how often each variant, or size, runs")
}

// sourceFlags are those of what the records are, and of the results.
func (s *settings) sourceFlags(f *pflag.FlagSet) {
	f.StringVar(&s.addresses, "addresses", addressesUniform, "of the tweets: uniform over what the database knows, or zipf")
	f.StringVar(&s.geoip, "geoip", "", "a city `DATABASE` (default: that of the sandbox)")
	f.StringVar(&s.json, "json", "", "write the results to `FILE`, too, - for standard output")
}

// stackFlags are those of real servers.
func (s *settings) stackFlags(f *pflag.FlagSet) {
	f.BoolVar(&s.stack, "stack", false, "take a real Kafka and a real Elasticsearch, as docker/stack starts them")
	f.IntVar(&s.warm, "warm-up", 700_000, "documents that --stack writes before it measures: a cold JVM indexes at half speed")
	f.StringSliceVar(&s.kafka, "kafka", []string{"127.0.0.1:29092"}, "brokers of --stack")
	f.StringVar(&s.elasticsearch, "elasticsearch", "http://127.0.0.1:29200", "address of --stack")
}

// check fills in what flags leave open, and says what cannot be measured.
func (s *settings) check() error {
	if len(s.variants) == 0 {
		s.variants = variantNames()
		if !s.stack {
			s.variants = slices.DeleteFunc(s.variants, func(name string) bool { return name == namePrebuilt })
		}
	}
	for _, name := range s.variants {
		if !slices.Contains(variantNames(), name) {
			return fmt.Errorf("--variants: there is no %q: take some of %s", name, strings.Join(variantNames(), ", "))
		}
	}
	switch {
	case s.records < usersShare:
		return fmt.Errorf("--records: at least %d are needed", usersShare)
	case s.rounds < 1:
		return errors.New("--rounds: at least one is needed")
	}
	if err := s.limits.check(s.variants); err != nil {
		return err
	}
	return s.checkSource()
}

// checkSource is check for sourceFlags.
func (s *settings) checkSource() error {
	if s.addresses != addressesUniform && s.addresses != addressesZipf {
		return fmt.Errorf("--addresses: %q is neither uniform nor zipf", s.addresses)
	}
	return s.place()
}

// place fills in what a run needs beside what flags say.
func (s *settings) place() error {
	if len(s.layout) == 0 {
		s.layout = layout(defaultTopics, defaultPartitions)
	}
	s.members = max(s.members, 1)
	if len(s.self) > 0 {
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	s.self = []string{self}
	return nil
}

func (s *settings) users() int  { return s.records / usersShare }
func (s *settings) tweets() int { return s.records - s.users() }

// database is what addresses are looked up in: a file's name, or "the sandbox".
func (s *settings) database() string {
	if s.geoip == "" {
		return "the sandbox"
	}
	return filepath.Base(s.geoip)
}
