package mailbox

import "time"

// Stats are the gauges of a lane at one moment. Counts are in weight. Rates and
// means come of two readings: the mean depth in between is the difference of
// DepthTime by that of the clock.
type Stats struct {
	Depth      int64
	Capacity   int64
	Parked     int64         // senders that are parked now
	HighWater  int64         // highest depth since ResetHighWater
	In, Out    int64         // since the start; Out counts all that left the lane, swept and set aside too
	ParkedTime time.Duration // with at least one sender parked, since the start, up to now
	DepthTime  float64       // depth x seconds, since the start, up to now
}

// Stats reads the gauges; cheap, from any goroutine, the actor being alive or not.
func (l *Lane) Stats() Stats {
	now := l.queue.now()
	l.queue.mu.Lock()
	defer l.queue.mu.Unlock()
	l.account(now)
	s := Stats{
		Depth: int64(l.depth), Capacity: int64(l.capacity), Parked: int64(l.parked.len()), HighWater: int64(l.high),
		In: l.in, Out: l.out, ParkedTime: l.parkedTime, DepthTime: l.depthTime,
	}
	if s.Parked > 0 {
		s.ParkedTime += max(now-l.parkedSince, 0)
	}
	return s
}

// ResetHighWater starts HighWater anew, at the present depth.
func (l *Lane) ResetHighWater() {
	l.queue.mu.Lock()
	defer l.queue.mu.Unlock()
	l.high = l.depth
}

// QueueStats are the gauges of what a queue holds outside its lanes, in weight.
type QueueStats struct {
	Delayed        int64 // waiting for a time of their own
	SetAside       int64 // waiting for the gate of a key
	Back           int64 // back at the head
	GateClosed     bool  // the pool's gate: only a probe is handed out
	KeyGatesClosed int
	Ready          bool // a free worker would be handed something now
}

// Stats reads the gauges; from any goroutine.
func (q *Queue) Stats() QueueStats {
	now := q.now()
	q.mu.Lock()
	defer q.mu.Unlock()
	s := QueueStats{
		Delayed: int64(q.delays.weight), Back: int64(q.back.weight),
		GateClosed: q.gate.shut, KeyGatesClosed: len(q.gates),
	}
	s.Ready, _ = q.ready(now)
	for _, u := range q.returned {
		for _, msg := range u.messages {
			s.Back += int64(newEntry(msg).weight)
		}
	}
	for _, g := range q.gates {
		s.SetAside += int64(g.aside.weight)
	}
	return s
}

// PoolStats are the gauges of a pool's workers.
type PoolStats struct {
	Workers  int           // that there are, without those that are leaving
	Busy     int           // with a unit in their hands now, crashed ones too
	BusyTime time.Duration // of all workers together, since the start, up to now
}

// Stats reads the gauges; from any goroutine.
func (p *Pool) Stats() PoolStats {
	q := p.settings.Queue
	now := q.now()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.accountBusy(now)
	return PoolStats{Workers: int(p.workers.Load()), Busy: len(q.hands), BusyTime: q.busyTime}
}
