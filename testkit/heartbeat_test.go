package testkit_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/testkit"
)

// beat is what a heart sends; tick is how its timer speaks to it.
type (
	beat struct{ N int }
	tick struct{}
)

// heart shows an actor with a timer of its own: the timer sends a message and
// is stopped with the actor.
type heart struct {
	to    *actor.PID
	every time.Duration
	beats int
	timer *time.Timer
}

func heartProps(to *actor.PID, every time.Duration) *actor.Props {
	return actor.PropsFromProducer(func() actor.Actor { return &heart{to: to, every: every} })
}

func (h *heart) Receive(c actor.Context) {
	switch c.Message().(type) {
	case *actor.Started:
		root, self := c.ActorSystem().Root, c.Self()
		h.timer = time.AfterFunc(h.every, func() { root.Send(self, &tick{}) })
	case *tick:
		h.beats++
		c.Send(h.to, &beat{N: h.beats})
		h.timer.Reset(h.every)
	case *actor.Stopping:
		h.timer.Stop()
	}
}

// The package documentation shows the beginning of this test.
func TestHeartBeatsEveryTenMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := testkit.NewSystem(t)
		probe := testkit.NewProbe(t, sys)
		testkit.Spawn(t, sys, heartProps(probe.PID(), 10*time.Minute))

		testkit.ExpectNone(probe)
		for want := 1; want <= 6; want++ { // an hour in no time
			time.Sleep(10 * time.Minute) //nolint:forbidigo // virtual: it costs no time
			if got := testkit.Expect[*beat](probe); got.N != want {
				t.Errorf("beat %d, want %d", got.N, want)
			}
		}
		testkit.ExpectNone(probe)
	})
}
