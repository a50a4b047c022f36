package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Load reads a configuration. A path is a file, or a directory of which all
// *.hcl are read in the order of their names (not of its subdirectories, and not
// those whose names begin with a dot). All files are one configuration; a file
// named twice is read once. A file has at most 256 KiB.
//
// It reads files and the environment and connects to nothing. An error is always
// of type [Errors] and holds all problems at once.
func Load(paths []string) (*Config, error) {
	found := &problems{meant: make(map[string]bool)}
	bodies, whole := found.parse(found.files(paths))
	raw := decode(bodies, found)
	var config *Config
	if whole {
		config = resolve(raw, found, bodies)
	}
	if len(found.list) > 0 {
		return nil, found.sorted()
	}
	return config, nil
}

// files returns the files that paths stand for.
func (p *problems) files(paths []string) []string {
	if len(paths) == 0 {
		p.list = append(p.list, Problem{Message: "no configuration file was named", Suggestion: "name a file or a directory with *.hcl files"})
	}
	var files []string
	for _, path := range paths {
		for _, file := range p.expand(path) {
			if !slices.Contains(files, file) {
				files = append(files, file)
			}
		}
	}
	return files
}

// expand returns the file itself, or the *.hcl of the directory.
func (p *problems) expand(path string) []string {
	info, err := os.Stat(path)
	if err != nil {
		p.unreadable(path, err)
		return nil
	}
	if !info.IsDir() {
		return []string{filepath.Clean(path)}
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		p.unreadable(path, err)
		return nil
	}
	var files []string
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), ".hcl") && !strings.HasPrefix(entry.Name(), ".") && !entry.IsDir() {
			files = append(files, filepath.Join(path, entry.Name()))
		}
	}
	if len(files) == 0 {
		p.list = append(p.list, Problem{File: path, Message: "the directory has no *.hcl file", Suggestion: "name a file, or the directory that has them"})
	}
	return files
}

// parse reads the files and returns the bodies of those that are HCL, and whether
// these are all that was asked for.
func (p *problems) parse(files []string) (bodies []*hclsyntax.Body, whole bool) {
	for _, file := range files {
		text, err := readFile(file)
		if err != nil {
			p.unreadable(file, err)
			continue
		}
		if body, ok := p.parseFile(p.read(file, text), text); ok {
			bodies = append(bodies, body)
		}
	}
	return bodies, len(bodies) > 0 && len(bodies) == len(files) && !p.lost()
}

// maxFileBytes is far more than anybody writes: a larger file is another one than
// was meant.
const maxFileBytes = 256 << 10

// readFile returns the text of a file that is no larger than maxFileBytes.
func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // was only read
	text, err := io.ReadAll(io.LimitReader(file, maxFileBytes+1))
	if err == nil && len(text) > maxFileBytes {
		err = fmt.Errorf("it is larger than %d KiB, which is no configuration: name another file, or spread it over several", maxFileBytes>>10)
	}
	return text, err
}

// lost says whether something that was asked for is not there at all.
func (p *problems) lost() bool {
	return slices.ContainsFunc(p.list, func(q Problem) bool { return q.Line == 0 })
}

// parseFile returns the body of a file. A key that is set twice in it leaves it
// as good as it was.
func (p *problems) parseFile(s *source, text []byte) (*hclsyntax.Body, bool) {
	if deep, ok := tooDeep(s.name, text); ok {
		p.at(deep, "the file nests too deep to be a configuration", "")
		return nil, false
	}
	file, diags := hclsyntax.ParseConfig(text, s.name, hcl.InitialPos)
	body, ok := file.Body.(*hclsyntax.Body)
	if ok {
		s.hide(body)
	}
	p.syntax(diags)
	for _, d := range diags {
		ok = ok && (d.Severity != hcl.DiagError || d.Summary == redefined)
	}
	return body, ok
}

func (p *problems) unreadable(path string, err error) {
	message, suggestion := "cannot be read: "+reason(err), ""
	if errors.Is(err, fs.ErrNotExist) {
		message, suggestion = "no such file or directory", "check the path; a relative one starts at the working directory"
	}
	p.list = append(p.list, Problem{File: path, Message: message, Suggestion: suggestion})
}

// reason returns what an error of the file system says beside the path.
func reason(err error) string {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		return pathError.Err.Error()
	}
	return err.Error()
}
