package main

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// proxy stands between actorpipe and a server. Its methods are called by one
// goroutine.
type proxy struct {
	t testing.TB
	*toxiproxy.Proxy
}

// toxic is what a proxy does to the connections through it, those that are there
// included.
type toxic struct {
	Type       string         `json:"type"`
	Stream     string         `json:"stream"`               // "upstream", to the server, or "downstream"
	Toxicity   float64        `json:"toxicity"`             // share of the connections
	Attributes map[string]int `json:"attributes,omitempty"` // milliseconds and KB/s
}

// newProxy passes on what comes to listen until the test ends.
func newProxy(t testing.TB, listen, server string) *proxy {
	t.Helper()
	zerolog.SetGlobalLevel(zerolog.Disabled)
	p := &proxy{t: t, Proxy: toxiproxy.NewProxy(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()), server, listen, server)}
	p.start()
	t.Cleanup(p.cut)
	return p
}

func (p *proxy) start() {
	if err := p.Start(); err != nil {
		p.t.Error(err) // an address that is taken: the test cannot go on well
	}
}

func (p *proxy) address() string { return p.Listen }

// cut closes all connections, and new ones are refused until it is healed.
func (p *proxy) cut() { p.Stop() }

// add spoils both directions, or the one that the toxic names.
func (p *proxy) add(x toxic) {
	streams := []string{x.Stream}
	if x.Stream == "" {
		streams = []string{"upstream", "downstream"}
	}
	for _, x.Stream = range streams {
		text, err := json.Marshal(x)
		if err == nil {
			_, err = p.Toxics.AddToxicJson(bytes.NewReader(text))
		}
		if err != nil {
			p.t.Error(err)
		}
	}
}

// heal ends the cut and takes every toxic away.
func (p *proxy) heal() {
	p.Toxics.ResetToxics(context.Background())
	if !p.Enabled {
		p.start()
	}
}
