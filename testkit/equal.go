package testkit

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/google/go-cmp/cmp"
)

// ExpectEqual takes the next message, which must equal want, and returns it. It waits
// up to the system's time-out for one to come, and shows the difference.
//
// go-cmp compares: two pointers by what they point to, an *actor.PID by its address
// and id. It wants an option for a struct with fields that are not exported, such as
// cmp.AllowUnexported, cmpopts.IgnoreUnexported, or protocmp.Transform for protocol
// buffers.
func ExpectEqual[T any](p *Probe, want T, opts ...cmp.Option) T {
	p.t.Helper()
	l := p.receive(show(want))
	if ok, diff := p.compare(want, l.message, opts); !ok {
		p.fatalf("expected %s, but %v came%s%s%s", show(want), l, hint(reflect.TypeOf(want), l.message), diff, p.rest())
	}
	got, _ := l.message.(T)
	return got
}

// ExpectInAnyOrder takes as many messages as are wanted, each of which must equal one
// of want: for answers whose order is open. It fails at the first that does not. The
// time-out is for all of them; see [ExpectEqual] for the comparison.
func ExpectInAnyOrder(p *Probe, want []any, opts ...cmp.Option) {
	p.t.Helper()
	open, limit := slices.Clone(want), p.sys.limit()
	deadline := time.Now().Add(limit)
	for len(open) > 0 {
		l, ok := p.inbox.letters.take(first, deadline)
		if !ok {
			p.fatalf("expected %d messages in any order, but %d did not come within %v%s",
				len(want), len(open), limit, wanting(open))
		}
		p.last = l
		i := slices.IndexFunc(open, func(w any) bool {
			equal, _ := p.compare(w, l.message, opts)
			return equal
		})
		if i < 0 {
			p.fatalf("expected %d messages in any order, but none of them is %v%s%s%s",
				len(want), l, p.nearest(open, l.message, opts), wanting(open), p.rest())
		}
		open = slices.Delete(open, i, i+1)
	}
}

// compare says whether two messages are equal, and shows the difference if they are
// of one type.
func (p *Probe) compare(want, got any, opts []cmp.Option) (equal bool, diff string) {
	p.t.Helper()
	if reflect.TypeOf(want) != reflect.TypeOf(got) {
		return false, ""
	}
	diff, problem := difference(want, got, append([]cmp.Option{cmp.Transformer("PID", pidText)}, opts...))
	if problem != "" {
		p.fatalf("cannot compare with %v: %s", show(got), problem)
	}
	if diff == "" {
		return true, ""
	}
	return false, " (-want +got):\n" + strings.TrimRight(diff, "\n")
}

// difference is empty for equal messages; the problem is what go-cmp panics with.
func difference(want, got any, opts []cmp.Option) (diff, problem string) {
	defer func() {
		if reason := recover(); reason != nil {
			text, _, advised := strings.Cut(fmt.Sprint(reason), "\nconsider using ")
			if problem = text; advised {
				problem += "\ngive the expectation an option, such as cmp.AllowUnexported or cmpopts.IgnoreUnexported"
			}
		}
	}()
	if cmp.Equal(want, got, opts...) {
		return "", ""
	}
	// go-cmp varies its spaces on purpose
	return strings.ReplaceAll(cmp.Diff(want, got, opts...), "\u00a0", " "), ""
}

// pidText is all that tells two PIDs apart. Their own text varies its spaces, too.
func pidText(pid *actor.PID) string {
	switch {
	case pid == nil:
		return "nobody"
	case pid.RequestId != 0:
		return fmt.Sprintf("%s/%s#%d", pid.Address, pid.Id, pid.RequestId)
	default:
		return pid.Address + "/" + pid.Id
	}
}

// nearest is the difference to the first of want that is of the same type.
func (p *Probe) nearest(want []any, got any, opts []cmp.Option) string {
	p.t.Helper()
	for _, w := range want {
		if _, diff := p.compare(w, got, opts); diff != "" {
			return diff
		}
	}
	return ""
}

func wanting(open []any) string {
	var b strings.Builder
	b.WriteString("\nstill expected:")
	for _, w := range open {
		fmt.Fprintf(&b, "\n  %s", show(w))
	}
	return b.String()
}
