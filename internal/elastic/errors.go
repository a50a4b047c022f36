package elastic

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// reasonBytes is how long a reason or an error may be.
const reasonBytes = 1 << 10

// reason says why a request as a whole did not succeed: host and cause.
func (c *Client) reason(x *exchange) string {
	if x.err != nil {
		return c.secrets.clean(fmt.Sprintf("%s: %v", x.hostName(), x.err))
	}
	return c.secrets.clean(fmt.Sprintf("%s answered %s%s", x.hostName(), statusName(x.status), because(x.answer)))
}

// statusName is as "503 Service Unavailable".
func statusName(status int) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status)))
}

// because is what the answer to a refused request says, after a colon; nothing
// where it is not JSON: the page of a proxy is no reason.
func because(answer []byte) string {
	if !gjson.ValidBytes(answer) {
		return ""
	}
	if text := causes(gjson.GetBytes(answer, "error")); text != "" {
		return ": " + text
	}
	return ""
}

// causes is an error of Elasticsearch with what caused it, at most five deep.
func causes(e gjson.Result) string {
	if e.Type == gjson.String {
		return e.Str
	}
	var b strings.Builder
	for range 5 {
		kind, reason := e.Get("type").String(), e.Get("reason").String()
		if kind == "" && reason == "" {
			break
		}
		if b.Len() > 0 {
			b.WriteString("; caused by ")
		}
		b.WriteString(strings.Trim(kind+": "+reason, ": "))
		e = e.Get("caused_by")
	}
	return b.String()
}

// fatal is the error for an answer, or for the lack of one, that would be the
// same for every record.
func (c *Client) fatal(doing string, x *exchange) error {
	said := statusName(x.status) + because(x.answer)
	host := x.hostName()
	switch {
	case x.foreign:
		return c.errorf("%s: what answers at %s is not Elasticsearch (%s without X-Elastic-Product): check addresses, and proxies on the way", doing, host, statusName(x.status))
	case x.err != nil:
		return c.errorf("%s: TLS with %s: %w: check ca_file or ca_fingerprint, cert_file and key_file, and the address", doing, host, x.err)
	case x.status == http.StatusUnauthorized:
		return c.errorf("%s: %s refused the credentials (%s): check username and password, or api_key, and that they have not expired", doing, host, said)
	case x.status == http.StatusForbidden:
		return c.errorf("%s: %s refused the permission (%s): grant the user or key the index privileges auto_configure, create_doc, index and delete on the indices of all topics", doing, host, said)
	case x.status >= 300 && x.status < 400:
		return c.errorf("%s: %s answered %s to %q: redirects are not followed, put the final address into addresses", doing, host, statusName(x.status), x.location)
	case x.status == http.StatusNotFound:
		return c.errorf("%s: %s has no bulk endpoint (%s): check that addresses, with their paths, lead to Elasticsearch", doing, host, said)
	}
	return c.errorf("%s: %s refused the request (%s): check that addresses lead to Elasticsearch, and proxies on the way", doing, host, said)
}

// fatalItem is the error for an item that says what every other would say.
func (c *Client) fatalItem(host string, r Route, status int, cause gjson.Result) error {
	said := strings.TrimSuffix(statusName(status)+": "+causes(cause), ": ")
	fix := misrouted(cause)
	switch {
	case fix != "":
	case status == http.StatusNotFound:
		fix = "create the index, or let Elasticsearch create it (action.auto_create_index, privilege auto_configure)"
	case status == http.StatusUnauthorized:
		fix = "check username and password, or api_key, and that they have not expired"
	default:
		fix = "grant the user or key the index privileges auto_configure, create_doc, index and delete on it"
	}
	return c.errorf("write to index %q at %s: %s: %s", r.Index, host, said, fix)
}

// errorf makes an error without secrets and not too long.
func (c *Client) errorf(format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &cleanError{text: c.secrets.clean(err.Error()), err: errors.Unwrap(err)}
}

// cleanError has a text of its own for an error that may tell too much.
type cleanError struct {
	text string
	err  error
}

func (e *cleanError) Error() string { return e.text }
func (e *cleanError) Unwrap() error { return e.err }

// tlsRefused says whether TLS failed for a reason that does not pass: a
// certificate that one side does not trust, or a server that speaks no TLS.
func tlsRefused(err error) bool {
	var verification *tls.CertificateVerificationError
	var header tls.RecordHeaderError
	var unknown x509.UnknownAuthorityError
	var alert *net.OpError
	switch {
	case errors.As(err, &verification), errors.As(err, &header), errors.As(err, &unknown):
		return true
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"): // net/http replaces the RecordHeaderError
		return true
	case errors.As(err, &alert) && alert.Op == "remote error":
		return refusesForGood(alert.Err.Error())
	}
	return false
}

// refusesForGood says whether an alert of the other side is about who we are or
// what we speak. The type of alerts is not exported.
func refusesForGood(alert string) bool {
	for _, part := range []string{"certificate", "handshake failure", "access denied", "protocol version", "insufficient security", "unrecognized name"} {
		if strings.Contains(alert, part) {
			return true
		}
	}
	return false
}

// secrets are what no text may show.
type secrets []string

func newSecrets(s Settings) secrets {
	all := secrets{s.Password, s.APIKey, base64.StdEncoding.EncodeToString([]byte(s.Username + ":" + s.Password))}
	if key, err := base64.StdEncoding.DecodeString(s.APIKey); err == nil {
		_, secret, _ := strings.Cut(string(key), ":")
		all = append(all, string(key), secret)
	}
	for _, a := range s.Addresses {
		if u, err := url.Parse(a); err == nil {
			password, _ := u.User.Password()
			all = append(all, password, url.QueryEscape(password))
		}
	}
	return all
}

// hide replaces the secrets in text.
func (s secrets) hide(text string) string {
	for _, secret := range s {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return text
}

// clean makes text fit for logs and the DLQ: no secrets, one line, valid UTF-8,
// not too long.
func (s secrets) clean(text string) string {
	text = strings.ToValidUTF8(s.hide(text), "\uFFFD")
	text = strings.Join(strings.Fields(text), " ")
	if len(text) <= reasonBytes {
		return text
	}
	end := reasonBytes - len("…")
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
