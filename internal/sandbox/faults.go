package sandbox

import (
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Faults are how a sink misbehaves; the zero value is a healthy one. They hold
// for bulk requests only, but for Intercept, which is asked of every request.
// Its functions are called by the goroutines of the requests, at once.
type Faults struct {
	// Delay is how long each bulk takes longer. Closing the sink or the
	// connection cuts it short.
	Delay time.Duration
	// ItemDelay is how much longer for each two lines of its body, which is
	// what a document has.
	ItemDelay time.Duration
	// MaxBodyBytes is the size of a body above which it is answered 413,
	// with an empty body and as a proxy would. 0: no limit.
	MaxBodyBytes int64
	// Intercept answers a request in the sink's place if it returns true.
	Intercept Intercept
	// Item refuses a document if it returns a status of 400 or more.
	Item func(index, id, source string) Refusal
	// Lost is asked of each bulk that was stored; if it returns true the
	// connection is cut before the answer.
	Lost func() bool
	// Rewrite is given the answer to each bulk that was stored; what it
	// returns is sent in its place.
	Rewrite func(answer []byte) []byte
	// Torn is asked of each bulk that was stored; if it returns true the
	// connection is cut in the middle of the answer.
	Torn func() bool
}

// Refusal is the answer to an item that is not stored. The zero value refuses
// nothing.
type Refusal struct {
	Status int    // HTTP
	Type   string // of the error, as "mapper_parsing_exception"
	Reason string
}

// Intercept says whether it has answered the request, or sees to it that nobody
// does. If so the sink does nothing more with it.
type Intercept func(w http.ResponseWriter, r *http.Request) (answered bool)

// Answer answers every request with the status and the body, as Elasticsearch
// does: X-Elastic-Product is set. It reads nothing of the request.
func Answer(status int, body string) Intercept {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		writeJSON(w, status, []byte(body))
		return true
	}
}

// AnswerPlain answers as something does that is not Elasticsearch, a proxy say.
func AnswerPlain(status int, body string) Intercept {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body)) // the client may be gone
		return true
	}
}

// Cut cuts the connection without an answer.
func Cut(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }

// Reset resets the connection, as a firewall does.
func Reset(w http.ResponseWriter, _ *http.Request) bool {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // else it is only closed
	}
	_ = conn.Close()
	return true
}

// Hang never answers: it waits until the client gives up, or the sink is closed.
func Hang(_ http.ResponseWriter, r *http.Request) bool {
	<-r.Context().Done()
	panic(http.ErrAbortHandler)
}

// Pass lets a request through.
func Pass(http.ResponseWriter, *http.Request) bool { return false }

// Script takes one step for each bulk request, in the order in which they come,
// and lets all pass after the last. What is no bulk takes no step and passes.
func Script(steps ...Intercept) Intercept {
	var mu sync.Mutex // guards steps
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !isBulk(r) {
			return false
		}
		mu.Lock()
		step := Intercept(Pass)
		if len(steps) > 0 {
			step, steps = steps[0], steps[1:]
		}
		mu.Unlock()
		return step(w, r)
	}
}

// delay is how much longer a bulk of that body takes.
func (f *Faults) delay(body string) time.Duration {
	if f.ItemDelay == 0 {
		return f.Delay
	}
	return f.Delay + f.ItemDelay*time.Duration(strings.Count(body, "\n")/2)
}

// send sends the answer to a bulk that was stored.
func (f *Faults) send(w http.ResponseWriter, answer []byte) {
	if f.Rewrite != nil {
		answer = f.Rewrite(answer)
	}
	if f.Torn == nil || !f.Torn() {
		writeJSON(w, http.StatusOK, answer)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	writeJSON(w, http.StatusOK, answer[:len(answer)/2])
	_ = http.NewResponseController(w).Flush() // the client may be gone
	panic(http.ErrAbortHandler)
}
