package docker_test

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/actorpipe/actorpipe/config"
	"github.com/actorpipe/actorpipe/messages"
)

// loadConfig loads config.hcl with the paths of the container moved below a
// directory where the database is there.
func loadConfig(t *testing.T) *config.Config {
	t.Helper()
	root := t.TempDir()
	database := configured(t, `database = "`)
	for _, directory := range []string{filepath.Dir(database), "/var/lib/actorpipe"} {
		if err := os.MkdirAll(root+directory, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(root, "config.hcl")
	moved := strings.ReplaceAll(text(t), `"/var/lib/`, `"`+root+`/var/lib/`)
	for name, content := range map[string]string{path: moved, root + database: ""} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := config.Load([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// text is config.hcl.
func text(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("config.hcl")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// configured is the string in config.hcl that follows prefix, as it is written.
func configured(t *testing.T, prefix string) string {
	t.Helper()
	_, rest, found := strings.Cut(text(t), prefix)
	value, _, closed := strings.Cut(rest, `"`)
	if !found || !closed {
		t.Fatalf("config.hcl has no %s", prefix)
	}
	return value
}

func TestConfigIsValid(t *testing.T) { loadConfig(t) }

func TestGenerateMakesRecords(t *testing.T) {
	for line := range bytes.Lines(generated(t, "tweets", "250", "1000")) {
		var tweet messages.Tweet
		decode(t, line, &tweet)
		if _, err := netip.ParseAddr(tweet.RemoteAddress); err != nil || tweet.User == nil || tweet.Message == "" {
			t.Fatalf("%s: %v", line, err)
		}
	}
	users := generated(t, "users", "10", "1000")
	if n := bytes.Count(users, []byte("\n")); n != 10 {
		t.Errorf("%d users, want 10", n)
	}
	for line := range bytes.Lines(users) {
		var user messages.User
		decode(t, line, &user)
		if user.Id == "" || user.Name == "" {
			t.Fatalf("%s", line)
		}
	}
}

func generated(t *testing.T, arguments ...string) []byte {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "./generate", arguments...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func decode(t *testing.T, line []byte, into any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
}
