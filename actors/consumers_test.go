package actors

import (
	"testing"
	"testing/synctest"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors/mailbox"
	"github.com/actorpipe/actorpipe/messages"
	"github.com/actorpipe/actorpipe/testkit"
)

// family is the partition consumers' parent, and a claim that it has opened or
// is to open.
type family struct {
	*testing.T
	system *testkit.System
	boss   *testkit.Supervisor // of the parent, which it resumes
	parent *actor.PID
	books  *Books
	claim  *holding
	up     chan error
}

func newFamily(t *testing.T, newQueue func() *mailbox.Queue) *family {
	t.Helper()
	f := &family{T: t, system: testkit.NewSystem(t), books: NewBooks([]string{"tweets"}), up: make(chan error, 1)}
	f.boss = testkit.NewSupervisor(t, f.system, actor.ResumeDirective)
	own := actor.WithMailbox(func() actor.Mailbox { return mailbox.New(mailbox.NewQueue(mailbox.Settings{})) })
	f.parent = testkit.SpawnNamed(t, f.system, ConsumersProps(newQueue, own, actor.WithGuardian(f.boss)), "consumers")
	f.claim = &holding{
		claim:   &messages.Claim{Topic: "tweets", Partition: 3, Number: 7, HighWater: func() int64 { return 0 }},
		tracker: NewTracker(PlainPrice), budget: NewBudget(1 << 20), books: f.books, mark: func(int64) {},
	}
	f.books.open(f.claim)
	return f
}

func plainQueue() *mailbox.Queue { return mailbox.NewQueue(mailbox.Settings{}) }

// open asks for the claim's partition consumer and returns what was answered.
func (f *family) open() error {
	f.system.Root.Send(f.parent, &openClaim{f.claim, f.up})
	return <-f.up
}

// end tells the partition consumer that its claim is over, and waits until it
// knows.
func (f *family) end() {
	heard := make(chan struct{}, 1)
	f.system.Root.Send(f.claim.claim.Consumer, &messages.ClaimEnded{Heard: heard})
	<-heard
}

// wantBooks fails the test unless the books say so, and balance.
func (f *family) wantBooks(want messages.Books) {
	f.Helper()
	topics, _ := f.books.Read()
	if topics[0].Books != want || !f.books.Balanced() {
		f.Errorf("books are %+v, want %+v", topics[0].Books, want)
	}
}

func TestConsumersOpenAClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFamily(t, plainQueue)
		if err := f.open(); err != nil {
			t.Fatal(err)
		}
		if id := f.claim.claim.Consumer.Id; id != "consumers/tweets-3#7" {
			t.Errorf("the partition consumer is %s, want consumers/tweets-3#7", id)
		}
		if err := f.open(); err == nil {
			t.Error("the same claim was opened twice")
		}
		f.end()
		f.wantBooks(messages.Books{})
	})
}

// TestConsumersOpenAClaimAfterACrash crashes the parent while it makes a
// partition consumer: the message comes again, and the claim hears of it once.
func TestConsumersOpenAClaimAfterACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		crashes := 1
		f := newFamily(t, func() *mailbox.Queue {
			if crashes > 0 {
				crashes--
				panic("no queue")
			}
			return plainQueue()
		})
		if err := f.open(); err != nil {
			t.Errorf("the claim heard %v, want that its consumer is there", err)
		}
		if reason, ok := testkit.ExpectFailure(f.boss).Reason.(*Crash); !ok || reason.Panic != "no queue" {
			t.Errorf("the supervisor was told %v, want the crash", reason)
		}
		f.end()
		f.wantBooks(messages.Books{})
	})
}

// TestConsumerOutlivesItsClaim ends a claim with two records in flight: the
// partition consumer ends with the last of them, and not before.
func TestConsumerOutlivesItsClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFamily(t, plainQueue)
		if err := f.open(); err != nil {
			t.Fatal(err)
		}
		f.claim.tracker.Enter(records(0, 1))
		f.claim.budget.Take(2 * PlainPrice.Of(&records(0)[0]))
		watcher, consumer := testkit.NewProbe(t, f.system), f.claim.claim.Consumer
		watcher.Watch(consumer)
		f.end()
		f.system.Root.Send(consumer, &messages.Settled{Ranges: []messages.Range{{From: 0, To: 1}}})
		testkit.ExpectNone(watcher)
		f.wantBooks(messages.Books{Consumed: 2, Indexed: 1, InFlight: 1})
		f.system.Root.Send(consumer, &messages.Settled{Ranges: []messages.Range{{From: 1, To: 2, Outcome: messages.DeadLettered}}})
		watcher.ExpectTerminated(consumer)
		f.wantBooks(messages.Books{Consumed: 2, Indexed: 1, DeadLettered: 1})
		wantFree(t, f.claim.budget)
	})
}

// TestStrayMessagesAreSaidToBeABug sends both actors what they do not know.
func TestStrayMessagesAreSaidToBeABug(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFamily(t, plainQueue)
		if err := f.open(); err != nil {
			t.Fatal(err)
		}
		for _, pid := range []*actor.PID{f.parent, f.claim.claim.Consumer} {
			f.system.Root.Send(pid, "stray")
			testkit.ExpectUnhandled[string](f.system, pid)
		}
		f.end()
		f.wantBooks(messages.Books{})
	})
}
