package config

import (
	"fmt"
	"slices"
	"strings"
)

func (r *resolver) elasticsearch(raw *rawElasticsearch, e *Elasticsearch) {
	r.need(raw.Addresses, head{"elasticsearch", raw.Range}, "addresses", `addresses = ["http://localhost:9200"]`)
	known := r.texts(raw.Addresses, &e.Addresses, checkURL)
	r.count(raw.Workers, mostWorkers, &e.Workers)
	r.credentials(raw, e)
	r.duration(raw.RequestTimeout, &e.RequestTimeout)
	r.flag(raw.Gzip, &e.Gzip)
	r.flag(raw.Template, &e.Template)
	e.TLS = r.elasticsearchTLS(raw.TLS)
	if known && e.TLS != nil && len(e.Addresses) > 0 && !slices.ContainsFunc(e.Addresses, isHTTPS) {
		r.found.at(raw.TLS.Range, "tls is set, but no address begins with https", "write the addresses with https://, or take tls away")
	}
	r.bulk(orEmpty(raw.Bulk, &rawBulk{}), &e.Bulk)
	r.backoff(orEmpty(raw.Backoff, &rawBackoff{}), &e.Backoff)
}

func isHTTPS(address string) bool { return strings.HasPrefix(strings.ToLower(address), "https:") }

// credentials reads a user and password, or an API key.
func (r *resolver) credentials(raw *rawElasticsearch, e *Elasticsearch) {
	r.text(raw.Username, &e.Username, checkFilled)
	r.secret(raw.Password, &e.Password, checkFilled)
	r.secret(raw.APIKey, &e.APIKey, checkFilled)
	r.together(raw.Username, raw.Password, [2]string{"username", "password"})
	if raw.APIKey != nil && (raw.Username != nil || raw.Password != nil) {
		r.found.at(raw.APIKey.NameRange, "api_key is set beside username and password", "keep one of the two ways")
	}
}

func (r *resolver) elasticsearchTLS(raw *rawElasticsearchTLS) *ElasticsearchTLS {
	if raw == nil {
		return nil
	}
	var tls ElasticsearchTLS
	r.text(raw.CAFile, &tls.CAFile, checkFile)
	r.text(raw.CAFingerprint, &tls.CAFingerprint, checkFingerprint)
	tls.CAFingerprint = strings.ToLower(strings.ReplaceAll(tls.CAFingerprint, ":", ""))
	r.keyPair(raw.CertFile, raw.KeyFile, &tls.CertFile, &tls.KeyFile)
	return &tls
}

func (r *resolver) bulk(raw *rawBulk, b *Bulk) {
	r.size(raw.MaxBytes, &b.MaxBytes)
	r.duration(raw.MaxAge, &b.MaxAge)
}

func (r *resolver) backoff(raw *rawBackoff, b *Backoff) {
	initial := r.duration(raw.Initial, &b.Initial)
	longest := r.duration(raw.Max, &b.Max)
	if !initial || !longest || b.Initial <= b.Max {
		return
	}
	key := raw.Initial
	if key == nil {
		key = raw.Max
	}
	r.found.at(key.Expr.Range(), fmt.Sprintf("initial (%s) is more than max (%s)", b.Initial, b.Max), "lower initial or raise max")
}
