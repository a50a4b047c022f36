package elastic

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"
	"github.com/elastic/go-elasticsearch/v8"
)

// IDKind is where the ids of a topic's documents come from.
type IDKind uint8

// The kinds of ids.
const (
	IDOffset IDKind = iota // made of the record's place: created once
	IDEntity               // the document's own: indexed and deleted by version
)

// Route is where the documents of a topic go.
type Route struct {
	Index  string // an index, an alias or, with IDOffset, a data stream
	ID     IDKind
	Target string // path of the geo object, "a.b"; "" where there is none
}

// Settings are what a Client is made of. There are no defaults.
type Settings struct {
	Addresses []string // http:// or https://, with a path if need be; at least one
	Username  string   // basic authentication; "" for none
	Password  string
	APIKey    string // as Elasticsearch encodes it; goes before Username
	TLS       TLSSettings

	RequestTimeout time.Duration    // of one request with its answer
	Gzip           bool             // compress bulk bodies
	Connections    int              // kept open for each address: the number of writers
	Routes         map[string]Route // by topic
}

// Client is the connections to Elasticsearch. All methods may be called at once.
type Client struct {
	settings  Settings
	base      *elasticsearch.BaseClient
	transport *http.Transport
	secrets   secrets
	actions   map[string]actions // by topic
}

const (
	dialTimeout = 5 * time.Second
	idleTimeout = 55 * time.Second // less than the 60 s after which proxies hang up
	spareConns  = 2                // beside the writers: the template, a writer that has just been replaced
	ioBuffer    = 64 << 10
)

// New returns a client, which connects to nothing before its first request. An
// error is a setting that cannot be used, or a file of TLSSettings.
func New(s Settings) (*Client, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	tlsConfig, err := s.TLS.config()
	if err != nil {
		return nil, err
	}
	c := &Client{settings: s, transport: newTransport(s, tlsConfig), secrets: newSecrets(s), actions: newActions(s.Routes)}
	c.base, err = elasticsearch.NewBaseClient(elasticsearch.Config{
		Addresses: s.Addresses, Username: s.Username, Password: s.Password, APIKey: s.APIKey,
		Transport: c.transport, DisableRetry: true, DisableMetaHeader: true,
		Interceptors: []elastictransport.InterceptorFunc{observe},
	})
	if err != nil {
		return nil, fmt.Errorf("make a client of Elasticsearch: %s", c.secrets.hide(err.Error()))
	}
	return c, nil
}

// NewBulker returns a bulker for one writer.
func (c *Client) NewBulker() *Bulker { return &Bulker{client: c} }

// Close closes the connections that are idle. Requests under way end by their
// own contexts; a request after Close is an error.
func (c *Client) Close() {
	_ = c.base.Close(context.Background()) // stops the timers that bring dead addresses back; says only that it was called before
	c.transport.CloseIdleConnections()
}

func newTransport(s Settings, t *tls.Config) *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSClientConfig:       t,
		TLSHandshakeTimeout:   2 * dialTimeout,
		MaxIdleConnsPerHost:   s.Connections + spareConns,
		IdleConnTimeout:       idleTimeout,
		ResponseHeaderTimeout: s.RequestTimeout,
		DisableCompression:    true, // answers are short, and their CPU time is the server's
		WriteBufferSize:       ioBuffer,
		ReadBufferSize:        ioBuffer,
	}
}

func (s *Settings) check() error {
	if len(s.Addresses) == 0 {
		return errors.New("elasticsearch has no addresses")
	}
	for i, a := range s.Addresses {
		u, err := url.Parse(a)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" { // the text of err may hold a password
			return fmt.Errorf("address %d of elasticsearch is no URL: write it as http://host:9200", i+1)
		}
	}
	if s.RequestTimeout <= 0 {
		return errors.New("request_timeout of elasticsearch must be more than 0")
	}
	for topic, r := range s.Routes {
		if r.Index == "" {
			return fmt.Errorf("topic %q has no index", topic)
		}
	}
	return nil
}
