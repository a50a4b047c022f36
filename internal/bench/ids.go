package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// idsSettings are what the flags of bench ids say.
type idsSettings struct {
	elasticsearch string
	documents     int
	warm          int // documents
	redelivered   int // documents
	layouts       []string
	json          string // file, - for standard output; empty: none
}

// idsCommand measures layouts of document ids, one after the other: each in an
// index of its own, and the first of several once more at the end. What that
// differs from its first time is what the machine has drifted.
func idsCommand() *cobra.Command {
	var s idsSettings
	c := &cobra.Command{
		Use:   "ids",
		Short: "Measure what layouts of document ids cost a real Elasticsearch",
		Long:  "Measure what layouts of document ids cost a real Elasticsearch.\n\n" + describeLayouts(),
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return benchIDs(c.Context(), &s, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	s.flags(c.Flags())
	return c
}

func (s *idsSettings) flags(f *pflag.FlagSet) {
	f.StringVar(&s.elasticsearch, "elasticsearch", "http://127.0.0.1:29200", "address of Elasticsearch, as docker/stack starts it")
	f.IntVar(&s.documents, "documents", 10_000_000, fmt.Sprintf("of each index, in bodies of %d", idsBody))
	f.IntVar(&s.warm, "warm-up", 1_000_000, "documents that are written before anything is measured")
	f.IntVar(&s.redelivered, "redelivered", 500_000, "documents that are sent again, spread over the index")
	f.StringSliceVar(&s.layouts, "layouts", layoutNames(), "what to measure, in this order; the first of several once more at the end")
	f.StringVar(&s.json, "json", "", "write the results to `FILE`, too, - for standard output")
}

func describeLayouts() string {
	var text strings.Builder
	for _, l := range layouts {
		fmt.Fprintf(&text, "  %-14s %s\n", l.name, l.about)
	}
	return text.String()
}

// chosen are the layouts to measure, the control included.
func (s *idsSettings) chosen() (all []idLayout, err error) {
	if s.documents < 1 || s.redelivered < 1 {
		return nil, errors.New("--documents, --redelivered: at least one is needed")
	}
	if len(s.layouts) == 0 {
		return nil, errors.New("--layouts: at least one is needed")
	}
	names := slices.Clone(s.layouts)
	if len(names) > 1 {
		names = append(names, names[0])
	}
	for _, name := range names {
		i := slices.IndexFunc(layouts, func(l idLayout) bool { return l.name == name })
		if i < 0 {
			return nil, fmt.Errorf("--layouts: there is no %q: take some of %s", name, strings.Join(layoutNames(), ", "))
		}
		all = append(all, layouts[i])
	}
	return all, nil
}

// every is the distance of bodies that are sent again.
func (s *idsSettings) every(bodies int) int {
	return max(1, bodies/bodiesOf(s.redelivered))
}

// bodiesOf is how many bodies so many documents make.
func bodiesOf(documents int) int { return (documents + idsBody - 1) / idsBody }

// benchIDs measures, and shows what was measured.
func benchIDs(ctx context.Context, s *idsSettings, out, diag io.Writer) error {
	chosen, err := s.chosen()
	if err != nil {
		return err
	}
	if s.warm > 0 {
		fmt.Fprintln(diag, "warming up")
		if _, err := measureIDs(ctx, s, chosen[0], bodiesOf(s.warm)); err != nil {
			return err
		}
	}
	r := &idsResults{Time: time.Now().UTC(), Machine: machine()}
	for _, l := range chosen {
		got, err := measureIDs(ctx, s, l, bodiesOf(s.documents))
		if err != nil {
			return errors.Join(err, r.show(s.json, out)) // it took long to come that far
		}
		fmt.Fprintln(diag, got)
		r.Measurements = append(r.Measurements, got)
	}
	return r.show(s.json, out)
}
