package config

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Problem is one thing that is wrong with a configuration, and where.
type Problem struct {
	File       string `json:"file"`                 // as it was named to Load
	Line       int    `json:"line,omitempty"`       // from 1; 0 where it is no line's: a file that is not there
	Column     int    `json:"column,omitempty"`     // from 1, in characters of Text
	Width      int    `json:"width,omitempty"`      // of the offending part of Text, in characters
	Text       string `json:"text,omitempty"`       // the line of the file, its secrets masked
	Message    string `json:"message"`              // what is wrong
	Suggestion string `json:"suggestion,omitempty"` // what to do; often `did you mean "...?"`
}

// Errors is every problem of a configuration, in the order of files and lines.
// Where [Load] returns it, it holds at least one. It marshals as a JSON array.
type Errors []Problem

// Error returns all problems as [Errors.Write] writes them.
func (e Errors) Error() string {
	var b strings.Builder
	_ = e.Write(&b) // a Builder never fails
	return strings.TrimRight(b.String(), "\n")
}

// Write writes all problems for a person: place and message, the line with the
// offending part underlined, and what to do.
func (e Errors) Write(w io.Writer) error {
	for _, p := range e {
		if _, err := io.WriteString(w, p.String()+"\n"); err != nil {
			return fmt.Errorf("write configuration problems: %w", err)
		}
	}
	return nil
}

// String returns the problem as text of one to four lines, the last one ended.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.place() + ": " + p.Message + "\n")
	if strings.TrimSpace(p.Text) != "" {
		fmt.Fprintf(&b, "%5d | %s\n      | %s\n", p.Line, p.Text, p.underline())
	}
	if p.Suggestion != "" {
		b.WriteString("      = " + p.Suggestion + "\n")
	}
	return b.String()
}

func (p Problem) place() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// underline returns what goes below Text: tabs stay tabs, so that it is in line
// whatever their width.
func (p Problem) underline() string {
	before := []rune(p.Text)
	before = before[:min(max(p.Column-1, 0), len(before))]
	blank := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, string(before))
	return blank + strings.Repeat("^", max(p.Width, 1))
}

// span makes Column and Width of the bytes [start, end) of the line, as far as
// the masked Text has them.
func (p *Problem) span(line string, start, end int) {
	start = min(max(start, 0), len(line))
	end = min(max(end, start), len(line))
	length := utf8.RuneCountInString(p.Text)
	p.Column = min(utf8.RuneCountInString(line[:start]), length) + 1
	p.Width = max(min(utf8.RuneCountInString(line[start:end]), length-p.Column+1), 1)
}
