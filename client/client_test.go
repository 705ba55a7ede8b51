package client_test

import (
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/laspc/lasp/client"
)

// standIn is an HTTPS server that plays a node.
func standIn(t *testing.T, serve http.HandlerFunc) (addr string, ca []byte) {
	t.Helper()
	s := httptest.NewTLSServer(serve)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String(), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

func connect(t *testing.T, ca []byte, addrs ...string) *client.Client {
	t.Helper()
	c, err := client.New(client.Options{Addrs: addrs, CA: ca, Token: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// TestLostAnswersAreRepeatedElsewhereUnderOneKey: of two nodes that take no
// streams the first takes the request and breaks off; the second gets it with the
// same key.
func TestLostAnswersAreRepeatedElsewhereUnderOneKey(t *testing.T) {
	var mu sync.Mutex
	var keys []string
	note := func(r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		keys = append(keys, r.Header.Get("Idempotency-Key"))
	}
	old := func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/v1/stream" {
			http.NotFound(w, r)
			return true
		}
		return false
	}
	broken, ca := standIn(t, func(w http.ResponseWriter, r *http.Request) {
		if old(w, r) {
			return
		}
		note(r)
		panic(http.ErrAbortHandler)
	})
	good, _ := standIn(t, func(w http.ResponseWriter, r *http.Request) {
		if old(w, r) {
			return
		}
		note(r)
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("Authorization") != "Bearer secret" || r.URL.Path != "/v1/inputs/buy" || string(body) != `{"n":1}` {
			t.Errorf("%s %s %s", r.URL.Path, r.Header, body)
		}
		io.WriteString(w, `{"reply": 7}`)
	})
	reply, err := connect(t, ca, broken, good).Input(t.Context(), "", "buy", map[string]int{"n": 1})
	if err != nil || string(reply) != "7" {
		t.Fatalf("%s %v", reply, err)
	}
	if len(keys) < 2 || keys[0] == "" || keys[0] != keys[len(keys)-1] {
		t.Fatalf("keys %q", keys)
	}
}

// TestWhatMustNotBeRepeated: who is told to leave is the node that answers, so
// another one is not asked after it may have heard.
func TestWhatMustNotBeRepeated(t *testing.T) {
	broken, ca := standIn(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	second := false
	good, _ := standIn(t, func(http.ResponseWriter, *http.Request) { second = true })
	err := connect(t, ca, broken, good).Leave(t.Context())
	var gone *client.Unreachable
	if !errors.As(err, &gone) || second {
		t.Fatalf("%v, sent again: %v", err, second)
	}
}

func TestErrorsOfNodes(t *testing.T) {
	for body, want := range map[string]string{
		`{"error":{"code":"L0602","message":"no input","hint":"try buy"}}`: "L0602: no input (try buy)",
		`<html>`: "the node answered 404 Not Found",
	} {
		addr, ca := standIn(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			io.WriteString(w, body)
		})
		_, err := connect(t, ca, addr).Members(t.Context())
		var e *client.Error
		if !errors.As(err, &e) || e.Status != 404 || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestBadOptions(t *testing.T) {
	for want, o := range map[string]client.Options{
		"no address":                {},
		"not the address of a node": {Addrs: []string{"nowhere"}},
		"not a certificate in PEM":  {Addrs: []string{"127.0.0.1:1"}, CA: []byte("x")},
	} {
		if _, err := client.New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestStreamsThatEndAreErrors(t *testing.T) {
	addr, ca := standIn(t, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, ": hello\n\nevent: snapshot\ndata: {\"show\":\"x\",\"value\":1}\n\nevent: error\ndata: {\"error\":{\"code\":\"L0620\",\"message\":\"stopping\"}}\n\n")
	})
	var values []string
	err := connect(t, ca, addr).Watch(t.Context(), "x", client.JSON, func(s client.Shown) error {
		values = append(values, string(s.Value))
		return nil
	})
	var e *client.Error
	if !errors.As(err, &e) || e.Code != "L0620" || strings.Join(values, " ") != "1" {
		t.Fatalf("%v %v", values, err)
	}
}
