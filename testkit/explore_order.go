package testkit

import (
	"math/rand/v2"
	"time"
)

// order decides who goes next. Each schedule has its own manner, because each
// finds something else: one draws at every step, which finds what needs few
// steps in an unlikely order; another has priorities that seldom change, which
// finds what needs somebody to be late for long.
type order struct {
	dice       *rand.Rand
	priorities map[string]int // nil: draw
	change     int            // one step of so many lowers the priority of who went
	lowest     int
	slow       int // time passes after one step of so many; 0: never
}

func newOrder(dice *rand.Rand) order {
	o := order{dice: dice}
	if dice.IntN(2) == 0 {
		o.priorities = map[string]int{}
		o.change = 4 << dice.IntN(6)
	}
	if dice.IntN(2) == 0 {
		o.slow = 8 << dice.IntN(6)
	}
	return o
}

// choose is the place of who goes next.
func (o *order) choose(ready []*step) int {
	if len(ready) == 1 {
		return 0
	}
	if o.priorities == nil {
		return o.dice.IntN(len(ready))
	}
	best, highest := 0, 0
	for i, s := range ready {
		if p := o.priority(s.name); i == 0 || p > highest {
			best, highest = i, p
		}
	}
	if o.dice.IntN(o.change) == 0 {
		o.lowest--
		o.priorities[ready[best].name] = o.lowest
	}
	return best
}

func (o *order) priority(name string) int {
	p, known := o.priorities[name]
	if !known {
		p = o.dice.IntN(1 << 20)
		o.priorities[name] = p
	}
	return p
}

// pause is how much time passes after a step though others are possible.
func (o *order) pause() time.Duration {
	if o.slow == 0 || o.dice.IntN(o.slow) > 0 {
		return 0
	}
	return time.Duration(1+o.dice.IntN(999)) * time.Duration([]int{1e3, 1e4, 1e5, 1e6, 1e7}[o.dice.IntN(5)])
}
