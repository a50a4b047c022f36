package sandbox

import "math/bits"

// dice is a stream of pseudo random numbers (splitmix64). Its value is its
// state: equal dice roll equal numbers.
type dice uint64

// newDice is the dice of record i of a stream.
func newDice(seed uint64, stream, i int) dice {
	d := dice(seed ^ uint64(stream)<<56)
	return d ^ dice(uint64(i)*0xd1342543de82ef95)
}

func (d *dice) next() uint64 {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below is a number of 0..n-1, all equally likely.
func (d *dice) below(n int) int {
	hi, _ := bits.Mul64(d.next(), uint64(n))
	return int(hi)
}

// fraction is a number of [0, 1).
func (d *dice) fraction() float64 { return float64(d.next()>>11) / (1 << 53) }

// skewed is a number of 0..n-1 of which small ones are much more likely, as
// some people write much more than others.
func (d *dice) skewed(n int) int {
	f := d.fraction()
	return int(f * f * f * float64(n))
}
