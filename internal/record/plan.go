package record

import (
	"encoding/json"
	"fmt"
	"strings"
)

// maxSegments is how many names a path may have.
const maxSegments = 16

// PlanSettings are paths such as "a.b"; an empty one is not wanted.
type PlanSettings struct {
	Address string // of the IP address
	Target  string // where the geo object goes; goes with Address, and only with it
	ID      string // of the entity id
}

// Plan says what to look for in the records of a topic. It never changes, so
// any number of goroutines may use it at once.
type Plan struct {
	paths [paths]string
	names int            // segments of the target
	makes []surroundings // by how many parents of the target are there
}

// surroundings is what stands before and after the geo object where some of its
// parents have to be made.
type surroundings struct{ before, after string }

// The paths of a plan, as indices.
const (
	addressPath = iota
	targetPath
	idPath
	paths
)

// NewPlan checks the paths. Its errors name the setting, to be shown beside the
// topic they belong to.
func NewPlan(s PlanSettings) (*Plan, error) {
	p := &Plan{paths: [paths]string{s.Address, s.Target, s.ID}}
	for i, name := range []string{"address", "target", "id"} {
		if err := checkPath(name, p.paths[i]); err != nil {
			return nil, err
		}
	}
	switch {
	case s.Target != "" && s.Address == "":
		return nil, fmt.Errorf("target %q without an address: name the field of the IP address, or remove target", s.Target)
	case s.Address != "" && s.Target == "":
		return nil, fmt.Errorf("address %q without a target: name the field that takes the geo object", s.Address)
	case s.Target != "" && strings.HasPrefix(s.Target, s.Address+"."):
		return nil, fmt.Errorf("target %q lies inside address %q, which is a string: choose another target", s.Target, s.Address)
	}
	p.surround(s.Target)
	return p, nil
}

func checkPath(name, path string) error {
	if path == "" {
		return nil
	}
	segments := strings.Split(path, ".")
	if len(segments) > maxSegments {
		return fmt.Errorf("%s %q has %d names: at most %d are allowed", name, path, len(segments), maxSegments)
	}
	for _, segment := range segments {
		if segment == "" {
			return fmt.Errorf("%s %q has an empty name: write it as a.b, without dots at the ends", name, path)
		}
	}
	return nil
}

// surround writes down what has to be put around the geo object where the first
// 0, 1, .. parents of the target are there.
func (p *Plan) surround(target string) {
	if target == "" {
		return
	}
	segments := strings.Split(target, ".")
	p.names = len(segments)
	for have := range segments {
		quoted := make([]string, 0, len(segments))
		for _, segment := range segments[have:] {
			q, _ := json.Marshal(segment) // a string: cannot fail
			quoted = append(quoted, string(q)+":")
		}
		p.makes = append(p.makes, surroundings{
			before: strings.Join(quoted, "{"),
			after:  strings.Repeat("}", len(quoted)-1),
		})
	}
}
