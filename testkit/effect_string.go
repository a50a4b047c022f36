package testkit

import "github.com/asynkron/protoactor-go/actor"

// What failed tests print.

func (e Sent) String() string { return post("Sent", e.Message, e.To) + from(e.Sender) }

func (e Requested) String() string { return post("Requested", e.Message, e.To) }

func (e Responded) String() string { return post("Responded", e.Message, e.To) }

func (e Forwarded) String() string { return post("Forwarded", e.Message, e.To) + from(e.Sender) }

func (e FutureRequested) String() string {
	return post("FutureRequested", e.Message, e.To) + " within " + e.Timeout.String()
}

func (e Reentered) String() string { return "Reentered after " + name(e.Future.PID()) }

func (e Spawned) String() string { return "Spawned " + name(e.PID) }

func (e Watched) String() string { return "Watched " + name(e.PID) }

func (e Unwatched) String() string { return "Unwatched " + name(e.PID) }

func (e Stopped) String() string { return "Stopped " + name(e.PID) }

func (e Poisoned) String() string { return "Poisoned " + name(e.PID) }

func (e Stashed) String() string { return "Stashed " + show(e.Message) }

func (e ReceiveTimeoutSet) String() string { return "ReceiveTimeoutSet to " + e.After.String() }

func (ReceiveTimeoutCancelled) String() string { return "ReceiveTimeoutCancelled" }

func (e Published) String() string { return "Published " + show(e.Event) }

func (e Panicked) String() string {
	return "Panicked with " + show(e.Reason) + " on " + show(e.Message)
}

func (e Supervised) String() string {
	return "Supervised " + name(e.Child) + ": " + e.Directive.String()
}

func (e Escalated) String() string { return "Escalated " + show(e.Reason) }

func post(what string, message any, to *actor.PID) string {
	return what + " " + show(message) + " to " + name(to)
}

func from(sender *actor.PID) string {
	if sender == nil {
		return ""
	}
	return " from " + name(sender)
}
