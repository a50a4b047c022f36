package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// source is one file that was read.
type source struct {
	name   string
	lines  []string
	hidden map[int]bool // lines, from 1, that belong to a secret of several lines
}

// problems collects what the steps find, in any order.
type problems struct {
	sources []*source
	list    Errors
	// meant are the names that misspelt ones were taken for: it is not said
	// again that they are missing.
	meant map[string]bool
}

// read keeps a file's text, to show lines of it.
func (p *problems) read(name string, text []byte) *source {
	s := &source{name: name, lines: strings.Split(string(text), "\n"), hidden: make(map[int]bool)}
	p.sources = append(p.sources, s)
	return s
}

// at adds a problem with what stands at that place.
func (p *problems) at(place hcl.Range, message, suggestion string) {
	problem := Problem{File: place.Filename, Line: place.Start.Line, Message: message, Suggestion: suggestion}
	if line, start, ok := p.line(place); ok {
		problem.Text = p.shown(place, line)
		from := place.Start.Byte - start
		to := place.End.Byte - start
		if place.End.Line > place.Start.Line {
			to = len(line)
		}
		problem.span(line, from, to)
	}
	p.list = append(p.list, problem)
}

// line returns the line that a place starts in, and the byte it starts at.
func (p *problems) line(place hcl.Range) (string, int, bool) {
	i := p.index(place.Filename)
	if i < 0 || place.Start.Line < 1 || place.Start.Line > len(p.sources[i].lines) {
		return "", 0, false
	}
	start := 0
	for _, line := range p.sources[i].lines[:place.Start.Line-1] {
		start += len(line) + 1
	}
	return strings.TrimRight(p.sources[i].lines[place.Start.Line-1], "\r"), start, true
}

// shown returns the line as it may be shown.
func (p *problems) shown(place hcl.Range, line string) string {
	if p.sources[p.index(place.Filename)].hidden[place.Start.Line] {
		return masked
	}
	return mask(line)
}

func (p *problems) index(file string) int {
	return slices.IndexFunc(p.sources, func(s *source) bool { return s.name == file })
}

// syntax adds what HCL itself has to say.
func (p *problems) syntax(diags hcl.Diagnostics) {
	for _, d := range diags {
		if d.Severity != hcl.DiagError {
			continue
		}
		var place hcl.Range
		if d.Subject != nil {
			place = *d.Subject
		}
		message, suggestion := wording(d)
		p.at(place, message, suggestion)
	}
}

// wording puts HCL's summary and detail into one sentence, and its guess apart.
func wording(d *hcl.Diagnostic) (message, suggestion string) {
	if call, ok := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](d); ok && call.FunctionCallError() != nil {
		return call.FunctionCallError().Error(), `set it, or write the value itself`
	}
	if d.Summary == redefined {
		return redefinition(d.Detail), "keep one of the two"
	}
	detail, guess, found := strings.Cut(d.Detail, " Did you mean ")
	if found {
		suggestion = "did you mean " + guess
	}
	message = strings.ToLower(d.Summary[:1]) + d.Summary[1:]
	if detail != "" {
		message += ": " + strings.TrimRight(detail, ".")
	}
	return message, suggestion
}

// redefined is HCL's summary of a key that one block sets twice.
const redefined = "Attribute redefined"

// redefinition puts HCL's detail, `The argument "a" was already set at f:1,3-5.
// ...`, as problems of several files have it.
func redefinition(detail string) string {
	what, where, found := strings.Cut(detail, " was already set at ")
	if !found {
		return detail
	}
	where, _, _ = strings.Cut(where, ". ")
	if columns := strings.LastIndex(where, ","); columns >= 0 {
		where = where[:columns]
	}
	return fmt.Sprintf("%s is set twice, first at %s", strings.Trim(strings.TrimPrefix(what, "The argument "), `"`), where)
}

// sorted returns all problems in the order of files and lines; those of no file
// that was read come first.
func (p *problems) sorted() Errors {
	slices.SortStableFunc(p.list, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(p.index(a.File), p.index(b.File)),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Message, b.Message),
		)
	})
	return slices.Compact(p.list)
}
