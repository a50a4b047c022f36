package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/actorpipe/actorpipe/config"
)

// demoFlags are what the demo can be told.
type demoFlags struct {
	tweets, users int
	partitions    int32    // of the tweets
	kafka         []string // brokers; none: embedded
	elasticsearch []string // addresses; none: embedded
	geoip         string   // database; empty: generated
	keep, asJSON  bool
}

// userPartitions is how many the users have.
const userPartitions = 2

func demoCommand(s *signals) *cobra.Command {
	f := demoFlags{}
	c := &cobra.Command{
		Use:   "demo",
		Short: "Run the pipeline on an embedded broker, bulk endpoint and database: nothing to install",
		Long: "demo fills a broker with tweets and users and runs the very same pipeline on them as start\n" +
			"does. Broker, bulk endpoint and GeoIP database are embedded, unless flags name real ones;\n" +
			"with a real Kafka or Elasticsearch, topics and indices get names of their own.",
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return fatal(runDemo(c.Context(), s.force, f, c.OutOrStdout(), c.ErrOrStderr()))
		},
	}
	flags := c.Flags()
	flags.IntVar(&f.tweets, "tweets", 400_000, "tweets to make")
	flags.IntVar(&f.users, "users", 40_000, "users to make")
	flags.Int32Var(&f.partitions, "partitions", 10, "partitions of the tweets; users have 2")
	flags.StringSliceVar(&f.kafka, "kafka", nil, "`BROKERS` of a real Kafka, as host:port")
	flags.StringSliceVar(&f.elasticsearch, "elasticsearch", nil, "`ADDRESSES` of a real Elasticsearch, as http://host:port")
	flags.StringVar(&f.geoip, "geoip", "", "a real GeoIP City database, an .mmdb `FILE`")
	flags.BoolVar(&f.keep, "keep", false, "stay up afterwards, until a signal")
	flags.BoolVar(&f.asJSON, "json", false, "print the summary as one JSON object")
	return c
}

func (f *demoFlags) check() error {
	if f.tweets < 0 || f.users < 0 || f.tweets+f.users == 0 {
		return errors.New("--tweets and --users must not be negative, nor both 0")
	}
	if f.partitions < 1 {
		return errors.New("--partitions must be at least 1")
	}
	return nil
}

// settlePoll is how often the demo looks whether everything has settled.
const settlePoll = 20 * time.Millisecond

// runDemo prepares the stage, runs the pipeline until all records have settled,
// and prints the summary to out and everything else to diag.
func runDemo(ctx, force context.Context, f demoFlags, out, diag io.Writer) (err error) {
	st, err := prepare(ctx, &f, diag)
	if err != nil {
		return err
	}
	defer st.close()
	conf, err := config.Load([]string{st.config})
	if err != nil {
		return err
	}
	a, err := assemble(conf, newLog(conf.Log), nil) //nolint:contextcheck // opening files blocks for no longer than the disk does
	if err != nil {
		return err
	}
	defer a.close()
	fmt.Fprintf(diag, "page      %s\n", a.page)
	if err := st.fill(ctx, &f, diag); err != nil {
		return err
	}
	fmt.Fprintln(diag)

	drain, finish := context.WithCancel(ctx)
	defer finish()
	show := newShow(a.pipeline, f.tweets+f.users, diag)
	usage := startUsage()
	var sum summary
	a.pipeline.Go("demo", func(run context.Context) error {
		show.watch(drain, run)
		sum = usage.summary(f, a.pipeline.Books())
		if f.keep && drain.Err() == nil {
			fmt.Fprintf(diag, "\nall settled; staying up at %s until a signal\n", a.page)
			<-drain.Done()
		}
		finish()
		return nil
	})
	if err := a.run(drain, force); err != nil {
		return err
	}
	sum.settle(a.pipeline.Books())
	if err := sum.print(force, out, st, f.asJSON); err != nil {
		return err
	}
	return sum.check()
}
