package testkit_test

import (
	"errors"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// zoo has a field of each kind.
type zoo struct {
	PID     *actor.PID
	Nobody  *actor.PID
	Text    string
	Bytes   []byte
	Err     error
	Any     any
	Took    time.Duration
	Map     map[string]int
	Array   [2]bool
	None    []int
	Lines   []*line
	Counter *counter
	Func    func()
	hidden  float64
	Self    *zoo
}

// counter is shared: what is in it may change at any time.
type counter struct{ sync.Mutex }

func newZoo(pid *actor.PID) *zoo {
	z := &zoo{
		PID: pid, Text: "a\n", Bytes: []byte("raw"), Err: errors.New("broken"), Any: 7, Took: time.Minute,
		Map: map[string]int{"b": 2, "a": 1}, Lines: []*line{{"nuts", 1}}, Counter: &counter{}, Func: func() {}, hidden: 0.5,
	}
	z.Self = z
	return z
}
