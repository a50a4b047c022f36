package config

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
)

// unknown adds the problem of a name that nobody reads, with the name that was
// meant, or the section that has one of this name.
func (m *merged) unknown(what, name string, place hcl.Range, schema *hcl.BodySchema) {
	in := " in " + m.name
	if m.name == "" {
		in = " at the top level"
	}
	m.found.at(place, fmt.Sprintf("unknown %s %q%s", what, name, in), m.guess(name, schema))
}

func (m *merged) guess(name string, schema *hcl.BodySchema) string {
	if near := nearest(name, namesOf(schema)); near != "" {
		m.found.meant[near] = true
		return didYouMean(near)
	}
	if places := homes(name); len(places) > 0 {
		m.found.meant[name] = true
		return fmt.Sprintf("%s belongs to: %s", name, strings.Join(places, ", "))
	}
	return "known here: " + strings.Join(namesOf(schema), ", ")
}

func didYouMean(name string) string { return fmt.Sprintf("did you mean %q?", name) }

// nearest returns the candidate that a name was probably meant to be, or "".
func nearest(name string, candidates []string) string {
	best, least := "", max(2, len(name)/3)+1
	for _, candidate := range candidates {
		distance := levenshtein.Distance(strings.ToLower(name), strings.ToLower(candidate), nil)
		if distance < least && distance < len(candidate) {
			best, least = candidate, distance
		}
	}
	return best
}

func hasKey(schema *hcl.BodySchema, name string) bool {
	return slices.ContainsFunc(schema.Attributes, func(a hcl.AttributeSchema) bool { return a.Name == name })
}

// headOf returns how a block of that type begins, nil where the schema has none.
func headOf(schema *hcl.BodySchema, name string) *hcl.BlockHeaderSchema {
	for i := range schema.Blocks {
		if schema.Blocks[i].Type == name {
			return &schema.Blocks[i]
		}
	}
	return nil
}

// namesOf returns the keys of a schema, then its blocks, by name.
func namesOf(schema *hcl.BodySchema) []string {
	var names []string
	for _, attr := range schema.Attributes {
		names = append(names, attr.Name)
	}
	for _, block := range schema.Blocks {
		names = append(names, block.Type)
	}
	return names
}

// homes returns the sections that have a key or block of that name.
func homes(name string) []string {
	var places []string
	sections := shapes(reflect.TypeFor[rawConfig](), "")
	for _, path := range slices.Sorted(maps.Keys(sections)) {
		if slices.Contains(sections[path], name) {
			places = append(places, cmp.Or(path, "the top level"))
		}
	}
	return places
}

// shapes returns the names that each section has, by its path.
func shapes(shape reflect.Type, path string) map[string][]string {
	schema, _ := gohcl.ImpliedBodySchema(reflect.New(shape).Interface())
	sections := map[string][]string{path: namesOf(schema)}
	for field := range shape.Fields() {
		name, kind, _ := strings.Cut(field.Tag.Get("hcl"), ",")
		if kind != "block" {
			continue
		}
		inner := field.Type.Elem()
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		maps.Copy(sections, shapes(inner, strings.TrimSpace(path+" "+name)))
	}
	return sections
}
