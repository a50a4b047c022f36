package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors"
	"github.com/actorpipe/actorpipe/config"
	"github.com/actorpipe/actorpipe/internal/elastic"
	"github.com/actorpipe/actorpipe/internal/geoip"
	"github.com/actorpipe/actorpipe/internal/kafka"
	"github.com/actorpipe/actorpipe/internal/record"
	"github.com/actorpipe/actorpipe/internal/web"
	"github.com/actorpipe/actorpipe/supervision"
)

// assembly is everything that a configuration asks for, put together. It has
// opened files and bound its address, but connected to nothing.
type assembly struct {
	spawn    actor.SpawnMiddleware // nil: none
	pipeline *supervision.Pipeline
	consumer *kafka.Consumer
	page     string   // URL, empty: none
	limiter  limiter  // of the process's memory; the zero value sets nothing
	closers  []func() // in the order of their making
}

// assemble makes the clients and the tree, with spawn around its spawns where
// that is not nil. An error says what to fix; then
// everything is closed again.
func assemble(c *config.Config, log *slog.Logger, spawn actor.SpawnMiddleware) (a *assembly, err error) {
	a = &assembly{spawn: spawn}
	defer func() {
		if err != nil {
			a.close()
		}
	}()
	letters, ready, err := a.openDLQ(c, log)
	if err != nil {
		return a, err
	}
	database, err := a.plant(c, letters, log)
	if err != nil {
		return a, err
	}
	if ready != nil {
		a.pipeline.Go(conditionDLQ, ready)
	}
	if err := a.serve(c.Monitor, log); err != nil {
		return a, err
	}
	a.consumer, err = kafka.New(kafkaSettings(c.Kafka), a.hooks(c, database, log))
	return a, err
}

// plant makes the tree and the clients on its way, which refuses to letters. The
// database is nil where no topic has an address.
func (a *assembly) plant(c *config.Config, letters actors.DeadLetterStore, log *slog.Logger) (*geoip.Database, error) {
	database, err := openDatabase(c.GeoIP, log)
	if err != nil {
		return nil, err
	}
	client, err := elastic.New(elasticSettings(c))
	if err != nil {
		return nil, err
	}
	a.closeLater(client.Close)
	settings, err := pipelineSettings(c, log)
	if err != nil {
		return nil, err
	}
	settings.DLQ, settings.Spawn = letters, a.spawn
	settings.Bulkers = func() actors.Bulker { return client.NewBulker() }
	if database != nil {
		settings.Locator = database
	}
	a.pipeline = supervision.New(settings)
	if database != nil {
		a.pipeline.Go("geoip", database.Watch)
	}
	a.startWriters(c, client, log)
	return database, nil
}

func (a *assembly) closeLater(f func()) { a.closers = append(a.closers, f) }

// close closes what assemble opened, last made first.
func (a *assembly) close() {
	for i := len(a.closers) - 1; i >= 0; i-- {
		a.closers[i]()
	}
	a.closers = nil
}

// run runs the pipeline until ctx is done and all is drained, until the first
// fatal error, or until force is done.
func (a *assembly) run(ctx, force context.Context) error {
	return a.runOn(ctx, force, a.consumer.Run)
}

// runOn is run, with records from consume.
func (a *assembly) runOn(ctx, force context.Context, consume func(drain, run context.Context) error) error {
	a.pipeline.Go("signals", func(run context.Context) error {
		select {
		case <-force.Done():
			return errors.New("a second signal has ended the drain: what was not written is read again after the next start")
		case <-run.Done():
			return nil
		}
	})
	return a.pipeline.Run(ctx, consume)
}

// openDatabase returns nil where no topic has an address.
func openDatabase(c config.GeoIP, log *slog.Logger) (*geoip.Database, error) {
	if c.Database == "" {
		return nil, nil //nolint:nilnil // no database, and no error
	}
	d, err := geoip.Open(geoip.Settings{Path: c.Database, Locales: c.Locales, Reload: c.Reload}, log)
	if err != nil {
		return nil, err
	}
	about := d.About()
	log.Info("GeoIP database", "path", c.Database, "type", about.Type, "built", about.Built.Format(time.DateOnly))
	return d, nil
}

// conditionTemplate holds from the start until the template request has its
// answer.
const conditionTemplate = "index template"

// wantsTemplate says whether any index gets a template.
func wantsTemplate(c *config.Config) bool {
	return c.Elasticsearch.Template && slices.ContainsFunc(c.Kafka.Topics, func(t config.Topic) bool { return t.Target != "" })
}

