package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
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

// The metrics of a Go program that count what it has used, and its goroutines.
const (
	metricMallocs    = "go_memstats_mallocs_total"
	metricBytes      = "go_memstats_alloc_bytes_total"
	metricGoroutines = "go_goroutines"
	metricCPU        = "process_cpu_seconds_total"
)

// scrape reads from /metrics what a program has allocated so far, and how many
// goroutines it has.
func scrape(ctx context.Context, listen string) (u usage, err error) {
	values, err := readMetrics(ctx, listen, metricMallocs, metricBytes, metricGoroutines)
	if err != nil {
		return u, err
	}
	u.Mallocs, u.Bytes, u.Goroutines = uint64(values[0]), uint64(values[1]), uint64(values[2])
	return u, nil
}

// readMetrics reads metrics of these names from /metrics: of each the sum, whatever
// its labels. One that is not there is an error.
func readMetrics(ctx context.Context, listen string, names ...string) (values []float64, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+listen+"/metrics", http.NoBody)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("read the metrics: %w", err)
	}
	defer resp.Body.Close()
	found := make([]bool, len(names))
	values = make([]float64, len(names))
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		line := lines.Text()
		i := slices.Index(names, line[:max(strings.IndexAny(line, "{ "), 0)])
		if i < 0 {
			continue
		}
		value, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
		if err != nil {
			return nil, fmt.Errorf("read the metrics: %w", err)
		}
		found[i] = true
		values[i] += value
	}
	if i := slices.Index(found, false); i >= 0 {
		return nil, fmt.Errorf("read the metrics: no %s", names[i])
	}
	return values, nil
}
