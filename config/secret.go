package config

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a text that is never printed: whatever formats, logs or marshals
// it, or a struct that holds it, gets a placeholder. The zero value is no
// secret at all.
type Secret struct {
	// value is a pointer, because fmt reads unexported fields of other structs
	// by reflection, past all methods: what it finds there is an address.
	value *string
}

// NewSecret returns the secret with that text; of an empty text, no secret.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{value: &text}
}

// Reveal returns the text itself. Only the code that authenticates calls it.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsSet says whether there is a secret.
func (s Secret) IsSet() bool { return s.value != nil }

// Equal says whether both are the same text.
func (s Secret) Equal(other Secret) bool { return s.Reveal() == other.Reveal() }

// String returns a placeholder, or nothing where there is no secret.
func (s Secret) String() string {
	if s.value == nil {
		return ""
	}
	return "[secret]"
}

// GoString returns the placeholder.
func (s Secret) GoString() string { return s.String() }

// Format writes the placeholder, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) {
	// A fmt.State never fails: errors are the final writer's.
	_, _ = io.WriteString(f, s.String())
}

// MarshalText returns the placeholder; JSON uses it for keys.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalJSON returns the placeholder.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + s.String() + `"`), nil }

// LogValue returns the placeholder.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
