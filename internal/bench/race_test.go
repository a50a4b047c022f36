//go:build race

package main

// raceFlags build the program under test as this test is built: what the compiler
// has made for one is there for the other.
var raceFlags = []string{"-race"}
