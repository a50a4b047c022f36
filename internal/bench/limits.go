package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/pflag"
)

// limits are what actorpipe may cost, for a machine to judge: 0 is none.
type limits struct {
	cpu         float64 // of what channels cost, in the median of all rounds
	allocations float64 // a record, in the median
}

func (l *limits) flags(f *pflag.FlagSet) {
	f.Float64Var(&l.cpu, "max-cpu-ratio", 0, "fail where actorpipe takes more than so many times the CPU of channels, in the median")
	f.Float64Var(&l.allocations, "max-allocations", 0, "fail where actorpipe allocates more objects a record, in the median")
}

// check says what cannot be judged.
func (l *limits) check(variants []string) error {
	switch {
	case l.cpu > 0 && (!slices.Contains(variants, nameActorpipe) || !slices.Contains(variants, nameChannels)):
		return errors.New("--max-cpu-ratio: it takes the variants actorpipe and channels")
	case l.allocations > 0 && !slices.Contains(variants, nameActorpipe):
		return errors.New("--max-allocations: it takes the variant actorpipe")
	}
	return nil
}

// judge says which limits were passed.
func (l *limits) judge(r *results) error {
	var passed []error
	for _, x := range r.ratios() {
		if x.To == nameChannels && l.cpu > 0 && x.CPUAll.Median > l.cpu {
			passed = append(passed, fmt.Errorf("actorpipe took %.2f times the CPU of channels, at most %.2f is allowed", x.CPUAll.Median, l.cpu))
		}
	}
	if l.allocations > 0 {
		got := spreadOf(r.values(nameActorpipe, func(m measurement) float64 { return m.Allocations })).Median
		if got > l.allocations {
			passed = append(passed, fmt.Errorf("actorpipe allocated %.2f objects a record, at most %.2f is allowed", got, l.allocations))
		}
	}
	return errors.Join(passed...)
}
