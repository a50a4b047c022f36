package config

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/hashicorp/hcl/v2"
)

// duration reads a time of at least a millisecond: Kafka and timers know no less.
func (r *resolver) duration(key *hcl.Attribute, into *time.Duration) bool {
	var parsed time.Duration
	var text string
	ok := r.textLike("10s", key, &text, func(text string) fault {
		var f fault
		parsed, f = parseDuration(text)
		return f
	})
	if parsed > 0 {
		*into = parsed
	}
	return ok
}

func parseDuration(text string) (time.Duration, fault) {
	const suggestion = `durations are written like "200ms", "30s" or "1m30s"`
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, fault{fmt.Sprintf("is no duration: %q", text), suggestion}
	case d <= 0:
		return 0, fault{"must be more than zero", suggestion}
	case d < time.Millisecond:
		return 0, fault{"is less than a millisecond", suggestion}
	}
	return d, fault{}
}

// size reads a number of bytes of at least one.
func (r *resolver) size(key *hcl.Attribute, into *int64) {
	var parsed int64
	var text string
	r.textLike("5MiB", key, &text, func(text string) fault {
		var f fault
		parsed, f = parseSize(text)
		return f
	})
	if parsed > 0 {
		*into = parsed
	}
}

func parseSize(text string) (int64, fault) {
	const suggestion = `sizes are written like "512KiB", "5MiB" or "1GiB"`
	size, err := humanize.ParseBytes(text)
	switch {
	case strings.HasPrefix(strings.TrimSpace(text), "-"):
		return 0, fault{"must be more than zero", suggestion}
	case err != nil:
		return 0, fault{fmt.Sprintf("is no size: %q", text), suggestion}
	case size == 0:
		return 0, fault{"must be more than zero", suggestion}
	case size > math.MaxInt64:
		return 0, fault{"is too large", suggestion}
	}
	return int64(size), fault{}
}

// pick reads one of the choices.
func pick[T comparable](r *resolver, key *hcl.Attribute, choices []choice[T], into *T) bool {
	var text string
	set := false
	ok := r.text(key, &text, func(text string) fault {
		set = true
		return notAmong(text, choices)
	})
	for _, c := range choices {
		if ok && set && c.name == text {
			*into = c.value
		}
	}
	return ok
}

// notAmong returns the fault of a text that is none of the choices.
func notAmong[T comparable](text string, choices []choice[T]) fault {
	names := make([]string, 0, len(choices))
	for _, c := range choices {
		if c.name == text {
			return fault{}
		}
		names = append(names, c.name)
	}
	f := fault{fmt.Sprintf("is none of %s: %q", quoted(names), text), ""}
	if near := nearest(text, names); near != "" {
		f.suggestion = didYouMean(near)
	}
	return f
}

// quoted returns the names in quotes, with commas.
func quoted(names []string) string {
	return `"` + strings.Join(names, `", "`) + `"`
}
