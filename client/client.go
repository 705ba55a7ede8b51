// Package client speaks to the nodes of a Lasp cluster.
//
// A Client knows the addresses of some nodes and uses the first that answers. A
// request that changes something carries an Idempotency-Key, so that it takes
// effect once even when it was repeated at another node because the answer of
// the first was lost.
package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Options say which cluster to speak to, and with what right.
type Options struct {
	Addrs []string // of the nodes' APIs, "host:port", in the order in which they are tried
	CA    []byte   // the cluster's authority in PEM; a node with another certificate is not spoken to
	Token string
	// Timeout bounds one call, 0 is 30 s. Streams are not bounded.
	Timeout time.Duration
}

// Client is safe for concurrent use.
type Client struct {
	o    Options
	http *http.Client
	long *http.Client // for streams: each has a connection of its own

	prefix string // of the keys that the client makes
	keys   atomic.Uint64

	mu      sync.Mutex
	streams map[string][]*stream // by address
	plain   map[string]bool      // addresses of nodes that take no streams
}

// Error is what a node answered instead of a result.
type Error struct {
	Status  int    // of HTTP
	Code    string // L06xx
	Message string
	Hint    string // what to do
	At      string // place in the program; may be empty
}

// Error returns the code, the message and the hint.
func (e *Error) Error() string {
	s := e.Message
	if e.Code != "" {
		s = e.Code + ": " + s
	}
	if e.At != "" {
		s = e.At + ": " + s
	}
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

// Unreachable says that no node answered.
type Unreachable struct {
	Addrs []string
	Why   error // of the last address tried
}

// Error is one sentence with what to do next.
func (u *Unreachable) Error() string {
	return fmt.Sprintf("no node answers at %s: %s", strings.Join(u.Addrs, ", "), explain(u.Why))
}

// Unwrap returns why the last address did not answer.
func (u *Unreachable) Unwrap() error { return u.Why }

func explain(err error) string {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	switch text := err.Error(); {
	case errors.As(err, &unknown), strings.Contains(text, "unknown authority"):
		return "what answers there is not of this cluster (its certificate is signed by another authority); check --to and --ca"
	case errors.As(err, &host):
		return "the certificate there is for other addresses; use an address that `laspc members` shows"
	case strings.Contains(text, "connection refused"):
		return "connection refused; is the cluster up? (`laspc cluster ls`)"
	case strings.Contains(text, "HTTP response to HTTPS"), strings.Contains(text, "not look like a TLS"):
		return "what answers there does not speak TLS"
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err.Error()
	}
	return err.Error()
}

// New makes a client; it does not connect yet.
func New(o Options) (*Client, error) {
	if len(o.Addrs) == 0 {
		return nil, errors.New("no address of a node is given")
	}
	for i, a := range o.Addrs {
		o.Addrs[i] = strings.TrimPrefix(strings.TrimSuffix(a, "/"), "https://")
		if _, _, err := net.SplitHostPort(o.Addrs[i]); err != nil {
			return nil, fmt.Errorf("%q is not the address of a node's API (want \"host:port\")", a)
		}
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS13}
	if o.CA != nil {
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(o.CA) {
			return nil, errors.New("the authority of the cluster is not a certificate in PEM")
		}
	}
	dial := (&net.Dialer{Timeout: 3 * time.Second}).DialContext
	transport := &http.Transport{
		TLSClientConfig:     conf,
		MaxIdleConnsPerHost: 64,
		DialContext:         dial,
		ForceAttemptHTTP2:   true,
	}
	// HTTP/1.1, whose connections are read and written by those who use them.
	long := &http.Transport{TLSClientConfig: streamTLS(conf), DialContext: dial, DisableKeepAlives: true, WriteBufferSize: streamBuffer, ReadBufferSize: streamBuffer}
	return &Client{o: o, http: &http.Client{Transport: transport}, long: &http.Client{Transport: long},
		prefix: NewKey(), streams: map[string][]*stream{}, plain: map[string]bool{}}, nil
}

// streamBuffer is the memory for what a stream writes and reads at once, in bytes.
const streamBuffer = 32 << 10

func streamTLS(conf *tls.Config) *tls.Config {
	conf = conf.Clone()
	conf.DynamicRecordSizingDisabled = true // what is written together leaves together
	return conf
}

// Close ends the streams and lets go of idle connections. Inputs that wait are
// told that their answers are lost.
func (c *Client) Close() {
	c.closeStreams()
	c.http.CloseIdleConnections()
}

// NewKey makes an Idempotency-Key.
func NewKey() string { return rand.Text() }

// newKey is NewKey without asking for randomness each time.
func (c *Client) newKey() string {
	var buf [64]byte
	key := append(append(buf[:0], c.prefix...), '-')
	return string(strconv.AppendUint(key, c.keys.Add(1), 36))
}

// call is one request.
type call struct {
	method, path string
	media        string
	body         []byte
	header       map[string]string
}

// do makes a call at the first node that answers. A node that broke off after
// it may have taken the request is passed over too, where repeating is safe.
func (c *Client) do(ctx context.Context, r call) (*http.Response, error) {
	safe := r.method == http.MethodGet || r.header["Idempotency-Key"] != ""
	var last error
	for _, addr := range c.o.Addrs {
		req, err := http.NewRequestWithContext(ctx, r.method, "https://"+addr+r.path, bytes.NewReader(r.body))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Authorization", "Bearer "+c.o.Token)
		if r.media != "" {
			req.Header.Set("Content-Type", r.media)
		}
		for k, v := range r.header {
			req.Header.Set(k, v)
		}
		resp, err := c.http.Do(req)
		if err == nil {
			return check(resp)
		}
		last = err
		var op *net.OpError
		refused := errors.As(err, &op) && op.Op == "dial"
		if ctx.Err() != nil || !safe && !refused {
			break
		}
	}
	return nil, &Unreachable{c.o.Addrs, last}
}

// check turns an error answer into an Error.
func check(resp *http.Response) (*http.Response, error) {
	if resp.StatusCode < 300 {
		return resp, nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	var e struct {
		Error Error `json:"error"`
	}
	if err != nil || json.Unmarshal(body, &e) != nil || e.Error.Message == "" {
		e.Error.Message = "the node answered " + resp.Status
	}
	e.Error.Status = resp.StatusCode
	return nil, &e.Error
}

// json makes a call and decodes the answer into out, which may be nil.
func (c *Client) json(ctx context.Context, r call, out any) error {
	ctx, cancel := context.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	resp, err := c.do(ctx, r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if out == nil {
		_, err = io.Copy(io.Discard, resp.Body)
	} else {
		err = json.NewDecoder(resp.Body).Decode(out)
	}
	if err != nil {
		return fmt.Errorf("the answer of the node broke off: %w", err)
	}
	return nil
}

func (c *Client) get(ctx context.Context, path string, out any) error {
	return c.json(ctx, call{method: http.MethodGet, path: path}, out)
}

// post sends a JSON body under an Idempotency-Key, which may be empty.
func (c *Client) post(ctx context.Context, path, key string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r := call{method: http.MethodPost, path: path, media: "application/json", body: body}
	if key != "" {
		r.header = map[string]string{"Idempotency-Key": key}
	}
	return c.json(ctx, r, out)
}

func escape(name string) string { return url.PathEscape(name) }
