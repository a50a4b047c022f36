package elastic

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/elastic/go-elasticsearch/v8/esapi"
	"github.com/tidwall/gjson"
)

// TemplateVerdict is what the answers to the template requests mean.
type TemplateVerdict uint8

// The verdicts on the templates. What is fatal is an error, not a verdict.
const (
	TemplateDone    TemplateVerdict = iota // every index that wants a mapping has its template
	TemplateRefused                        // not all: a warning, writers start
	TemplateLater                          // not now: call again
)

// TemplateAnswer is what became of the templates.
type TemplateAnswer struct {
	Verdict TemplateVerdict
	Reason  string // for a person; empty where Verdict is TemplateDone
}

// managedBy marks a template as ours: no other is ever written over.
const managedBy = "actorpipe"

// PutTemplate maps <target>.location as geo_point in indices that are created
// from now on: one composable index template for each index of a route with a
// target, named actorpipe-<index>. Its priority is the lowest, so that any
// composable template of the user's goes before it; where a legacy one matches
// none is made, as it would no longer count. It makes one attempt and blocks for
// at most a few requests of RequestTimeout each. Repeating it is safe. Without a
// target nothing is asked.
//
// An error is fatal, or says that ctx is done.
func (c *Client) PutTemplate(ctx context.Context) (TemplateAnswer, error) {
	targets := c.targets()
	if len(targets) == 0 {
		return TemplateAnswer{}, nil
	}
	legacy := &exchange{}
	err := c.do(ctx, esapi.IndicesGetTemplateRequest{FilterPath: []string{"*.index_patterns"}}, legacy)
	if err != nil || legacy.err != nil {
		return c.templateAnswer(legacy, err)
	}
	var refused []string
	for _, index := range slices.Sorted(maps.Keys(targets)) {
		if name := shadowed(legacy, index); name != "" {
			refused = append(refused, fmt.Sprintf("index %s has the legacy template %s, which a newer one would put out of force: map %s.location as geo_point there", index, name, strings.Join(targets[index], ".location, ")))
			continue
		}
		answer, err := c.putTemplate(ctx, index, targets[index])
		if err != nil || answer.Verdict == TemplateLater {
			return answer, err
		}
		if answer.Verdict == TemplateRefused {
			refused = append(refused, answer.Reason)
		}
	}
	if len(refused) > 0 {
		return TemplateAnswer{TemplateRefused, c.secrets.clean(strings.Join(refused, "; "))}, nil
	}
	return TemplateAnswer{}, nil
}

// targets are the paths of the geo objects by index.
func (c *Client) targets() map[string][]string {
	all := map[string][]string{}
	for _, r := range c.settings.Routes {
		if r.Target != "" && !slices.Contains(all[r.Index], r.Target) {
			all[r.Index] = append(all[r.Index], r.Target)
		}
	}
	return all
}

// putTemplate creates the template of one index, or replaces it where it is ours.
func (c *Client) putTemplate(ctx context.Context, index string, targets []string) (TemplateAnswer, error) {
	name := "actorpipe-" + index
	created, err := c.writeTemplate(ctx, name, index, targets, true)
	if err != nil || created.status != http.StatusBadRequest {
		return c.templateAnswer(created, err)
	}
	there := &exchange{} // 400: it is there already, or another template stands in its way
	err = c.do(ctx, esapi.IndicesGetIndexTemplateRequest{Name: url.PathEscape(name)}, there)
	if err != nil || there.err != nil || notNow(there) {
		return c.templateAnswer(there, err)
	}
	if !there.stored() || there.foreign || !ours(there.answer) {
		return c.templateAnswer(created, nil)
	}
	return c.templateAnswer(c.writeTemplate(ctx, name, index, targets, false))
}

// writeTemplate sends the template; with create it never replaces one.
func (c *Client) writeTemplate(ctx context.Context, name, index string, targets []string, create bool) (*exchange, error) {
	body, err := templateBody(index, targets)
	if err != nil {
		return nil, err
	}
	x := &exchange{}
	err = c.do(ctx, esapi.IndicesPutIndexTemplateRequest{Name: url.PathEscape(name), Create: &create, Body: strings.NewReader(string(body))}, x)
	return x, err
}

// templateAnswer says what the answer to a template request means.
func (c *Client) templateAnswer(x *exchange, err error) (TemplateAnswer, error) {
	const doing = "template request"
	if err != nil {
		return TemplateAnswer{}, err
	}
	later := x.err != nil || notNow(x)
	switch {
	case x.foreign, x.err != nil && tlsRefused(x.err), x.status == http.StatusUnauthorized:
		return TemplateAnswer{}, c.fatal(doing, x)
	case later:
		return TemplateAnswer{TemplateLater, c.reason(x)}, nil
	case x.stored():
		return TemplateAnswer{}, nil
	}
	return TemplateAnswer{TemplateRefused, c.reason(x)}, nil
}

// ours says whether the template that a GET answered is one of actorpipe's.
func ours(answer []byte) bool {
	return gjson.ValidBytes(answer) &&
		gjson.GetBytes(answer, "index_templates.0.index_template._meta.managed_by").Str == managedBy
}

// templateBody is the template for an index with geo objects at the targets.
func templateBody(index string, targets []string) ([]byte, error) {
	mappings := map[string]any{}
	for _, target := range targets {
		location := nest(mappings, strings.Split(target, "."))
		location["location"] = map[string]any{"type": "geo_point"}
	}
	body, err := json.Marshal(map[string]any{
		"index_patterns": []string{index},
		"priority":       0,
		"template":       map[string]any{"mappings": mappings},
		"_meta":          map[string]any{"managed_by": managedBy, "description": "geo_point for " + strings.Join(targets, ", ")},
	})
	if err != nil {
		return nil, fmt.Errorf("make the template of index %s: %w", index, err)
	}
	return body, nil
}

// nest returns the properties of the object at path, which it makes where they
// are missing.
func nest(mapping map[string]any, path []string) map[string]any {
	properties, ok := mapping["properties"].(map[string]any)
	if !ok {
		properties = map[string]any{}
		mapping["properties"] = properties
	}
	if len(path) == 0 {
		return properties
	}
	field, ok := properties[path[0]].(map[string]any)
	if !ok {
		field = map[string]any{}
		properties[path[0]] = field
	}
	return nest(field, path[1:])
}
