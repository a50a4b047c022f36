package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// TestSecretIsNeverShown tries what could print one, in structs of exported and
// unexported fields too.
func TestSecretIsNeverShown(t *testing.T) {
	secret := NewSecret("swordfish")
	holders := []any{secret, &secret, SASL{Password: secret}, struct{ inner Secret }{secret}, &struct{ inner *Secret }{&secret}, []Secret{secret}}
	var shown strings.Builder
	for _, holder := range holders {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%10s"} {
			fmt.Fprintf(&shown, verb+"\n", holder)
		}
		text, err := json.Marshal(holder)
		if err != nil {
			t.Fatal(err)
		}
		shown.Write(text)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("secret", "value", secret, "in", SASL{Password: secret})
	slog.New(slog.NewJSONHandler(&log, nil)).Info("secret", "value", secret, "in", SASL{Password: secret})
	shown.Write(log.Bytes())
	for _, leak := range []string{"swordfish", fmt.Sprintf("%x", "swordfish")} {
		if strings.Contains(shown.String(), leak) {
			t.Errorf("%q is shown in\n%s", leak, shown.String())
		}
	}
	if !strings.Contains(log.String(), "value=[secret]") {
		t.Errorf("no placeholder in the log: %s", log.String())
	}
}

func TestSecretRevealsItself(t *testing.T) {
	secret, none := NewSecret("swordfish"), NewSecret("")
	if secret.Reveal() != "swordfish" || !secret.IsSet() || secret.String() != "[secret]" {
		t.Errorf("a secret reveals %q, IsSet %v, String %q", secret.Reveal(), secret.IsSet(), secret)
	}
	if none.Reveal() != "" || none.IsSet() || none.String() != "" || none != (Secret{}) {
		t.Errorf("no secret reveals %q, IsSet %v, String %q", none.Reveal(), none.IsSet(), none)
	}
	if !secret.Equal(NewSecret("swordfish")) || secret.Equal(none) {
		t.Error("Equal does not compare the texts")
	}
}

func TestMask(t *testing.T) {
	for line, want := range map[string]string{
		`  password = "a"`:                       `  password = [secret]`,
		`sasl { password = "a" }`:                `sasl { password = [secret]`,
		`  api_key="a"`:                          `  api_key= [secret]`,
		`  password = env("A")`:                  `  password = env("A")`,
		`  password =`:                           `  password =`,
		`  group = "password"`:                   `  group = "password"`,
		`["http://u:p@a:1/x", "https://v:q@b"]`:  `["http://[secret]@a:1/x", "https://[secret]@b"]`,
		`["http://a:1/x@y", "http://b?email=@"]`: `["http://a:1/x@y", "http://[secret]@"]`,
	} {
		if got := mask(line); got != want {
			t.Errorf("mask(%s) = %s, want %s", line, got, want)
		}
	}
}
