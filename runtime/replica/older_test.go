package replica_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/wire"
)

// What a replica wrote before the order decided which program is active: a
// checkpoint under version 1, which has the cells s with 1 and gone with 7, and a
// log with the deployment of version 2, without gone, and the addition of 2 to s.
//
//go:embed testdata/before-agreed-activation.txt
var beforeAgreed []byte

func older(t *testing.T) (snapshot [][]byte, records []wire.Record) {
	t.Helper()
	lines := bufio.NewScanner(bytes.NewReader(beforeAgreed))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		what, text, _ := strings.Cut(lines.Text(), " ")
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		if what == "checkpoint" {
			snapshot = append(snapshot, data)
			continue
		}
		r, err := wire.DecodeRecord(data)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, *r)
	}
	return snapshot, records
}

// A data directory from before the order decided about programs opens, runs the
// version that it names, and goes on from it; and so again after a restart.
func TestDirectoryFromBeforeAgreedActivation(t *testing.T) {
	snapshot, records := older(t)
	if len(snapshot) == 0 || len(records) == 0 {
		t.Fatal("there is nothing to open")
	}
	cfg := replica.Config{Actor: lattice.Actor{Node: "a", Inc: 1}, Ops: lasp.Ops(), Agreed: true, Voters: []string{"a"}}
	open := func() *replica.Core {
		c, err := replica.Restore(cfg, 1, snapshot, records)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	pump := func(c *replica.Core) (replies []replica.Reply) {
		for r := c.Ready(); !r.Empty(); r = c.Ready() {
			records = append(records, r.Persist...)
			replies = append(replies, r.Replies...)
			c.Advance()
		}
		return replies
	}
	reads := func(c *replica.Core, name, want string) {
		t.Helper()
		if v, err := c.View(name); err != nil || v.String() != want {
			t.Errorf("%s is %s, %v; want %s", name, v, err, want)
		}
	}
	c := open()
	pump(c)
	if got := c.Program().Version; got != 2 {
		t.Fatalf("version %d runs, want 2", got)
	}
	reads(c, "d", "{3, 6}")

	next := compiled(t, "shared s: GSet[Int]\nshared gone: AWSet[Int]\ninput put(n: Int)\non put(n) { s.add(n) }\nshow s\nshow gone\n")
	artifact, err := ir.Encode(next)
	if err != nil {
		t.Fatal(err)
	}
	program := replica.Program{IR: next, Hash: sha256.Sum256(artifact), Artifact: artifact}
	if err := c.Step(replica.Deploy{Program: program}); err != nil {
		t.Fatal(err)
	}
	if r := pump(c); len(r) != 1 || r[0].Err != nil || r[0].Value.Int() != 3 {
		t.Fatalf("the next deployment is answered by %v", r)
	}
	if err := c.Step(replica.Input{Name: "put", Args: []value.Value{value.MakeInt(3)}}); err != nil {
		t.Fatal(err)
	}
	pump(c)
	for range 2 {
		reads(c, "s", "{1, 2, 3}")
		reads(c, "gone", "{7}")
		if all := c.Deployments(); len(all) != 3 || all[0].By != "" || all[2].By != "a" {
			t.Errorf("the versions are %v", all)
		}
		c = open()
		pump(c)
	}
}
