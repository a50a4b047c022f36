package config

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestReferenceHasEveryName holds config.hcl to the raw types: every key and block
// stands in the section it belongs to, if only as a comment.
func TestReferenceHasEveryName(t *testing.T) {
	written := namesBySection(uncommented(read(t, "config.hcl")))
	for path, names := range shapes(reflect.TypeFor[rawConfig](), "") {
		for _, name := range names {
			if !slices.Contains(written[path], name) {
				t.Errorf("config.hcl has no %q in section %q", name, path)
			}
		}
	}
}

// TestReferenceHasNoOtherName loads config.hcl with what is commented out in it,
// where only contradictions and files that are not there may be left.
func TestReferenceHasNoOtherName(t *testing.T) {
	t.Setenv("KAFKA_PASSWORD", "a")
	t.Setenv("ELASTICSEARCH_PASSWORD", "b")
	t.Setenv("ELASTICSEARCH_API_KEY", "c")
	for _, problem := range loadErrors(t, write(t, "all.hcl", uncommented(read(t, "config.hcl")))) {
		expected := regexp.MustCompile(`cannot be read|beside username|tls is set, but|no SHA-256|already`)
		if !expected.MatchString(problem.Message) {
			t.Errorf("uncommented, config.hcl has a problem:\n%s", problem)
		}
	}
}

// uncommented returns the text with its keys that are commented out: a "#" with no
// space behind it, or one that goes on such a block.
func uncommented(text string) string {
	text = regexp.MustCompile(`(?m)^( *)#([a-z}])`).ReplaceAllString(text, "$1$2")
	return regexp.MustCompile(`(?m)^( *)#(  [a-z])`).ReplaceAllString(text, "$1$2")
}

// namesBySection returns what stands in each section, by its path.
func namesBySection(text string) map[string][]string {
	names := make(map[string][]string)
	var path []string
	for line := range strings.SplitSeq(text, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if words[0] == "}" {
			path = path[:len(path)-1]
			continue
		}
		section := strings.Join(path, " ")
		names[section] = append(names[section], words[0])
		open := slices.Index(words, "{")
		switch {
		case open < 0:
		case words[len(words)-1] == "}":
			names[strings.TrimSpace(section+" "+words[0])] = []string{words[open+1]}
		default:
			path = append(path, words[0])
		}
	}
	return names
}
