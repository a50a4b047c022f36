package testkit_test

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// The protocol of the actors in these tests.
type (
	ping  struct{ N int }
	pong  struct{ N int }
	crash struct{ Why string }
	late  struct{ After time.Duration } // answered with pong after that time

	order struct {
		From  *actor.PID
		Lines []line
	}
	line struct {
		Article string
		Amount  int
	}
	secret struct{ n int }
)

// stray says that an actor does not know a message.
type stray struct {
	to      *actor.PID
	message any
}

func (s *stray) Unhandled() (who *actor.PID, message any) { return s.to, s.message }

// pickyProps knows no message at all.
func pickyProps() *actor.Props {
	return actor.PropsFromFunc(func(c actor.Context) {
		switch m := c.Message().(type) {
		case actor.SystemMessage, actor.AutoReceiveMessage:
		default:
			c.ActorSystem().EventStream.Publish(&stray{c.Self(), m})
		}
	})
}

// untidyProps starts a goroutine that nobody owns.
func untidyProps(end <-chan struct{}) *actor.Props {
	return actor.PropsFromFunc(func(c actor.Context) {
		if _, ok := c.Message().(*actor.Started); ok {
			go wander(end)
		}
	})
}

func wander(end <-chan struct{}) { <-end }

// echoProps answers ping with pong, panics on crash.
func echoProps(opts ...actor.PropsOption) *actor.Props {
	return actor.PropsFromFunc(func(c actor.Context) {
		switch m := c.Message().(type) {
		case *ping:
			c.Respond(&pong{N: m.N})
		case *crash:
			panic(m.Why)
		case *late:
			root, to := c.ActorSystem().Root, c.Sender()
			time.AfterFunc(m.After, func() { root.Send(to, &pong{}) })
		}
	}, opts...)
}

// parentProps has an echo named child, which boss supervises.
func parentProps(boss actor.SupervisorStrategy, opts ...actor.PropsOption) *actor.Props {
	return actor.PropsFromFunc(func(c actor.Context) {
		if _, ok := c.Message().(*actor.Started); ok {
			if _, err := c.SpawnNamed(echoProps(), "child"); err != nil {
				panic(err)
			}
		}
	}, append(opts, actor.WithSupervisor(boss))...)
}

// stuckProps does not stop before free is closed.
func stuckProps(free <-chan struct{}) *actor.Props {
	return actor.PropsFromFunc(func(c actor.Context) {
		if _, ok := c.Message().(*actor.Stopping); ok {
			<-free
		}
	})
}

// slowProps takes its time to stop.
func slowProps(d time.Duration, stopped func()) *actor.Props {
	return actor.PropsFromFunc(func(c actor.Context) {
		if _, ok := c.Message().(*actor.Stopping); ok {
			<-time.After(d)
			stopped()
		}
	})
}