// startWriters has the writers begin, where there is a template request once it
// has its answer.
func (a *assembly) startWriters(c *config.Config, client *elastic.Client, log *slog.Logger) {
	a.pipeline.Go("elasticsearch", func(run context.Context) error {
		if wantsTemplate(c) {
			if err := a.putTemplate(run, c.Elasticsearch.Backoff, client, log); err != nil {
				return err
			}
		}
		a.pipeline.StartWriters()
		return nil
	})
}

// putTemplate asks until there is an answer, or the run is over.
func (a *assembly) putTemplate(run context.Context, b config.Backoff, client *elastic.Client, log *slog.Logger) error {
	wait := actors.Backoff{Initial: b.Initial, Max: b.Max}
	for tries := 1; ; tries++ {
		answer, err := client.PutTemplate(run)
		switch {
		case run.Err() != nil:
			return nil //nolint:nilerr // the run is over and says why
		case err != nil:
			return err
		case answer.Verdict != elastic.TemplateLater:
			if answer.Verdict == elastic.TemplateRefused {
				log.Warn("index template not put: locations are no geo_point unless you map them", "reason", answer.Reason)
			}
			a.pipeline.Condition(conditionTemplate, "")
			return nil
		}
		a.pipeline.Condition(conditionTemplate, answer.Reason)
		select {
		case <-time.After(wait.Wait(tries)):
		case <-run.Done():
			return nil
		}
	}
}

// serve binds monitor.listen.
func (a *assembly) serve(c config.Monitor, log *slog.Logger) error {
	if c.Listen == "" {
		return nil
	}
	server, err := web.New(web.Settings{Listen: c.Listen, Report: a.pipeline.Report, Version: versionText()}, log)
	if err != nil {
		return err
	}
	a.closeLater(func() { _ = server.Close() }) // closed already where it has served
	a.page = "http://" + server.Addr()
	a.pipeline.Go("monitor.listen", server.Serve)
	return nil
}

// hooks are how the consumer calls out.
func (a *assembly) hooks(c *config.Config, database *geoip.Database, log *slog.Logger) kafka.Hooks {
	return kafka.Hooks{
		Claim:      func(ctx context.Context, p *kafka.Partition) { actors.Feed(ctx, a.pipeline.Claims(), p) },
		Condition:  a.pipeline.Condition,
		Lost:       a.pipeline.Lost,
		Partitions: func(partitions int) { a.limiter.hold(memory(c, database, partitions), log) },
		Log:        log,
	}
}

func pipelineSettings(c *config.Config, log *slog.Logger) (supervision.Settings, error) {
	es := c.Elasticsearch
	s := supervision.Settings{
		Enrichers: c.GeoIP.Workers, Writers: es.Workers,
		EnrichedCapacity: c.Mailboxes.Capacity("enriched"), DLQCapacity: c.Mailboxes.Capacity("dlq"),
		MaxBulkBytes: int(es.Bulk.MaxBytes), MaxBulkAge: es.Bulk.MaxAge,
		Backoff:       actors.Backoff{Initial: es.Backoff.Initial, Max: es.Backoff.Max},
		InFlightBytes: c.InFlightLimitBytes, HandOver: c.Kafka.HandOver, ShutdownGrace: c.ShutdownGrace,
		ReportInterval: c.Monitor.Interval, StallTimeout: c.Monitor.StallTimeout, Log: log,
		Waiting: map[string]string{kafka.ConditionAssignment: "waiting for the group's first assignment"},
	}
	if c.DLQ.Kind == config.DLQKafka {
		s.Waiting[conditionDLQ] = "waiting for the topic of the DLQ"
	}
	if wantsTemplate(c) {
		s.Waiting[conditionTemplate] = "waiting for the answer to the template request"
	}
	for _, t := range c.Kafka.Topics {
		plan, err := record.NewPlan(record.PlanSettings{Address: t.Address, Target: t.Target, ID: t.ID.Field})
		if err != nil {
			return s, fmt.Errorf("topic %q: %w", t.Name, err)
		}
		s.Topics = append(s.Topics, actors.TopicSettings{
			Name: t.Name, Index: t.Index, Capacity: c.Mailboxes.Capacity(t.Name), Plan: plan,
			Enriched: t.Address != "", ID: ids[t.ID.Kind], AheadBytes: kafka.AheadBytes(c.Kafka.FetchMemoryBytes) / int64(len(c.Kafka.Topics)),
		})
	}
	return s, nil
}

var ids = map[config.IDKind]actors.ID{config.IDOffset: actors.IDOffset, config.IDKey: actors.IDKey, config.IDField: actors.IDField}
