package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// op is what an action line asks for.
type op string

const (
	opCreate op = "create"
	opIndex  op = "index"
	opDelete op = "delete"
)

const maxIDBytes = 512 // Elasticsearch refuses the whole bulk above

// action is an action line of a bulk body.
type action struct {
	op       op
	index    string
	id       string
	version  int64
	external bool // the version is the document's own
}

var errAction = errors.New("Malformed action/metadata line") //nolint:staticcheck // the words are those of Elasticsearch

// parseAction reads an action line. Lines as a program writes them for every
// document are scanned; encoding/json reads what the scan does not know.
func parseAction(line, defaultIndex string) (action, error) {
	a, ok := scanAction(line)
	if !ok {
		var err error
		if a, err = decodeAction(line); err != nil {
			return a, err
		}
	}
	if a.index == "" {
		a.index = defaultIndex
	}
	return a, a.check()
}

func (a *action) check() error {
	switch {
	case a.op != opCreate && a.op != opIndex && a.op != opDelete:
		return fmt.Errorf("%w: unknown action [%s]", errAction, a.op)
	case a.index == "":
		return errors.New("Validation Failed: 1: index is missing;") //nolint:staticcheck // the words are those of Elasticsearch
	case len(a.id) > maxIDBytes:
		return fmt.Errorf("Validation Failed: 1: id [%.40s...] is too long, must be no longer than 512 bytes but was: %d;", a.id, len(a.id)) //nolint:staticcheck // as above
	case a.op == opCreate && a.external:
		return errors.New("Validation Failed: 1: create operations only support internal versioning. use index instead;") //nolint:staticcheck // as above
	case a.id == "" && a.op == opDelete:
		return errors.New("Validation Failed: 1: id is missing;") //nolint:staticcheck // as above
	}
	return nil
}

// scanAction reads {"OP":{"NAME":"TEXT" or NUMBER, ...}} without blanks and
// escapes. The strings are parts of line.
func scanAction(line string) (action, bool) {
	var a action
	rest, ok := strings.CutPrefix(line, `{"`)
	name, rest, found := strings.Cut(rest, `":{`)
	if !ok || !found || strings.IndexByte(line, '\\') >= 0 || !utf8.ValidString(line) {
		return a, false
	}
	a.op = op(name)
	for rest != "}}" {
		if rest, ok = a.scanField(strings.TrimPrefix(rest, ",")); !ok {
			return a, false
		}
	}
	return a, true
}

// scanField takes one field from the head of rest.
func (a *action) scanField(rest string) (string, bool) {
	rest, ok := strings.CutPrefix(rest, `"`)
	name, rest, found := strings.Cut(rest, `":`)
	if !ok || !found {
		return rest, false
	}
	var value string
	if text, isText := strings.CutPrefix(rest, `"`); isText {
		value, rest, found = strings.Cut(text, `"`)
	} else {
		end := strings.IndexAny(rest, ",}")
		if end < 0 || name != "version" { // the others are text
			return rest, false
		}
		value, rest = rest[:end], rest[end:]
	}
	return rest, found && a.set(name, value)
}

func (a *action) set(name, value string) bool {
	var err error
	switch name {
	case "_index":
		a.index = value
	case "_id":
		a.id = value
	case "version":
		a.version, err = strconv.ParseInt(value, 10, 64)
	case "version_type":
		a.external = value == "external"
		return a.external || value == "internal"
	case "require_alias", "routing":
	default:
		return false
	}
	return err == nil
}

func decodeAction(line string) (action, error) {
	var ops map[op]struct {
		Index       string `json:"_index"`
		ID          string `json:"_id"`
		Version     int64  `json:"version"`
		VersionType string `json:"version_type"`
	}
	if err := json.Unmarshal([]byte(line), &ops); err != nil {
		return action{}, fmt.Errorf("%w: %w", errAction, err)
	}
	if len(ops) != 1 {
		return action{}, fmt.Errorf("%w: %d actions in a line", errAction, len(ops))
	}
	var a action
	for name, m := range ops {
		a = action{op: name, index: m.Index, id: m.ID, version: m.Version, external: m.VersionType == "external"}
	}
	return a, nil
}
