package config

import (
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

const masked = "[secret]"

// secretKey says whether a key's value is never shown.
func secretKey(name string) bool { return name == "password" || name == "api_key" }

// mask hides what a line may show of a secret: the value of a secret key, unless
// it comes from the environment, and the user part of a URL.
func mask(line string) string {
	for _, key := range []string{"password", "api_key"} {
		line = maskKey(line, key)
	}
	return maskURLs(line)
}

func maskKey(line, key string) string {
	at := strings.Index(line, key)
	if at < 0 {
		return line
	}
	head, value, found := strings.Cut(line[at:], "=")
	if !found || strings.HasPrefix(strings.TrimSpace(value), "env(") || strings.TrimSpace(value) == "" {
		return line
	}
	return line[:at] + head + "= " + masked
}

func maskURLs(line string) string {
	before, after, found := strings.Cut(line, "://")
	if !found {
		return line
	}
	end := strings.IndexAny(after, "/\" \t")
	if end < 0 {
		end = len(after)
	}
	if at := strings.LastIndex(after[:end], "@"); at >= 0 {
		return before + "://" + masked + after[at:end] + maskURLs(after[end:])
	}
	return before + "://" + after[:end] + maskURLs(after[end:])
}

// hide marks the lines of secrets that are longer than one.
func (s *source) hide(body *hclsyntax.Body) {
	for name, attr := range body.Attributes {
		if !secretKey(name) {
			continue
		}
		for line := attr.SrcRange.Start.Line + 1; line <= attr.SrcRange.End.Line; line++ {
			s.hidden[line] = true
		}
	}
	for _, block := range body.Blocks {
		s.hide(block.Body)
	}
}
