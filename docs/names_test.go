// Package docs holds the documentation to the code.
package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// named is a test in a text: `TestX`, `TestX/case`, or, for several, `TestX...`
// and `...X`.
var named = regexp.MustCompile("`((?:\\.\\.\\.|Test|Fuzz|Benchmark|Example)[A-Z][A-Za-z0-9]*(?:\\.\\.\\.)?)(?:/[^`]*)?`")

// TestDocsNameTestsThatExist wants each test that a page names to be there. A row
// of a table whose test was renamed shows nothing.
func TestDocsNameTestsThatExist(t *testing.T) {
	tests := testsBelow(t, "..")
	for _, page := range append(pages(t), "../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			for _, m := range named.FindAllStringSubmatch(line, -1) {
				if !slices.ContainsFunc(tests, func(name string) bool { return means(m[1], name) }) {
					t.Errorf("%s:%d names %s, which is no test", page, i+1, m[1])
				}
			}
		}
	}
}

// means says whether a name, as texts write it, is that of a test.
func means(text, test string) bool {
	if end, ok := strings.CutPrefix(text, "..."); ok {
		return strings.HasSuffix(test, end)
	}
	if start, ok := strings.CutSuffix(text, "..."); ok {
		return strings.HasPrefix(test, start)
	}
	return text == test
}

func pages(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob("*.md")
	if err != nil || len(all) == 0 {
		t.Fatalf("%d pages, %v", len(all), err)
	}
	return all
}

// testsBelow are the names of the tests in all packages below a directory.
func testsBelow(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil {
				names = append(names, f.Name.Name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
