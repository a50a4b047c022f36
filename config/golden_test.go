package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestProblems holds each file or directory of testdata/bad to the golden file
// beside it.
func TestProblems(t *testing.T) {
	entries, err := os.ReadDir("testdata/bad")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if filepath.Ext(entry.Name()) == ".golden" {
			continue
		}
		t.Run(entry.Name(), func(t *testing.T) { checkGolden(t, filepath.Join("testdata/bad", entry.Name())) })
	}
}

func checkGolden(t *testing.T, path string) {
	t.Helper()
	got := loadErrors(t, path).Error() + "\n"
	if strings.Contains(got, "swordfish") || strings.Contains(got, "p4ss") {
		t.Errorf("a problem shows a secret:\n%s", got)
	}
	golden := strings.TrimSuffix(path, ".hcl") + ".golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(read(t, golden), got); diff != "" {
		t.Errorf("not as in %s (-want +got); go test -update writes it anew:\n%s", golden, diff)
	}
}

// loadErrors loads what cannot be loaded.
func loadErrors(t *testing.T, paths ...string) Errors {
	t.Helper()
	config, err := Load(paths)
	problems, ok := errors.AsType[Errors](err)
	if !ok || len(problems) == 0 || config != nil {
		t.Fatalf("Load(%q) = %v, %v, want problems only", paths, config, err)
	}
	return problems
}

func TestLoadNamesPathsThatAreNotThere(t *testing.T) {
	empty := t.TempDir()
	for name, test := range map[string]struct {
		paths []string
		want  Problem
	}{
		"none":            {nil, Problem{Message: "no configuration file was named"}},
		"file":            {[]string{"testdata/none.hcl"}, Problem{File: "testdata/none.hcl", Message: "no such file or directory"}},
		"empty directory": {[]string{empty}, Problem{File: empty, Message: "the directory has no *.hcl file"}},
		"beside a good one": {
			[]string{"testdata/good/split", "testdata/none"},
			Problem{File: "testdata/none", Message: "no such file or directory"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := loadErrors(t, test.paths...)
			if got[0].Suggestion == "" {
				t.Error("the problem has no suggestion")
			}
			got[0].Suggestion = ""
			if diff := cmp.Diff(Errors{test.want}, got); diff != "" {
				t.Errorf("not the problem (-want +got):\n%s", diff)
			}
		})
	}
}

func TestErrorsMarshalAsJSON(t *testing.T) {
	problems := loadErrors(t, "testdata/bad/misspelt-block.hcl")
	got, err := json.Marshal(problems)
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"file":"testdata/bad/misspelt-block.hcl","line":1,"column":1,"width":5,"text":"kafak {",` +
		`"message":"unknown block \"kafak\" at the top level","suggestion":"did you mean \"kafka\"?"}]`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestErrorsWrite(t *testing.T) {
	var b bytes.Buffer
	err := Errors{{File: "a.hcl", Line: 3, Column: 2, Width: 2, Text: "\tab = 1", Message: "bad", Suggestion: "do"}}.Write(&b)
	if want := "a.hcl:3: bad\n    3 | \tab = 1\n      | \t^^\n      = do\n\n"; err != nil || b.String() != want {
		t.Errorf("Write: %q, %v, want %q", b.String(), err, want)
	}
}
