package testkit_test

import (
	"testing"
	"testing/synctest"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/testkit"
)

func TestAutopilotAnswersAndTheTestExpects(t *testing.T) {
	sys := testkit.NewSystem(t)
	server, client := testkit.NewProbe(t, sys), testkit.NewProbe(t, sys)
	testkit.Autopilot(server, func(m *ping, _ *actor.PID) any { return &pong{N: -m.N} })
	for n := range 100 {
		client.Request(server.PID(), &ping{N: n})
	}
	for n := range 100 { // in the order of the questions, as an actor would
		testkit.ExpectEqual(client, &pong{N: -n})
		testkit.ExpectEqual(server, &ping{N: n})
	}
	if !client.Sender().Equal(server.PID()) {
		t.Errorf("the answers are from %v, want %v", client.Sender(), server)
	}
}

func TestAutopilotOfTheNewestThatFits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := testkit.NewSystem(t)
		server, client := testkit.NewProbe(t, sys), testkit.NewProbe(t, sys)
		client.Request(server.PID(), "before")
		testkit.Autopilot(server, func(any, *actor.PID) any { return "anything" })
		testkit.Autopilot(server, func(*ping, *actor.PID) any { return "a ping" })
		testkit.Autopilot(server, func(m int, _ *actor.PID) any {
			if m == 0 {
				return nil
			}
			return "a number"
		})

		client.Watch(server.PID())
		for _, m := range []any{&ping{}, 0, 1, "else"} {
			client.Request(server.PID(), m)
		}
		for _, want := range []string{"a ping", "a number", "anything"} {
			testkit.ExpectEqual(client, want)
		}
		testkit.ExpectNone(client)
	})
}

// TestAutopilotHoldsUpNobody has it answer into what does not go on for a while.
func TestAutopilotHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := testkit.NewSystem(t)
		server, client := testkit.NewProbe(t, sys), testkit.NewProbe(t, sys)
		full := make(chan struct{})
		testkit.Autopilot(server, func(m *ping, _ *actor.PID) any {
			<-full
			return &pong{N: m.N}
		})
		client.Request(server.PID(), &ping{N: 1})
		client.Request(server.PID(), &ping{N: 2})
		testkit.Expect[*ping](server)
		testkit.Expect[*ping](server)
		testkit.ExpectNone(client)
		close(full)
		testkit.ExpectEqual(client, &pong{N: 1})
		testkit.ExpectEqual(client, &pong{N: 2})
	})
}
