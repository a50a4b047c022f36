package mailbox

import "time"

// ring is a queue in a slice whose length is a power of two. It grows and never
// shrinks; the zero value is ready.
type ring[T any] struct {
	buf  []T
	head int
	n    int
}

func (r *ring[T]) len() int { return r.n }

// at is the i-th element from the head.
func (r *ring[T]) at(i int) *T { return &r.buf[(r.head+i)&(len(r.buf)-1)] }

func (r *ring[T]) push(x T) {
	r.grow()
	r.n++
	*r.at(r.n - 1) = x
}

// unshift puts x before the head.
func (r *ring[T]) unshift(x T) {
	r.grow()
	r.n++
	r.head = (r.head - 1) & (len(r.buf) - 1)
	*r.at(0) = x
}

func (r *ring[T]) pop() T {
	var zero T
	p := r.at(0)
	x := *p
	*p = zero
	r.head = (r.head + 1) & (len(r.buf) - 1)
	r.n--
	return x
}

// remove takes out the i-th element; the others keep their order.
func (r *ring[T]) remove(i int) T {
	x := *r.at(i)
	for ; i > 0; i-- {
		*r.at(i) = *r.at(i - 1)
	}
	r.pop()
	return x
}

// extract takes out what matches and returns it; the others keep their order.
func (r *ring[T]) extract(match func(T) bool) (out []T) {
	for range r.n {
		if x := r.pop(); match(x) {
			out = append(out, x)
		} else {
			r.push(x)
		}
	}
	return out
}

func (r *ring[T]) each(f func(*T)) {
	for i := range r.n {
		f(r.at(i))
	}
}

func (r *ring[T]) grow() {
	if r.n < len(r.buf) {
		return
	}
	buf := make([]T, max(8, 2*len(r.buf)))
	n := copy(buf, r.buf[r.head:])
	copy(buf[n:], r.buf[:r.head])
	r.buf, r.head = buf, 0
}

// pile is messages that wait outside the lanes, and what they weigh.
type pile struct {
	ring   ring[entry]
	weight int
}

func (p *pile) len() int { return p.ring.n }

func (p *pile) push(e entry) {
	p.ring.push(e)
	p.weight += e.weight
}

// unshift puts msgs before the head, in their order.
func (p *pile) unshift(msgs []any) {
	for i := len(msgs) - 1; i >= 0; i-- {
		e := newEntry(msgs[i])
		p.ring.unshift(e)
		p.weight += e.weight
	}
}

func (p *pile) head(time.Duration) *entry {
	if p.ring.n == 0 {
		return nil
	}
	return p.ring.at(0)
}

func (p *pile) pop() entry {
	e := p.ring.pop()
	p.weight -= e.weight
	return e
}

// extract takes out what matches and returns the messages.
func (p *pile) extract(match func(any) bool) (out []any) {
	for _, e := range p.ring.extract(func(e entry) bool { return match(inner(e.msg)) }) {
		p.weight -= e.weight
		out = append(out, inner(e.msg))
	}
	return out
}

// drain takes out everything.
func (p *pile) drain() (out []any) {
	for p.len() > 0 {
		out = append(out, p.pop().msg)
	}
	return out
}
