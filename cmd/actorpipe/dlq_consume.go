package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"
	"golang.org/x/sync/errgroup"

	"github.com/actorpipe/actorpipe/actors"
	"github.com/actorpipe/actorpipe/config"
	"github.com/actorpipe/actorpipe/internal/dlq"
	"github.com/actorpipe/actorpipe/messages"
	"github.com/actorpipe/actorpipe/supervision"
)

// redrive is one pass over entries. Its fields belong to consume until the
// pipeline has ended.
type redrive struct {
	*entryFilter
	all      []entries
	pipeline *supervision.Pipeline
	finish   func() // begins the drain
	limit    int64  // bytes of a chunk
	topics   map[string]bool
	wrong    *wrongLines
	used     []string // files that are left out
	bar      *bar

	chunk   chunk
	read    int64            // entries
	repeats int64            // the same record twice in a chunk
	leftOut int64            // by the flags
	foreign map[string]int64 // of topics that are not configured
	torn    int64            // lines
	done    bool             // all was read and is settled
	failed  error
}

func newRedrive(c *config.Config, f *entryFilter, all []entries, p *supervision.Pipeline, finish func()) *redrive {
	r := &redrive{
		entryFilter: f, all: all, pipeline: p, finish: finish, limit: c.InFlightLimitBytes,
		topics: map[string]bool{}, foreign: map[string]int64{},
	}
	for _, t := range c.Kafka.Topics {
		r.topics[t.Name] = true
	}
	return r
}

// errCutOff ends the reading when the drain has begun, or the run is over.
var errCutOff = errors.New("cut off before all was sent")

// consume reads everything, chunk by chunk, and ends when all of it is settled, or
// the drain has begun. What goes wrong while it reads is in r.failed.
func (r *redrive) consume(drain, run context.Context) error {
	stop := r.bar.follow(drain, r.pipeline.Books())
	if r.failed = r.readAll(drain, run); r.failed == nil {
		r.done = true
	}
	stop()
	r.finish()
	<-drain.Done()
	return nil
}

func (r *redrive) readAll(drain, run context.Context) error {
	for _, e := range r.all {
		number := 0
		err := e.read(drain, func(l dlq.Line, size int64) error {
			number++
			r.take(&l, e.name, number)
			r.bar.read(size)
			if r.chunk.bytes < r.limit {
				return nil
			}
			return r.send(drain, run)
		})
		if drain.Err() != nil {
			return errCutOff
		}
		if err != nil {
			return err
		}
	}
	return r.send(drain, run)
}

// take puts an entry into the chunk, if it is one that is to be sent.
func (r *redrive) take(l *dlq.Line, name string, number int) {
	if errors.Is(l.Err, dlq.ErrTorn) {
		r.torn++
		return
	}
	r.read++
	switch {
	case l.Err != nil:
		r.wrong.note(name, number, l.Err)
	case !r.takes(&l.Entry):
		r.leftOut++
	case !r.topics[l.Entry.Topic]:
		r.notConfigured(l.Entry.Topic)
	default:
		r.chunk.add(&l.Entry)
	}
}

// mostForeign is how many topics that are not configured are told apart.
const mostForeign = 100

func (r *redrive) notConfigured(topic string) {
	if r.foreign[topic] == 0 && len(r.foreign) >= mostForeign {
		topic = "others"
	}
	r.foreign[topic]++
}

// send feeds the chunk to the pipeline, and returns when all of it is settled.
func (r *redrive) send(drain, run context.Context) error {
	claims, repeats := r.chunk.claims()
	r.repeats += int64(repeats)
	r.bar.sending(r.chunk.n - repeats)
	r.chunk = chunk{}
	var feeding errgroup.Group
	for _, p := range claims {
		feeding.Go(func() error { p.run(drain, run); return nil })
		feeding.Go(func() error { return r.feed(run, p) })
	}
	if err := feeding.Wait(); err != nil {
		return err
	}
	if drain.Err() != nil {
		return errCutOff
	}
	r.bar.sent()
	return nil
}

// feed is the claim's hand. Where there can be none, nobody reads the records: then
// the redrive is at its end.
func (r *redrive) feed(run context.Context, p *replay) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("feed %s-%d: %v", p.topic, p.partition, v)
			r.finish()
		}
	}()
	actors.Feed(run, r.pipeline.Claims(), p)
	return nil
}

// settledBooks is the books of all topics together.
func settledBooks(b *actors.Books) (sum messages.Books) {
	topics, _ := b.Read()
	for i := range topics {
		sum.Add(topics[i].Books)
	}
	return sum
}

// print prints what became of the entries.
func (r *redrive) print(out io.Writer, again *afresh) error {
	b := settledBooks(r.pipeline.Books())
	n := humanize.Comma
	fmt.Fprintf(out, "Entries: read %s = sent %s + repeated %s + left out %s + topic not configured %s + no entries %s + not sent %s\n",
		n(r.read), n(b.Consumed), n(r.repeats), n(r.leftOut), n(r.notOurs()), n(int64(r.wrong.n)), n(r.unsent(&b)))
	fmt.Fprintln(out, booksLine(b))
	if r.torn > 0 {
		fmt.Fprintf(out, "last lines that a crash has cut off: %s; their records were read again from Kafka\n", n(r.torn))
	}
	for _, topic := range slices.Sorted(maps.Keys(r.foreign)) {
		fmt.Fprintf(out, "topic %s is not configured: %s\n", oneLine(topic), entriesOf(r.foreign[topic]))
	}
	if again.file == nil {
		return nil
	}
	_, err := fmt.Fprintf(out, "refused again: %s, in %s (look at them with: actorpipe dlq inspect %s)\n", n(b.DeadLettered), again.Path, again.Path)
	return err
}

// notOurs is how many entries are of topics that are not configured.
func (r *redrive) notOurs() (n int64) {
	for _, records := range r.foreign {
		n += records
	}
	return n
}

// unsent is what was read and did not get into the pipeline.
func (r *redrive) unsent(b *messages.Books) int64 {
	return r.read - b.Consumed - r.repeats - r.leftOut - r.notOurs() - int64(r.wrong.n)
}

// check is nil if all was accounted for.
func (r *redrive) check(ctx context.Context) error {
	b := settledBooks(r.pipeline.Books())
	switch {
	case errors.Is(r.failed, errCutOff) || ctx.Err() != nil && !r.done:
		return errors.New("the redrive was cut off: start it again, what is stored already is a duplicate")
	case r.failed != nil:
		return r.failed
	case r.unsent(&b) != 0 || b.Returned != 0 || b.Settled() != b.Consumed:
		return fmt.Errorf("%d entries were to be sent, %d are accounted for", b.Consumed+r.unsent(&b), b.Settled()-b.Returned)
	case len(r.foreign) > 0:
		return fmt.Errorf("topics are not configured: %s", strings.Join(slices.Sorted(maps.Keys(r.foreign)), ", "))
	}
	if len(r.used) > 0 {
		return fmt.Errorf("a process writes to %s, which is left out: stop that, or redrive a copy", strings.Join(r.used, ", "))
	}
	return r.wrong.check()
}
