// Package api is a node's HTTP interface: JSON and server-sent events, over
// TLS, for programs, people and tools. It is the only part of a node that
// compiles: the text of queries.
package api

import (
	"io"
	"log"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/laspc/lasp/runtime/node"
)

// Options say how the interface is served.
type Options struct {
	Tokens Tokens
	// Hosts are the names under which the API is reached besides loopback; a
	// request for another Host is refused, so that a web page cannot reach a
	// loopback port under a name of its own.
	Hosts []string
	// Leave is called after a request to leave the cluster was answered.
	Leave func()
}

// The limits on what a request may carry, in bytes.
const (
	maxInput    = 1 << 20
	maxBatch    = 256 << 20
	maxArtifact = 16 << 20
	maxHeader   = 64 << 10
)

type server struct {
	node    *node.Node
	o       Options
	closing chan struct{} // closed when the server shuts down
}

// New returns the handler of a node's API.
func New(n *node.Node, o Options) http.Handler { return newServer(n, o).handler() }

func newServer(n *node.Node, o Options) *server {
	return &server{node: n, o: o, closing: make(chan struct{})}
}

func (s *server) isClosing() bool {
	select {
	case <-s.closing:
		return true
	default:
		return false
	}
}

func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		mux.Handle(r.pattern, s.guard(r))
	}
	mux.Handle("/", s.guard(route{role: Read, serve: s.notFound}))
	mux.HandleFunc("GET /healthz", s.health)
	return http.MaxBytesHandler(mux, maxBatch)
}

// route is one row of the table of calls.
type route struct {
	pattern string
	role    Role // the least that the caller's token must allow
	body    string
	serve   func(http.ResponseWriter, *http.Request) error
}

// The media types of bodies.
const (
	jsonBody     = "application/json"
	linesBody    = "application/x-ndjson"
	artifactBody = "application/octet-stream"
)

func (s *server) routes() []route {
	return []route{
		{"POST /v1/inputs/{name}", Write, jsonBody, s.input},
		{"POST /v1/inputs", Write, linesBody, s.batch},
		{"POST /v1/stream", Write, linesBody, s.stream},
		{"GET /v1/shows", Read, "", s.shows},
		{"GET /v1/shows/{name}", Read, "", s.show},
		{"GET /v1/cells/{name}", Read, "", s.cell},
		{"GET /v1/watch/{name}", Read, "", s.watch},
		{"GET /v1/outputs/{name}", Read, "", s.outputs},
		{"POST /v1/query", Read, jsonBody, s.query},
		{"POST /v1/programs", Deploy, artifactBody, s.deploy},
		{"GET /v1/programs", Read, "", s.programs},
		{"POST /v1/rollback", Deploy, jsonBody, s.rollback},
		{"GET /v1/status", Read, "", s.status},
		{"GET /v1/members", Read, "", s.members},
		{"POST /v1/cut", Admin, jsonBody, s.cut},
		{"POST /v1/leave", Admin, jsonBody, s.leave},
		{"POST /v1/retire", Admin, jsonBody, s.retire},
		{"GET /readyz", Read, "", s.readiness},
		{"GET /metrics", Read, "", s.metrics},
	}
}

// guard lets a request through to its route when its host, origin, token and
// media type are right.
func (s *server) guard(r route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		err := s.checkHost(req)
		if err == nil {
			err = s.o.Tokens.allow(req, r.role)
		}
		if err == nil && r.body != "" {
			err = checkBody(req, r.body)
		}
		if err == nil {
			err = r.serve(w, req)
		}
		if err != nil {
			writeError(w, err)
		}
	})
}

// checkHost refuses requests for other hosts and from pages of other origins.
func (s *server) checkHost(req *http.Request) error {
	host := hostOf(req.Host)
	ok := host == "localhost" || host == "127.0.0.1" || host == "::1"
	for _, h := range s.o.Hosts {
		ok = ok || host == h
	}
	if !ok {
		return refuse(http.StatusMisdirectedRequest, "L0612", "this API does not serve the host %q", host).hint("use the address that `laspc members` shows")
	}
	if origin := req.Header.Get("Origin"); origin != "" && origin != "https://"+req.Host {
		return refuse(http.StatusForbidden, "L0612", "pages of %s may not use this API", origin)
	}
	return nil
}

// hostOf is a host without its port.
func hostOf(hostport string) string {
	if i := strings.LastIndexByte(hostport, ':'); i >= 0 && !strings.HasSuffix(hostport, "]") {
		hostport = hostport[:i]
	}
	return strings.Trim(hostport, "[]")
}

func checkBody(req *http.Request, want string) error {
	got, _, _ := strings.Cut(req.Header.Get("Content-Type"), ";")
	if got = strings.ToLower(strings.TrimSpace(got)); got != want {
		return refuse(http.StatusUnsupportedMediaType, "L0613", "this call wants a body of type %s, not %q", want, got)
	}
	return nil
}

func (s *server) notFound(_ http.ResponseWriter, req *http.Request) error {
	for _, r := range s.routes() {
		method, path, _ := strings.Cut(r.pattern, " ")
		if path == req.URL.Path {
			return refuse(http.StatusMethodNotAllowed, "L0611", "%s is not a call of this API: use %s", req.Method+" "+path, method)
		}
	}
	return refuse(http.StatusNotFound, "L0611", "%s is not a call of this API", req.Method+" "+req.URL.Path)
}

// Server returns the HTTP server of a node's API; its listener is the caller's.
func Server(n *node.Node, o Options) *http.Server {
	s := newServer(n, o)
	h := &http.Server{
		Handler:           s.handler(),
		TLSConfig:         n.Credentials().API(),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          log.New(io.Discard, "", 0), // strangers who do not finish a handshake
	}
	h.RegisterOnShutdown(sync.OnceFunc(func() { close(s.closing) }))
	return h
}
