package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/actorpipe/actorpipe/config"
)

// healthTimeout is how long a running process has to answer.
const healthTimeout = 3 * time.Second

func healthCommand() *cobra.Command {
	var paths []string
	c := &cobra.Command{
		Use:   "health [-c FILE]",
		Short: "Ask a running process whether it is alive: exit code 0 or 1",
		Long: "health asks /live of monitor.listen, " + config.DefaultListen + " where no configuration is named. Alive is not ready:\n" +
			"for that ask /ready.",
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			address := config.DefaultListen
			if len(paths) > 0 {
				conf, err := config.Load(paths)
				if err != nil {
					return fatal(err)
				}
				address = conf.Monitor.Listen
			}
			if err := askLive(c.Context(), address); err != nil {
				return fatal(err)
			}
			fmt.Fprintln(c.OutOrStdout(), "alive")
			return nil
		},
	}
	configFlag(c, &paths)
	return c
}

// askLive asks /live of the process that listens on address.
func askLive(ctx context.Context, address string) error {
	if address == "" {
		return fmt.Errorf("monitor.listen is empty: the process does not listen, so it cannot be asked")
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("ask %s: %w", address, err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost" // it listens on all addresses
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/live", http.NoBody)
	if err != nil {
		return fmt.Errorf("ask %s: %w", address, err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("not alive: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("not alive: %s answered %s", address, resp.Status)
	}
	return nil
}
