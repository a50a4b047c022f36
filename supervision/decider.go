package supervision

import (
	"errors"

	"github.com/actorpipe/actorpipe/actors"
)

// class is what kind of failure an actor had. Transient trouble is none: it is
// healed in place. A bad record is none either: it goes to the DLQ.
type class uint8

const (
	crash class = iota // a panic: the actor goes on, after a while
	fatal              // it would be the same again: the run ends
)

// decide tells a failure's class by what was given to panic.
func decide(reason any) class {
	var f *actors.Fatal
	if err, ok := reason.(error); ok && errors.As(err, &f) {
		return fatal
	}
	return crash
}
