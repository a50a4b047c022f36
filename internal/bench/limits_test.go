package main

import (
	"strings"
	"testing"
)

func TestLimitsJudgeTheMedian(t *testing.T) {
	r := &results{Variants: []string{nameActorpipe, nameChannels, nameBare}}
	for i, cpu := range []float64{1.0, 1.2, 3.0} {
		r.Measurements = append(r.Measurements,
			measurement{Variant: nameActorpipe, Round: i + 1, CPUMicroseconds: cpu, Allocations: 1 + cpu},
			measurement{Variant: nameChannels, Round: i + 1, CPUMicroseconds: 1, Allocations: 9},
			measurement{Variant: nameBare, Round: i + 1, CPUMicroseconds: 0.1, Allocations: 9})
	}
	for name, test := range map[string]struct {
		limits limits
		want   string // of the error; empty: none
	}{
		"none":                {limits{}, ""},
		"kept":                {limits{cpu: 1.2, allocations: 2.2}, ""},
		"ratio passed":        {limits{cpu: 1.19, allocations: 2.2}, "actorpipe took 1.20 times the CPU of channels, at most 1.19 is allowed"},
		"allocations passed":  {limits{allocations: 2.1}, "actorpipe allocated 2.20 objects a record, at most 2.10 is allowed"},
		"both of them passed": {limits{cpu: 1, allocations: 1}, "times the CPU of channels, at most 1.00 is allowed\nactorpipe allocated"},
	} {
		t.Run(name, func(t *testing.T) {
			err := test.limits.judge(r)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("judged %v, want %q", err, test.want)
			}
		})
	}
	for _, l := range []limits{{cpu: 1}, {allocations: 1}} {
		if l.check([]string{nameBare, nameChannels}) == nil {
			t.Errorf("%+v is taken without the variants that it needs", l)
		}
		if err := l.check([]string{nameActorpipe, nameChannels}); err != nil {
			t.Error(err)
		}
	}
}
