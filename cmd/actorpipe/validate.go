package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/actorpipe/actorpipe/config"
)

func validateCommand() *cobra.Command {
	var paths []string
	var asJSON bool
	c := &cobra.Command{
		Use:   "validate -c FILE",
		Short: "Check a configuration without connecting to anything",
		Long: "validate names every problem of a configuration, with file and line. It connects to nothing: files\n" +
			"that are named must exist, what is in them is looked at by start. It exits 0 or 78.",
		Example: "  actorpipe validate -c config.hcl --json",
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := config.Load(paths)
			if !asJSON {
				if err == nil {
					fmt.Fprintln(c.OutOrStdout(), strings.Join(paths, ", "), "is valid")
				}
				return fatal(err)
			}
			problems := config.Errors{}
			if err != nil && !errors.As(err, &problems) {
				return fatal(err)
			}
			out := json.NewEncoder(c.OutOrStdout())
			out.SetIndent("", "  ")
			if err := out.Encode(problems); err != nil {
				return fatal(err)
			}
			if len(problems) > 0 {
				return &failure{err: problems, code: exitConfig, said: true}
			}
			return nil
		},
	}
	configFlag(c, &paths)
	must(c.MarkFlagRequired("config"))
	c.Flags().BoolVar(&asJSON, "json", false, "print the problems as a JSON array, [] if there are none")
	return c
}
