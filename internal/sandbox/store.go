package sandbox

import (
	"hash/maphash"
	"maps"
	"slices"
	"sync"
)

const shards = 16

// store is the documents of all indices. The zero value is empty.
type store struct {
	mu        sync.RWMutex // guards the two maps, not what is in the indices
	indices   map[string]*index
	templates map[string]string
}

// index is the documents of an index, in shards so that bulks seldom wait for
// each other.
type index struct {
	seed   maphash.Seed
	shards [shards]shard
}

type shard struct {
	mu   sync.Mutex // guards docs
	docs map[string]entry
}

// entry is a document, or the trace of a deleted one. Its source is a part of
// the body that it came in, which is kept whole.
type entry struct {
	source  string
	version int64
}

func (e entry) deleted() bool { return e.source == "" }

// index is the index of the name, made if need be.
func (s *store) index(name string) *index {
	s.mu.RLock()
	x := s.indices[name]
	s.mu.RUnlock()
	if x != nil {
		return x
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.indices == nil {
		s.indices = map[string]*index{}
	}
	if s.indices[name] == nil {
		s.indices[name] = &index{seed: maphash.MakeSeed()}
	}
	return s.indices[name]
}

func (s *store) lookup(name string) *index {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.indices[name]
}

func (s *store) names() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Sorted(maps.Keys(s.indices))
}

func (s *store) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.indices, s.templates = nil, nil
}

func (s *store) get(name, id string) (entry, bool) {
	x := s.lookup(name)
	if x == nil {
		return entry{}, false
	}
	sh := x.shard(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	e, ok := sh.docs[id]
	return e, ok
}

func (s *store) count(name string) (n int) {
	s.each(name, func(string, string) bool { n++; return true })
	return n
}

func (s *store) each(name string, do func(id, source string) bool) {
	x := s.lookup(name)
	if x == nil {
		return
	}
	for i := range x.shards {
		if !x.shards[i].each(do) {
			return
		}
	}
}

func (h *shard) each(do func(id, source string) bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for id, e := range h.docs {
		if !e.deleted() && !do(id, e.source) {
			return false
		}
	}
	return true
}

func (x *index) shard(id string) *shard { return &x.shards[maphash.String(x.seed, id)%shards] }

// apply does what the action says, and returns the status and the version that
// is there afterwards.
func (x *index) apply(a *action, source string) (status int, current int64) {
	sh := x.shard(a.id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.docs == nil {
		sh.docs = map[string]entry{}
	}
	old, known := sh.docs[a.id]
	there := known && !old.deleted()
	switch {
	case a.op == opCreate && there:
		return statusConflict, old.version
	case a.external && known && old.version >= a.version:
		return statusConflict, old.version
	}
	version := old.version + 1
	if a.external {
		version = a.version
	}
	sh.docs[a.id] = entry{source: source, version: version}
	switch {
	case a.op == opDelete && !there:
		return statusNotFound, version
	case there:
		return statusOK, version
	}
	return statusCreated, version
}
