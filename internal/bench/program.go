package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// buildActorpipe builds the program as it ships, into dir.
func buildActorpipe(ctx context.Context, dir string, flags []string) (path string, err error) {
	path = filepath.Join(dir, "actorpipe")
	args := append(append([]string{"build", "-o", path}, flags...), "github.com/actorpipe/actorpipe/cmd/actorpipe")
	build := exec.CommandContext(ctx, "go", args...) //nolint:gosec // flags are the test's own
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build actorpipe: %w\n%s", err, out)
	}
	return path, nil
}

// The metrics of a Go program that count what it has allocated, and its goroutines.
const (
	metricMallocs    = "go_memstats_mallocs_total"
	metricBytes      = "go_memstats_alloc_bytes_total"
	metricGoroutines = "go_goroutines"
)

// scrape reads from /metrics what a program has allocated so far, and how many
// goroutines it has.
func scrape(ctx context.Context, listen string) (u usage, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+listen+"/metrics", http.NoBody)
	if err != nil {
		return u, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return u, fmt.Errorf("read the metrics: %w", err)
	}
	defer resp.Body.Close()
	into := map[string]*uint64{metricMallocs: &u.Mallocs, metricBytes: &u.Bytes, metricGoroutines: &u.Goroutines}
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		name, text, _ := strings.Cut(lines.Text(), " ")
		if into[name] == nil {
			continue
		}
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return u, fmt.Errorf("read the metrics: %w", err)
		}
		*into[name] = uint64(value)
	}
	for name, value := range into {
		if *value == 0 {
			return u, errors.New("read the metrics: no " + name)
		}
	}
	return u, nil
}
