// Package config turns what an operator wrote into a [Config] that is valid.
//
// The way of a file is one direction, in four steps:
//
//	load.go     which files there are, and their syntax
//	decode.go   blocks of one name become one, whatever file they stand in;
//	            names that nobody reads and keys set twice are problems
//	raw.go      the file's shape: each key is a pointer, nil where it is not
//	            set, that knows its place in the file
//	resolve.go  and its sections: values become plain typed fields, what is not
//	            set takes its default, and what contradicts itself is a problem
//
// No step stops at the first problem. [Errors] holds all of them in the order of
// files and lines, each with its place, the line, and what to do about it. Only
// where a file cannot be read or is no HCL are values not looked at: half a file
// would be full of things that are missing.
//
// A configuration is checked without connecting to anything. Files it names must
// exist; relative ones are looked for in the working directory, not beside the
// configuration. The one function that a file can call is env("NAME").
//
// config.hcl in this folder is the reference: every key with its default. A test
// holds it to the code.
//
// The package imports nothing of actorpipe. A secret is of type [Secret], which
// no format, log line or JSON ever shows, and a problem masks it in the line it
// shows.
package config
