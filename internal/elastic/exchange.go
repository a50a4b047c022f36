package elastic

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"
	"github.com/elastic/go-elasticsearch/v8/esapi"
)

// Answers longer than this are taken for cut off; what a server says of a whole
// request that it refused is read this far.
const (
	answerBytes  = 128 << 20
	refusalBytes = 64 << 10
)

// exchange is one request and what came back.
type exchange struct {
	lent     *lease // the body; nil: the request brings its own
	kept     bool   // the lent buffer is the lender's again
	host     string // that was asked; "": the request was never sent
	status   int    // HTTP; 0: no answer
	foreign  bool   // a 2xx of something that is not Elasticsearch
	location string // host that a redirect points to
	answer   []byte // its memory is the caller's, and used again
	err      error  // there was no answer, or it was cut off
}

// exchangeKey is where a request's context has its exchange.
type exchangeKey struct{}

// do sends the request and reads the answer into x. It returns an error only if
// ctx is done.
func (c *Client) do(ctx context.Context, r esapi.Request, x *exchange) error {
	request, cancel := context.WithTimeout(context.WithValue(ctx, exchangeKey{}, x), c.settings.RequestTimeout)
	defer cancel()
	resp, err := r.Do(request, c.base)
	x.err = err
	if err == nil {
		x.status = resp.StatusCode
		x.read(resp.Body)
	}
	if x.lent != nil {
		x.kept = x.lent.await(request, x.host != "")
	}
	if x.err != nil && ctx.Err() != nil {
		return fmt.Errorf("ask %s: %w", x.hostName(), context.Cause(ctx))
	}
	if x.err != nil && timedOut(request, x.err) {
		x.err = fmt.Errorf("no answer within %s (request_timeout)", c.settings.RequestTimeout)
	}
	return nil
}

// timedOut says whether it was the time of the request that ran out, not that of
// a dial, which says so itself.
func timedOut(request context.Context, err error) bool {
	var dial *net.OpError
	var timeout net.Error
	switch {
	case errors.As(err, &dial) && dial.Op == "dial":
		return false
	case errors.Is(request.Err(), context.DeadlineExceeded):
		return true
	}
	return errors.As(err, &timeout) && timeout.Timeout()
}

// read reads the answer. What cuts off a refusal is no error: its status says enough.
func (x *exchange) read(body io.ReadCloser) {
	defer func() { _ = body.Close() }()
	limit := refusalBytes
	if x.stored() {
		limit = answerBytes
	}
	var err error
	x.answer, err = readInto(x.answer[:0], body, limit)
	if x.stored() {
		x.err = err
	}
}

// stored says whether the status is a 2xx.
func (x *exchange) stored() bool { return x.status >= 200 && x.status < 300 }

func (x *exchange) hostName() string {
	if x.host == "" {
		return "elasticsearch"
	}
	return x.host
}

// readInto is io.ReadAll into memory that is there already.
func readInto(dst []byte, r io.Reader, limit int) ([]byte, error) {
	for {
		dst = slices.Grow(dst, 512)
		n, err := r.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		switch {
		case errors.Is(err, io.EOF):
			return dst, nil
		case err != nil:
			return dst, fmt.Errorf("answer cut off after %d bytes: %w", len(dst), err)
		case len(dst) > limit:
			return dst, fmt.Errorf("answer longer than %d bytes", limit)
		}
	}
}

// observe notes what the library keeps to itself (the address it chose, the
// header of a 2xx) and tells net/http the length of the body, which it would
// send in chunks otherwise.
func observe(next elastictransport.RoundTripFunc) elastictransport.RoundTripFunc {
	return func(r *http.Request) (*http.Response, error) {
		x, ok := r.Context().Value(exchangeKey{}).(*exchange)
		if !ok {
			return next(r)
		}
		x.host = r.URL.Host
		if x.lent != nil {
			r.ContentLength = int64(len(x.lent.data))
			r.GetBody = x.lent.reopen // lets net/http start again where a kept connection was dead and nothing was sent
		}
		resp, err := next(r)
		if err == nil {
			x.status = resp.StatusCode // do sees no answer where the library refuses it as foreign
			x.foreign = resp.StatusCode/100 == 2 && resp.Header.Get("X-Elastic-Product") != "Elasticsearch"
			if to, err := url.Parse(resp.Header.Get("Location")); err == nil {
				x.location = to.Host
			}
		}
		return resp, err //nolint:wrapcheck // passed on
	}
}
