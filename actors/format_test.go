package actors

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/actorpipe/actorpipe/internal/record"
	"github.com/actorpipe/actorpipe/messages"
)

// recordBatch is records of a claim with these values, from offset 0.
func recordBatch(values ...string) *messages.RecordBatch {
	return (&neighbours{claim: &messages.Claim{Topic: "tweets"}}).batch(values...)
}

// TestFormatRefusesWhatItCrashesOn is for claims, which have no supervisor.
func TestFormatRefusesWhatItCrashesOn(t *testing.T) {
	f := tweets(t, IDOffset)
	m := f.convert(recordBatch(`{"ip":"a"}`, `{"ip":"panic"}`, ``, `{"ip":"panic"}`, `{"ip":"b"}`), &scratch{})
	if got := sources(m.documents); got != `{"ip":"a","geo":{"at":"a"}}`+"\n"+`{"ip":"b","geo":{"at":"b"}}` {
		t.Errorf("documents are %s", got)
	}
	if l := m.refused.Letters; len(l) != 2 || l[0].Record.Offset != 1 || l[1].Record.Offset != 3 || !strings.Contains(l[1].Stack, "echo") {
		t.Errorf("refused are %+v, want records 1 and 3 with their stacks", l)
	}
	if want := (messages.Range{From: 2, To: 3, Outcome: messages.Ignored}); len(m.settled) != 1 || m.settled[0] != want {
		t.Errorf("settled are %v, want %v", m.settled, want)
	}
}

// TestFormatOutgrowsItsArena has geo objects and records for which the room
// that was foreseen does not do: no document overwrites another.
func TestFormatOutgrowsItsArena(t *testing.T) {
	big := strings.Repeat("x", 2*geoBytes)
	for name, values := range map[string][]string{
		"large objects": {`{"ip":"` + big + `1"}`, `{"ip":"` + big + `2"}`, `{"ip":"` + big + `3"}`},
		"large records": {`{"a":"` + strings.Repeat("y", batchBytes) + `"}`, `{"ip":"2"}`, `{"ip":"3"}`},
	} {
		t.Run(name, func(t *testing.T) {
			m := tweets(t, IDOffset).make(recordBatch(values...), &scratch{})
			size := 0
			for i, d := range m.documents.Docs {
				size += documentBytes(&d)
				if !strings.HasPrefix(string(d.Source), strings.TrimSuffix(values[i], "}")+`,"geo":{"at":`) {
					t.Errorf("document %d is %.80s..., want it to begin with its record", i, d.Source)
				}
			}
			if m.documents.Bytes != size {
				t.Errorf("the batch says %d bytes, its documents have %d", m.documents.Bytes, size)
			}
			m.documents.Recycle()
		})
	}
}

// TestFormatKeepsTheOrderOverGroups has more records than are looked at together, of
// all that can become of one, where the key is the id.
func TestFormatKeepsTheOrderOverGroups(t *testing.T) {
	b := &messages.RecordBatch{Claim: &messages.Claim{Topic: "tweets"}}
	for i := range 3*together + 5 {
		r := messages.Record{Offset: int64(i), Key: []byte(strconv.Itoa(i)), Value: fmt.Appendf(nil, `{"ip":"%d"}`, i)}
		switch i % 5 {
		case 2:
			r.Value = nil
		case 4:
			r.Value = []byte("[]")
		}
		b.Records = append(b.Records, r)
	}
	m := tweets(t, IDKey).make(b, &scratch{})
	var want, got, wantRefused, refused []string
	for i := range b.Records {
		switch i % 5 {
		case 2:
			want = append(want, fmt.Sprintf("%d deleted", i))
		case 4:
			wantRefused = append(wantRefused, strconv.Itoa(i))
		default:
			want = append(want, fmt.Sprintf(`%d {"ip":"%d","geo":{"at":"%d"}}`, i, i, i))
		}
	}
	for _, d := range m.documents.Docs {
		source := string(d.Source)
		if d.Source == nil {
			source = "deleted"
		}
		got = append(got, string(d.ID)+" "+source)
	}
	for _, l := range m.refused.Letters {
		refused = append(refused, string(l.Record.Key))
	}
	if !slices.Equal(got, want) || !slices.Equal(refused, wantRefused) || len(m.settled) > 0 {
		t.Errorf("documents are %q, want %q; refused %q, want %q; settled %v", got, want, refused, wantRefused, m.settled)
	}
}

// TestFormatTakesRecordsAsTheyAre is for topics without an address.
func TestFormatTakesRecordsAsTheyAre(t *testing.T) {
	recycled := 0
	b := recordBatch("{\"n\":1.00,\n\"geo\":1}", `[]`)
	b.Recycle = func() { recycled++ }
	topic := TopicSettings{Name: "users", Plan: plan(t, record.PlanSettings{})}.Topic(nil, &Buffers{}, nil)
	m := topic.Format.make(b, &scratch{})
	if got := sources(m.documents); got != `{"n":1.00, "geo":1}` {
		t.Errorf("documents are %s", got)
	}
	if l := m.refused.Letters; len(l) != 1 || l[0].Stage != messages.StageConsumer || &l[0].Record.Value[0] == &b.Records[1].Value[0] {
		t.Errorf("refused are %+v, want a copy of record 1, of the stage consumer", l)
	}
	if m.documents.Recycle(); recycled != 0 {
		t.Errorf("the records were recycled %d times with their documents, want them kept for the batch", recycled)
	}
	if b.Free(); recycled != 1 {
		t.Errorf("the records were recycled %d times with the batch, want once", recycled)
	}
}
