package supervision

import (
	"log/slog"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/actorpipe/actorpipe/actors"
)

// Settings of a pipeline.
type Settings struct {
	Topics           []actors.TopicSettings // in the order of the configuration
	Enrichers        int                    // workers; not used where no topic is enriched
	Writers          int                    // workers
	EnrichedCapacity int                    // records, of the writers' mailbox for what the enrichers made
	DLQCapacity      int                    // records
	MaxBulkBytes     int                    // of a bulk request
	MaxBulkAge       time.Duration          // that a record waits for company
	Backoff          actors.Backoff         // of what Elasticsearch refuses for now
	InFlightBytes    int64                  // of all topics together, split evenly
	HandOver         time.Duration          // the longest wait when a partition is revoked
	ShutdownGrace    time.Duration          // the longest drain
	ReportInterval   time.Duration
	StallTimeout     time.Duration     // without progress; 0: nobody looks
	Waiting          map[string]string // conditions that hold from the start, by name
	Locator          actors.Locator    // nil where no topic is enriched
	Bulkers          func() actors.Bulker
	DLQ              actors.DeadLetterStore
	Log              *slog.Logger

	// Spawn is around the spawn of the root, and of each actor below where it
	// passes itself on with actor.WithSpawnMiddleware. It is for tracing, and for
	// the faults of a test; nil: none.
	Spawn actor.SpawnMiddleware
}

// minBulkBytes is what a free writer is handed without waiting for more: from
// there on the rate gains little.
const minBulkBytes = 256 << 10

// claimPatience is how long a claim waits before it has its fetching stopped: about as
// long as what is in flight lasts with a fast sink, and half of what a stop costs.
const claimPatience = 50 * time.Millisecond
