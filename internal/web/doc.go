// Package web is what a running actorpipe shows over HTTP, on the address that
// monitor.listen names:
//
//	/live            200 while the process answers
//	/ready           200, or 503 with one reason a line
//	/metrics         for Prometheus
//	/api/v1/report   the monitor's report as JSON
//	/                a page that shows the tree and the mailboxes live
//
// All of it is made from one report, which the caller's function asks of the
// monitor: a scrape, a probe and a poll of the page each take one. Where there
// is no report, because the monitor does not answer in time, the answer is 503
// with the reason as text; /live does not ask.
//
// The names of the metrics and the fields of the report are an interface. They
// are read only: the server takes GET and HEAD, and no path changes anything.
// There is no login, which is why the default address is loopback.
//
// The page is three embedded files without any other: no framework, nothing
// from elsewhere, and a content security policy that allows nothing inline.
package web
