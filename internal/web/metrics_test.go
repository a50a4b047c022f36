package web

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/actorpipe/actorpipe/messages"
)

func TestMetricsAreAsTheDesignSays(t *testing.T) {
	var ours []string
	for line := range strings.Lines(ask(t, "GET", "/metrics", sample(), nil).Body.String()) {
		if strings.HasPrefix(line, "actorpipe_") && !strings.HasPrefix(line, "actorpipe_build_info") {
			ours = append(ours, line)
		}
	}
	got := strings.Join(ours, "")
	golden(t, "testdata/metrics.txt", got)
	for _, want := range []string{
		`actorpipe_mailbox_depth_records{mailbox="tweets"} 19400`,
		`actorpipe_mailbox_capacity_records{mailbox="tweets"} 20000`,
		`actorpipe_mailbox_parked_seconds_total{mailbox="tweets"} 79.5`,
		`actorpipe_records_consumed_total{topic="tweets"} 136`,
		`actorpipe_records_in_flight{topic="tweets"} 15`,
		`actorpipe_records_settled_total{outcome="indexed",topic="tweets"} 100`,
		`actorpipe_records_settled_total{outcome="duplicate",topic="tweets"} 1`,
		`actorpipe_records_settled_total{outcome="superseded",topic="tweets"} 2`,
		`actorpipe_records_settled_total{outcome="deleted",topic="tweets"} 3`,
		`actorpipe_records_settled_total{outcome="ignored",topic="tweets"} 4`,
		`actorpipe_records_settled_total{outcome="dead_lettered",topic="tweets"} 5`,
		`actorpipe_records_settled_total{outcome="returned",topic="tweets"} 6`,
		`actorpipe_consumer_lag_records{partition="4",topic="tweets"} 700`,
		`actorpipe_actor_restarts_total{actor="runner/pipeline/enrichers/enricher-2"} 19`,
		`actorpipe_actor_dead_letters_total 20`,
		`actorpipe_records_lost_to_retention_total{topic="tweets"} 17`,
		`actorpipe_records_superseded_by_foreign_total{topic="tweets"} 1`,
	} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("no %s", want)
		}
	}
}

func TestMetricsFollowTheRulesOfPrometheus(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(&collector{descriptions: newDescriptions(), report: sample()}, buildInfo("1.2.3"))
	problems, err := testutil.GatherAndLint(registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestMetricsSayWhetherReady(t *testing.T) {
	waiting := sample()
	waiting.NotReady = []string{"kafka: no assignment yet"}
	for want, report := range map[string]*messages.Report{"actorpipe_ready 1\n": sample(), "actorpipe_ready 0\n": waiting} {
		if got := ask(t, "GET", "/metrics", report, nil).Body.String(); !strings.Contains(got, want) {
			t.Errorf("no %q", want)
		}
	}
}
