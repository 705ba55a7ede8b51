package replica_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/wire"
)

const boundedByParam = `
param top: Int = 10
shared n: PNCounter
invariant 0 <= n and n < top
input move(d: Int) -> Bool
on move(d) { if d >= 0 { n.increment(abs(d)) else reply false } else { n.decrement(abs(d)) else reply false }
             reply true }
`

func compiled(t *testing.T, text string) *ir.Program {
	t.Helper()
	checked, ds := lasp.Check(source.NewFile("test.lasp", []byte(text)))
	p, err := lasp.Compile(checked)
	if err != nil {
		t.Fatal(err, ds)
	}
	return p
}

// escrowed is a replica of one node, which founded the deployment.
type escrowed struct {
	t *testing.T
	*replica.Core
	log []wire.Record
}

func (e *escrowed) config(p *ir.Program, inc uint64, top int64) replica.Config {
	c := replica.Config{Actor: lattice.Actor{Node: "a", Inc: inc}, Ops: lasp.Ops(), Founders: []string{"a"}, Program: replica.Program{IR: p, Version: 1}}
	if top != 0 {
		c.Program.Params = map[string]value.Value{"top": value.MakeInt(top)}
	}
	return c
}

func (e *escrowed) step(ev replica.Event) replica.Reply {
	e.t.Helper()
	if err := e.Step(ev); err != nil {
		e.t.Fatal(err)
	}
	r := e.Ready()
	defer e.Advance()
	e.log = append(e.log, r.Persist...)
	if len(r.Replies) == 0 {
		return replica.Reply{}
	}
	return r.Replies[0]
}

func (e *escrowed) move(by int64) bool {
	e.t.Helper()
	r := e.step(replica.Input{Name: "move", Args: []value.Value{value.MakeInt(by)}})
	if r.Err != nil {
		e.t.Fatal(r.Err)
	}
	return r.Value.Bool()
}

func TestBoundsOfParameters(t *testing.T) {
	p := compiled(t, boundedByParam)
	for top, room := range map[int64]int64{0: 9, 3: 2, math.MaxInt64: math.MaxInt64 - 1, 1: 0} {
		e := &escrowed{t: t}
		cfg := e.config(p, 1, top)
		cfg.First = true
		var err error
		if e.Core, err = replica.New(cfg, 1); err != nil {
			t.Fatal(err)
		}
		if e.move(-1) || !e.move(room) || room < math.MaxInt64-1 && e.move(1) || !e.move(-room) || e.move(-1) {
			t.Errorf("with top = %d there is not room for %d", top, room)
		}
	}
	_, err := replica.New((&escrowed{}).config(p, 1, -1), 1)
	if e := (*replica.Error)(nil); !errors.As(err, &e) || e.Code != "L0605" || !strings.Contains(e.Message, "start at 0") {
		t.Errorf("a bound that excludes 0: %v", err)
	}
}

// A log that is an older copy's, under a new life, does not make that life the
// heir of what the earlier one left: it may not have all of it.
func TestHeirIsALife(t *testing.T) {
	p := compiled(t, boundedByParam)
	e := &escrowed{t: t}
	cfg := e.config(p, 1, 0)
	cfg.First = true
	var err error
	if e.Core, err = replica.New(cfg, 1); err != nil {
		t.Fatal(err)
	}
	if !e.move(5) {
		t.Fatal("the founder has room")
	}
	for inc, want := range map[uint64]bool{1: true, 2: false} {
		next := &escrowed{t: t}
		if next.Core, err = replica.Restore(e.config(p, inc, 0), 2, nil, e.log); err != nil {
			t.Fatal(err)
		}
		if got := next.move(-5); got != want {
			t.Errorf("life %d may use what life 1 had: %v", inc, got)
		}
		next.step(replica.Roster{Nodes: []string{"a"}})
		if inc == 2 && (!next.move(-5) || next.Status().Escrow.Unheard != nil) {
			t.Error("there is nobody else, so life 2 knows all")
		}
	}
}

// A bound may become looser while the program runs, not tighter.
func TestBoundsAreNotTightened(t *testing.T) {
	p := compiled(t, boundedByParam)
	e := &escrowed{t: t}
	cfg := e.config(p, 1, 5)
	cfg.First = true
	var err error
	if e.Core, err = replica.New(cfg, 1); err != nil {
		t.Fatal(err)
	}
	if !e.move(4) || e.move(1) {
		t.Fatal("there is room for 4")
	}
	deploy := func(version uint64, top int64) error {
		next := e.config(p, 1, top).Program
		next.Version = version
		return e.step(replica.Deploy{Program: next}).Err
	}
	if err := deploy(2, 4); err == nil || !strings.Contains(err.Error(), "L0601") {
		t.Errorf("a tighter bound: %v", err)
	}
	if err := deploy(2, 8); err != nil || !e.move(3) || e.move(1) {
		t.Errorf("a looser bound: %v", err)
	}
}

// A refused operation leaves nothing but a want; without `else` the whole body
// has no effect, and the refusal says what is missing and where it is.
func TestRefusalTellsWhereRightsAre(t *testing.T) {
	p := compiled(t, boundedByParam)
	e := &escrowed{t: t}
	cfg := e.config(p, 1, 0)
	cfg.Founders = []string{"a", "b", "c"}
	cfg.First = true
	var err error
	if e.Core, err = replica.New(cfg, 1); err != nil {
		t.Fatal(err)
	}
	r := e.step(replica.Mutate{Writes: []replica.Mutation{
		{Cell: "n", Op: "increment", Args: []value.Value{value.MakeInt(1)}}, {Cell: "n", Op: "increment", Args: []value.Value{value.MakeInt(5)}}}})
	const want = "this node may add 2 and not 5 without passing the bound 9; the rest is asked for where rights are: b holds 3, c holds 3"
	if err := (*replica.Error)(nil); !errors.As(r.Err, &err) || err.Code != "L0511" || err.Message != want {
		t.Errorf("%v", r.Err)
	}
	if v, err := e.View("n"); err != nil || v.Int() != 0 {
		t.Errorf("n is %v, %v", v, err)
	}
	list, err := e.Holdings("n")
	if err != nil || len(list) != 4 || list[1].WantUp != 2 {
		t.Errorf("%+v, %v", list, err)
	}
	if s := e.Status().Escrow; s.Refused != 1 || s.Moved != 1 {
		t.Errorf("%+v", s)
	}
}
