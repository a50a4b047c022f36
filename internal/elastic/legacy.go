package elastic

import (
	"strings"

	"github.com/tidwall/gjson"
)

// shadowed names a legacy template for the index. Where the answer cannot be used
// there is none: the next request hears the same and tells it.
func shadowed(x *exchange, index string) (name string) {
	if !x.stored() || x.foreign || !gjson.ValidBytes(x.answer) {
		return ""
	}
	gjson.ParseBytes(x.answer).ForEach(func(key, template gjson.Result) bool {
		for _, pattern := range template.Get("index_patterns").Array() {
			if matches(pattern.Str, index) {
				name = key.Str
			}
		}
		return name == ""
	})
	return name
}

// matches says whether the name matches a pattern of Elasticsearch, in which '*'
// stands for anything.
func matches(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(name, parts[0])
	if !ok || len(parts) == 1 {
		return ok && rest == ""
	}
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		if _, rest, ok = strings.Cut(rest, part); !ok {
			return false
		}
	}
	return strings.HasSuffix(rest, parts[last])
}
