package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// writeTable writes minimum, median and maximum of everything that was measured,
// and the ratios.
func writeTable(out io.Writer, r *results) error {
	t := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintf(t, "%s: minimum, median, maximum\n\n", r.about())
	for _, q := range r.quantities() {
		fmt.Fprintf(t, "\t%s %s", q.name, q.unit)
	}
	fmt.Fprintln(t)
	for _, v := range r.Variants {
		fmt.Fprint(t, v)
		for _, q := range r.quantities() {
			fmt.Fprint(t, "\t"+spreadOf(r.values(v, q.of)).text(q.format))
		}
		fmt.Fprintln(t)
	}
	ratios := r.ratios()
	if len(ratios) > 0 {
		fmt.Fprint(t, "\nround by round\tCPU\trate\n")
	}
	for _, x := range ratios {
		fmt.Fprintf(t, "%s/%s\t%s\t%s\n", x.Of, x.To, x.CPUAll.text("%.3f"), x.RateAll.text("%.3f"))
	}
	return t.Flush()
}
