package docker_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// largest is how large the program in the image may be.
const largest = 30 << 20

// TestProgramOfTheImageIsSmall builds the program as the Dockerfile does, but for
// the cache. With a call of text/template the linker cannot know which methods are
// called by name, and keeps all that are exported: a sixth of the program.
func TestProgramOfTheImageIsSmall(t *testing.T) {
	readSources(t)
	path := filepath.Join(t.TempDir(), "actorpipe")
	build := exec.CommandContext(t.Context(), "sh", "-c", strings.NewReplacer("GOCACHE=/cache ", "", "/out/actorpipe", path).Replace(buildLine(t)))
	build.Dir = ".."
	build.Env = append(os.Environ(), "TARGETOS="+runtime.GOOS, "TARGETARCH="+runtime.GOARCH, "VERSION=test")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	program, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%.1f MiB", float64(len(program))/(1<<20))
	if len(program) > largest {
		t.Errorf("the program has %.1f MiB, want at most %d", float64(len(program))/(1<<20), largest>>20)
	}
	if bytes.Contains(program, []byte("text/template.(*state).evalField")) {
		t.Error("the program calls text/template")
	}
}

// buildLine is the command of the Dockerfile that builds the program.
func buildLine(t *testing.T) string {
	t.Helper()
	for _, command := range dockerfile(t).stages[0].Commands {
		if run, ok := command.(*instructions.RunCommand); ok && strings.Contains(strings.Join(run.CmdLine, " "), "go build") {
			return strings.Join(run.CmdLine, " ")
		}
	}
	t.Fatal("the Dockerfile builds nothing")
	return ""
}

// readSources looks at all that the program is built of. Without it go test would
// not know that this test depends on them, and take its result from the cache.
func readSources(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err == nil && (filepath.Ext(path) == ".go" || filepath.Base(path) == "go.mod") {
			_, err = os.Stat(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
