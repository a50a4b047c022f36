package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// decode brings the files into the shape of rawConfig. It evaluates nothing.
func decode(bodies []*hclsyntax.Body, found *problems) *rawConfig {
	var raw rawConfig
	found.syntax(gohcl.DecodeBody(&merged{parts: bodies, found: found, seen: make(map[string]*section)}, nil, &raw))
	return &raw
}

// merged is one body made of all blocks of one name. It implements [hcl.Body] for
// gohcl. Problems go to found, so that they are worded in one way; no method
// returns diagnostics.
type merged struct {
	name  string // as in problems: `topic "tweets"`; empty for the top level
	parts []*hclsyntax.Body
	found *problems
	seen  map[string]*section // by type and label
}

// section is a block that was met, and where.
type section struct {
	body  *merged
	heads map[string]hcl.Range // by file
}

// Content returns the keys and blocks that the schema has. Everything else is a
// problem.
func (m *merged) Content(schema *hcl.BodySchema) (*hcl.BodyContent, hcl.Diagnostics) {
	content := &hcl.BodyContent{Attributes: make(hcl.Attributes), MissingItemRange: m.MissingItemRange()}
	for _, part := range m.parts {
		for _, attr := range part.Attributes {
			m.addKey(content, schema, attr)
		}
		for _, block := range part.Blocks {
			m.addBlock(content, schema, block)
		}
	}
	return content, nil
}

// PartialContent is Content: no section leaves names to anybody else.
func (m *merged) PartialContent(schema *hcl.BodySchema) (*hcl.BodyContent, hcl.Body, hcl.Diagnostics) {
	content, diags := m.Content(schema)
	return content, hcl.EmptyBody(), diags
}

// JustAttributes returns nothing: no section takes keys of any name.
func (m *merged) JustAttributes() (hcl.Attributes, hcl.Diagnostics) { return nil, nil }

// MissingItemRange is where the first part ends.
func (m *merged) MissingItemRange() hcl.Range {
	if len(m.parts) == 0 {
		return hcl.Range{}
	}
	return m.parts[0].EndRange
}

func (m *merged) addKey(content *hcl.BodyContent, schema *hcl.BodySchema, attr *hclsyntax.Attribute) {
	first, twice := content.Attributes[attr.Name]
	switch {
	case twice:
		m.found.at(attr.NameRange, fmt.Sprintf("%s is set twice, first at %s", attr.Name, place(first.NameRange)), "keep one of the two")
	case hasKey(schema, attr.Name):
		content.Attributes[attr.Name] = attr.AsHCLAttribute()
	case headOf(schema, attr.Name) != nil:
		m.found.at(attr.NameRange, attr.Name+" is a block, no key", fmt.Sprintf(`write %s { ... } without the "="`, attr.Name))
	default:
		m.unknown("key", attr.Name, attr.NameRange, schema)
	}
}

func (m *merged) addBlock(content *hcl.BodyContent, schema *hcl.BodySchema, block *hclsyntax.Block) {
	head := headOf(schema, block.Type)
	switch {
	case head == nil && hasKey(schema, block.Type):
		m.found.at(block.TypeRange, block.Type+" is a key, no block", fmt.Sprintf("write %s = ...", block.Type))
	case head == nil:
		m.unknown("block", block.Type, block.TypeRange, schema)
	case len(block.Labels) != len(head.LabelNames):
		m.mislabelled(head, block)
	default:
		m.merge(content, block)
	}
}

// merge adds the block to the one of its name, or as a new one. A label names a
// thing, and the same thing twice in one file is a slip.
func (m *merged) merge(content *hcl.BodyContent, block *hclsyntax.Block) {
	name := blockName(block)
	known := m.seen[name]
	if known == nil {
		m.seen[name] = m.open(content, name, block)
		return
	}
	head, again := known.heads[block.TypeRange.Filename]
	if again && len(block.Labels) > 0 {
		m.found.at(block.DefRange(), fmt.Sprintf("%s is there twice, first at %s", name, place(head)), "put both into one block, or give one another name")
		return
	}
	known.heads[block.TypeRange.Filename] = block.DefRange()
	known.body.parts = append(known.body.parts, block.Body)
}

// open adds a block that was not met before.
func (m *merged) open(content *hcl.BodyContent, name string, block *hclsyntax.Block) *section {
	body := &merged{name: name, parts: []*hclsyntax.Body{block.Body}, found: m.found, seen: make(map[string]*section)}
	content.Blocks = append(content.Blocks, &hcl.Block{
		Type: block.Type, Labels: block.Labels, Body: body,
		DefRange: block.DefRange(), TypeRange: block.TypeRange, LabelRanges: block.LabelRanges,
	})
	return &section{body: body, heads: map[string]hcl.Range{block.TypeRange.Filename: block.DefRange()}}
}

func (m *merged) mislabelled(head *hcl.BlockHeaderSchema, block *hclsyntax.Block) {
	if len(head.LabelNames) == 0 {
		m.found.at(block.LabelRanges[0], block.Type+" takes no name", fmt.Sprintf("write %s { ... }", block.Type))
		return
	}
	suggestion := fmt.Sprintf("write %s %q { ... }", block.Type, "NAME")
	if len(block.Labels) == 0 {
		m.found.at(block.TypeRange, fmt.Sprintf("%s needs a %s", block.Type, head.LabelNames[0]), suggestion)
		return
	}
	m.found.at(block.LabelRanges[1], fmt.Sprintf("%s takes one %s only", block.Type, head.LabelNames[0]), suggestion)
}

// blockName is what problems call a block: `topic "tweets"`.
func blockName(block *hclsyntax.Block) string {
	if len(block.Labels) == 0 {
		return block.Type
	}
	return fmt.Sprintf("%s %q", block.Type, block.Labels[0])
}

// place is a range as people read it.
func place(r hcl.Range) string { return fmt.Sprintf("%s:%d", r.Filename, r.Start.Line) }
