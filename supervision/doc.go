// Package supervision holds the actor tree together: what is spawned where
// (tree.go, the whole tree on one page), what happens when one of them fails
// (decider.go, strategy.go), what runs beside them (runner.go) and how a run
// ends (drain.go).
//
// The rule is that of an errgroup: the first fatal error ends the run, releases
// every parked sender and every request in flight, and is what
// [Pipeline.Run] returns once the tree is down. The end of the caller's context
// is no failure: it begins the drain, which lets everything that was read be
// settled and committed first.
package supervision
