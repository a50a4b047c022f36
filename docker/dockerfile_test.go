package docker_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// image is what the last stage of the Dockerfile says.
type image struct {
	stages     []instructions.Stage
	user       string
	command    []string
	entrypoint []string
	health     []string
}

// dockerfile parses and lints the Dockerfile as BuildKit does.
func dockerfile(t *testing.T) image {
	t.Helper()
	file, err := os.Open("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	parsed, err := parser.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, warning := range parsed.Warnings {
		t.Errorf("%s (%v)", warning.Short, warning.Location)
	}
	lint := linter.New(&linter.Config{ExperimentalAll: true, Warn: func(rule, _, _, message string, at []parser.Range) {
		t.Errorf("%s: %s (%v)", rule, message, at)
	}})
	stages, _, err := instructions.Parse(parsed.AST, lint)
	if err != nil {
		t.Fatal(err)
	}
	return lastStage(stages)
}

func lastStage(stages []instructions.Stage) image {
	i := image{stages: stages}
	for _, command := range stages[len(stages)-1].Commands {
		switch c := command.(type) {
		case *instructions.UserCommand:
			i.user = c.User
		case *instructions.CmdCommand:
			i.command = c.CmdLine
		case *instructions.EntrypointCommand:
			i.entrypoint = c.CmdLine
		case *instructions.HealthCheckCommand:
			i.health = c.Health.Test
		}
	}
	return i
}

func TestDockerfileRunsTheProgramAsNobody(t *testing.T) {
	i := dockerfile(t)
	if user, _, _ := strings.Cut(i.user, ":"); user != "nonroot" {
		t.Errorf("runs as %q", i.user)
	}
	if want := []string{"/actorpipe"}; !slices.Equal(i.entrypoint, want) {
		t.Errorf("entrypoint %q, want %q", i.entrypoint, want)
	}
	if want := []string{"start", "-c", "/etc/actorpipe/config.hcl"}; !slices.Equal(i.command, want) {
		t.Errorf("command %q, want %q", i.command, want)
	}
	if want := []string{"CMD", "/actorpipe", "health"}; !slices.Equal(i.health, want) {
		t.Errorf("health check %q, want %q: there is no shell", i.health, want)
	}
}

func TestDockerfileNamesVersions(t *testing.T) {
	for _, stage := range dockerfile(t).stages {
		checkPinned(t, stage.BaseName)
	}
}

func TestDockerfileBuildsWithTheGoOfTheModule(t *testing.T) {
	module, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(module), "\ngo ")
	version := strings.Join(strings.SplitN(strings.Fields(rest)[0], ".", 3)[:2], ".")
	if base := dockerfile(t).stages[0].BaseName; !strings.HasPrefix(base, "golang:"+version) {
		t.Errorf("builds with %s, the module wants Go %s", base, version)
	}
}

// The context is what .dockerignore lets through; all that is built from must be
// there, and the names it lets through must exist.
func TestDockerignoreLetsTheSourcesThrough(t *testing.T) {
	ignore, err := os.ReadFile("../.dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(ignore)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "!"); ok {
			checkExists(t, "../"+name)
		}
	}
}
