package testkit

import (
	"context"
	"runtime/pprof"
	"sync"

	"github.com/asynkron/protoactor-go/actor"
)

// Autopilot has the probe answer each T that comes from now on, while the test goes
// on: answer's reply is sent to the sender, as the probe's; nil sends none. The
// message is there for the test to expect as well.
//
// All answers of a probe are given one at a time, in the order in which the messages
// came, on a goroutine beside the test and the senders: a reply may park at a full
// mailbox and holds up only the replies after it. So answer shares its variables with
// the test by a mutex or not at all, and does not call expectations. In a synctest
// bubble all is answered when the bubble is at rest.
//
// Of several calls the newest whose T fits a message answers it. A message that came
// without a sender cannot be replied to: the test fails.
func Autopilot[T any](p *Probe, answer func(message T, sender *actor.PID) (reply any)) {
	p.pilot.add(func(l letter) (reply any, mine bool) {
		message, mine := l.message.(T)
		if !mine {
			return nil, false
		}
		return answer(message, l.sender), true
	})
}

// pilot answers for a probe. Its goroutine lives while there is something to answer;
// the system, as it ends, waits for that goroutine as for those of actors.
type pilot struct {
	probe *Probe

	mu      sync.Mutex // guards what follows
	answers []func(letter) (reply any, mine bool)
	waiting []letter // to be answered
	flying  bool     // somebody answers them
}

func (p *pilot) add(answer func(letter) (any, bool)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers = append(p.answers, answer)
}

// hear is called by senders.
func (p *pilot) hear(l letter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.answers) == 0 || !isUserMessage(l.message) {
		return
	}
	p.waiting = append(p.waiting, l)
	if !p.flying {
		p.flying = true
		go p.fly() // owned by the system: see judgeGoroutines
	}
}

// fly answers until nothing waits.
func (p *pilot) fly() {
	sys := p.probe.sys
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), sys.labels(p.probe.String())))
	for l, answers := p.next(); answers != nil; l, answers = p.next() {
		for i := len(answers) - 1; i >= 0; i-- {
			if reply, mine := answers[i](l); mine {
				p.reply(l, reply)
				break
			}
		}
	}
}

// next is the message to answer, and who may; nil once nothing waits.
func (p *pilot) next() (l letter, answers []func(letter) (any, bool)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.waiting) == 0 {
		p.flying = false
		return l, nil
	}
	l = p.waiting[0]
	p.waiting = p.waiting[1:]
	return l, p.answers
}

func (p *pilot) reply(l letter, reply any) {
	switch {
	case reply == nil:
	case l.sender == nil:
		p.probe.sys.report.errorf("%s: the autopilot has no one to reply %s to: %v", p.probe, show(reply), l)
	default:
		p.probe.Request(l.sender, reply)
	}
}
