package main

import (
	"context"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/actorpipe/actorpipe/actors"
	"github.com/actorpipe/actorpipe/config"
	"github.com/actorpipe/actorpipe/internal/dlq"
	"github.com/actorpipe/actorpipe/internal/elastic"
	"github.com/actorpipe/actorpipe/internal/geoip"
	"github.com/actorpipe/actorpipe/internal/kafka"
	"github.com/actorpipe/actorpipe/internal/record"
	"github.com/actorpipe/actorpipe/internal/web"
	"github.com/actorpipe/actorpipe/messages"
)

// channels is what actorpipe does, joined by goroutines and three channels: claims
// send batches to tweets and users, enrichers take tweets and send them to enriched,
// writers take enriched and users. Trackers, budgets, ids, the DLQ, the template, the
// page and the memory limit are those of actorpipe; what it has no actors for is
// restarts, gates, and records that leave the queues of a revoked claim.
type channels struct {
	conf     *config.Config
	log      *slog.Logger
	start    time.Time
	database *geoip.Database
	client   *elastic.Client
	letters  letterBox
	accounts map[string]*account // by topic
	batches  sync.Pool           // of *batch, empty ones

	tweets, users, enriched *lane
}

func runChannels(ctx context.Context, j *job) error {
	p := &channels{conf: j.conf, log: j.log, start: time.Now(), accounts: map[string]*account{}}
	if err := p.open(); err != nil { //nolint:contextcheck // it connects to nothing
		return err
	}
	defer p.close() //nolint:contextcheck // it waits for nothing
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	group, run := errgroup.WithContext(run)
	consumer, err := kafka.New(kafkaSettings(j.conf.Kafka), kafka.Hooks{Claim: p.feed, Partitions: p.limitMemory, Log: j.log}) //nolint:contextcheck // Run takes it
	if err != nil {
		return err
	}
	if err := p.serve(run, group); err != nil {
		return err
	}
	group.Go(func() error { return p.database.Watch(run) })
	for range j.conf.GeoIP.Workers {
		group.Go(func() error { return p.enrich(run) })
	}
	group.Go(func() error { return p.writers(run) })
	group.Go(func() error {
		defer stop()
		return consumer.Run(ctx, run)
	})
	return group.Wait()
}

// open opens what needs no connection.
func (p *channels) open() error {
	c := p.conf
	var err error
	if p.database, err = geoip.Open(geoip.Settings{Path: c.GeoIP.Database, Locales: c.GeoIP.Locales, Reload: c.GeoIP.Reload}, p.log); err != nil {
		return err
	}
	if p.client, err = elastic.New(elasticSettings(c)); err != nil {
		return err
	}
	if p.letters.file, err = dlq.OpenFile(dlq.FileSettings{Path: c.DLQ.Path, MaxBytes: c.DLQ.MaxBytes}); err != nil {
		p.client.Close()
		return err
	}
	for _, t := range c.Kafka.Topics {
		plan, err := record.NewPlan(record.PlanSettings{Address: t.Address, Target: t.Target})
		if err != nil {
			return err
		}
		a := &account{plan: plan, located: t.Address != "", price: actors.PlainPrice, open: map[*claim]struct{}{}}
		a.budget = actors.NewBudget(c.InFlightLimitBytes / int64(len(c.Kafka.Topics)))
		if a.located {
			a.price = actors.EnrichedPrice
		}
		p.accounts[t.Name] = a
	}
	tweets, users := c.Kafka.Topics[0].Name, c.Kafka.Topics[1].Name
	p.tweets, p.users, p.enriched = newLane(c, tweets), newLane(c, users), newLane(c, "enriched")
	return nil
}

func (p *channels) close() {
	p.client.Close()
	_ = p.letters.file.Close() // what was stored is on the disk
}

// limitMemory sets what actorpipe sets once it knows of the partitions: the sums of
// its memory.go, without gzip.
func (p *channels) limitMemory(partitions int) {
	c := p.conf
	bound := c.InFlightLimitBytes + c.Kafka.FetchMemoryBytes + 2*int64(c.Elasticsearch.Workers)*c.Elasticsearch.Bulk.MaxBytes +
		int64(partitions)*kafka.PartitionBytes + 2*(geoip.CacheBytes+p.database.About().Bytes)
	debug.SetMemoryLimit(bound + bound/4 + 24<<20)
}

// serve shows the page, and logs a report each interval.
func (p *channels) serve(run context.Context, group *errgroup.Group) error {
	server, err := web.New(web.Settings{Listen: p.conf.Monitor.Listen, Report: p.report, Version: "channels"}, p.log) //nolint:contextcheck // Serve takes it
	if err != nil {
		return err
	}
	group.Go(func() error { return server.Serve(run) })
	group.Go(func() error {
		tick := time.NewTicker(p.conf.Monitor.Interval)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				r, _ := p.report(run) // has no errors
				p.log.Info("report", "mailboxes", r.Mailboxes, "topics", r.Topics)
			case <-run.Done():
				return nil
			}
		}
	})
	return nil
}

// report is what the page shows: the books, and how full the channels are.
func (p *channels) report(context.Context) (*messages.Report, error) {
	now := time.Now()
	r := &messages.Report{Time: now, UptimeSeconds: now.Sub(p.start).Seconds()}
	for _, l := range []*lane{p.tweets, p.users, p.enriched} {
		r.Mailboxes = append(r.Mailboxes, l.report())
	}
	for _, t := range p.conf.Kafka.Topics {
		topic, partitions := p.accounts[t.Name].read(t.Name)
		r.Topics, r.Partitions = append(r.Topics, topic), append(r.Partitions, partitions...)
	}
	return r, nil
}
