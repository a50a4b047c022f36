package mailbox_test

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors/mailbox"
)

// order is a message that counts for one and has a size.
type order struct{ text string }

func (o *order) Size() int { return len(o.text) }

// sink refuses everything at first.
type sink struct{ refusals int }

func (s *sink) write() bool {
	s.refusals--
	return s.refusals < 0
}

// A pool of one worker writes orders together, and holds everything while its
// sink is away.
func Example() {
	q := mailbox.NewQueue(mailbox.Settings{
		Context:  context.Background(),
		Coalesce: &mailbox.Coalesce{MinBytes: 15, MaxBytes: 100, MaxAge: time.Second},
		Backoff:  func(failures int) time.Duration { return time.Duration(failures) * time.Millisecond },
	})
	orders := q.AddLane("orders", 1000)

	away := &sink{refusals: 2}
	worker := actor.PropsFromFunc(func(c actor.Context) {
		u, ok := c.Message().(*mailbox.Unit)
		if !ok {
			return
		}
		if !away.write() {
			u.Hold(u.Messages()...)
			return
		}
		u.Succeeded()
		for _, m := range u.Messages() {
			fmt.Println(m.(*order).text, "written")
		}
	})
	pool := mailbox.NewPool(mailbox.PoolSettings{Name: "writer", Size: 1, Queue: q, Worker: worker})

	quiet := func(*actor.ActorSystem) *slog.Logger { return slog.New(slog.DiscardHandler) }
	system := actor.NewActorSystem(actor.WithLoggerFactory(quiet))
	pid := system.Root.Spawn(pool.Props())
	for _, text := range []string{"apples", "pears", "plums"} {
		if err := orders.Post(&order{text}); err != nil {
			fmt.Println(err)
		}
	}
	if err := system.Root.PoisonFuture(pid).Wait(); err != nil { // drains
		fmt.Println(err)
	}
	fmt.Println("in", orders.Stats().In, "out", orders.Stats().Out)
	// Output:
	// apples written
	// pears written
	// plums written
	// in 3 out 3
}
