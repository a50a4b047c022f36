package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
)

// The size that is varied from, beside defaultTopics and defaultPartitions.
const (
	defaultMembers     = 1
	defaultFetchMemory = "64MiB"
)

// scaleSettings are what the flags of the scale command say.
type scaleSettings struct {
	settings
	partitionsIn, topicsIn, membersIn []int
	fetchMemoryIn                     []string
}

// size is how large the world of a run is.
type size struct {
	Partitions  int    `json:"partitions"` // of all topics
	Topics      int    `json:"topics"`
	Members     int    `json:"members"`
	FetchMemory string `json:"fetch_memory"`
}

func (z size) String() string {
	return fmt.Sprintf("%d partitions, %d topics, %d members, %s", z.Partitions, z.Topics, z.Members, z.FetchMemory)
}

// scaleCommand measures actorpipe with more partitions, topics and members.
func scaleCommand() *cobra.Command {
	var s scaleSettings
	c := &cobra.Command{
		Use:   "scale",
		Short: "Measure what actorpipe costs with many partitions, topics and members",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return scale(c.Context(), &s, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f := c.Flags()
	s.roundFlags(f)
	s.sourceFlags(f)
	f.IntSliceVar(&s.partitionsIn, "partitions", []int{12, 100, 1000, 5000}, "of all topics together")
	f.IntSliceVar(&s.topicsIn, "topics", []int{1, 4, 16, 64}, "with a partition each, or more")
	f.IntSliceVar(&s.membersIn, "members", []int{1, 2, 4, 8}, "processes in one group")
	f.StringSliceVar(&s.fetchMemoryIn, "fetch-memory", []string{defaultFetchMemory}, "the fetch_memory of each, tried with all --partitions")
	return c
}

// scale measures, and shows what was measured.
func scale(ctx context.Context, s *scaleSettings, out, diag io.Writer) error {
	if err := s.check(); err != nil {
		return err
	}
	r, err := s.measure(ctx, diag)
	if err != nil {
		return err
	}
	if err := r.writeTable(out); err != nil {
		return err
	}
	return writeJSON(r, s.json, out)
}

// check fills in what flags leave open, and says what cannot be measured.
func (s *scaleSettings) check() error {
	if len(s.fetchMemoryIn) == 0 {
		return errors.New("--fetch-memory: at least one is needed")
	}
	for _, n := range slices.Concat(s.partitionsIn, s.topicsIn, s.membersIn) {
		if n < 1 {
			return fmt.Errorf("--partitions, --topics and --members: %d is below 1", n)
		}
	}
	s.even = true
	s.variants = []string{nameActorpipe}
	return s.settings.check()
}

// sizes are all that are measured, the one that others are compared with first.
// Partitions, topics and members are varied alone.
func (s *scaleSettings) sizes() (all []size) {
	add := func(z size) {
		z.Partitions = max(z.Partitions, z.Topics)
		if !slices.Contains(all, z) {
			all = append(all, z)
		}
	}
	base := size{defaultPartitions, defaultTopics, defaultMembers, s.fetchMemoryIn[0]}
	add(base)
	for _, memory := range s.fetchMemoryIn {
		for _, n := range s.partitionsIn {
			add(size{n, base.Topics, base.Members, memory})
		}
	}
	for _, n := range s.topicsIn {
		add(size{base.Partitions, n, base.Members, base.FetchMemory})
	}
	for _, n := range s.membersIn {
		add(size{base.Partitions, base.Topics, n, base.FetchMemory})
	}
	return all
}
