package main

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/laspc/lasp/client"
)

// TestUnknownOutcomeCanBeAskedAgain holds the refusal of an event of which nobody
// knows whether it was done to naming the id under which it was sent, which the
// command made itself.
func TestUnknownOutcomeCanBeAskedAgain(t *testing.T) {
	var ids []string
	node := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var e client.Event
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
			t.Errorf("the node was sent no event: %v", err)
		}
		ids = append(ids, e.ID)
		fmt.Fprintln(w, `{"error":{"code":"L0631","message":"there was no answer within 5s","hint":"ask again under the same id"}}`)
	}))
	defer node.Close()
	dir := t.TempDir()
	write := func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ca := write("ca.crt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: node.Certificate().Raw}))
	token := write("token", []byte("secret"))
	args := []string{"send", "pay", "1", "--to", node.Listener.Addr().String(), "--ca", ca, "--token-file", token}
	for range 2 {
		_, stderr, code := laspc("", args...)
		if code != exitProgram || len(ids) == 0 || ids[0] == "" || !strings.Contains(stderr, "--id "+ids[0]) {
			t.Fatalf("exit %d, ids %q, stderr %q", code, ids, stderr)
		}
		args = append(args, "--id", ids[0])
	}
	if len(ids) != 2 || ids[0] != ids[1] {
		t.Errorf("asked under %q", ids)
	}
}
