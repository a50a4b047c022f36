// Package geoip finds where IP addresses are, in a MaxMind City database, and
// renders the answer as the geo object that goes into a document.
//
// [Database.Lookup] takes the text of an address as it stands in a record and
// returns JSON that is ready to be spliced in. What can be known is in it, what
// cannot is left out, and its status says which case it is: ok, not_found,
// private, invalid or missing. So a lookup has no errors.
//
// Millions of addresses share some hundred thousand entries of the database, so
// rendered objects are kept in a cache under the entry's place in the file. The
// cache has a fixed number of slots, needs no lock, and is thrown away with the
// version of the database it belongs to.
//
// [Database.Watch] looks at the file from time to time. A changed file is read
// and checked beside the one in use and then takes its place; a broken one is
// refused, and the old one stays.
//
// # Memory
//
// The file is read into memory (66 MB for GeoLite2-City), not mapped: someone
// who copies a new database over a mapped one, instead of renaming it into
// place, would kill the process with SIGBUS. While a new version is checked both
// are in memory. A reader is never closed, because a lookup may be using it; the
// garbage collector takes it, with its cache, when the last lookup has returned.
// Replace the file by rename all the same: a half-written one is refused and
// said to be broken until it is whole.
package geoip
