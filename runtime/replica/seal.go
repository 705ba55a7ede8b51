package replica

import (
	"fmt"
	"slices"
	"strings"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/wire"
)

// A seal is a hidden cell that is bound, once, to the content of what is sealed
// (ir.SealName). Like any other fact it is replicated, survives restarts, and
// reaches who joins late; where it is bound, writes are refused.
//
// The single writer of a cell seals it by itself. Where anybody may write, every
// member first freezes the cell, durably, and then reports what it holds; the
// leader binds the seal to what the cell holds once all of that has arrived. A
// member that has frozen a cell refuses writes to it, so none slips between its
// report and the seal. A seal that comes to nothing is thawed by a decision of
// the order, and every node hears of that as of any fact.

// seal seals a cell or an entry of one.
func (b *body) seal(s *ir.Stmt) error {
	keys, err := b.evalAll(s.Keys)
	if err != nil {
		return err
	}
	c := b.c
	cell := c.prog.ir.Cells[s.Cell]
	if _, done := c.sealed(s.Cell, keys); done {
		return nil
	}
	if err := b.t.mayWrite(cell, keys); err != nil {
		return err
	}
	if s.Barrier && !c.cfg.Embedded {
		p := placeOf(cell, keys)
		if d := b.t.order; d == nil || !d.dry && !slices.ContainsFunc(d.q.req.Freeze, p.Equal) {
			return &orderNeeded{freeze: []wire.OrderPlace{p}, at: s.Pos}
		}
	}
	if leafOf(cell.Kind).Is("Stream") {
		return b.t.write(s.Cell, keys, "seal", nil)
	}
	return b.t.seal(s.Cell, keys)
}

// leafOf is the kind below all maps.
func leafOf(t *types.Type) *types.Type {
	for t = t.Resolve(); ; t = t.Args[len(t.Args)-1].Resolve() {
		if k := lattice.Lookup(t.Con); k == nil || !k.Map {
			return t
		}
	}
}

func placeOf(cell *ir.Cell, keys []value.Value) wire.OrderPlace {
	p := wire.OrderPlace{Cell: cell.Name}
	if len(keys) > 0 {
		p.Key = codec.EncodeValue(nil, value.MakeTuple(keys...))
	}
	return p
}

// seal binds what holds the sealed content of a cell, or of the entry under
// keys, to what is there now.
func (t *turn) seal(n int, keys []value.Value) error {
	cell := t.c.prog.ir.Cells[n]
	if err := t.mayWrite(cell, keys); err != nil {
		return err
	}
	if t.known(groupOf(cell.Group)) {
		return nil
	}
	now, err := t.c.stores[groupOf(cell.Group)].ReadAt(t.c.prog.ids[n], keys)
	if err != nil {
		return err
	}
	content, err := contentOf(now)
	if err != nil {
		return &Error{Code: op.TwoValues, Message: fmt.Sprintf("`%s` cannot be sealed: %s", cell.Name, err.Error()), Hint: "mend it first, or choose a kind that holds one value"}
	}
	bound := false
	for _, s := range t.c.prog.seals[n] {
		if s.Depth != len(keys) {
			continue
		}
		bound = true
		if err := t.in(groupOf(cell.Group)).Mutate(t.c.prog.ids[s.Cell], keys, "bind", []value.Value{content}); err != nil {
			return err
		}
	}
	if !bound {
		return &Error{Code: codeUnknown, Message: fmt.Sprintf("`%s` cannot be sealed by this program", cell.Name)}
	}
	t.wrote, t.scratch = true, nil
	return nil
}

// contentOf is the data in a view.
func contentOf(v value.Value) (value.Value, error) {
	switch v.Kind() {
	case value.Unset, value.Unbound:
		return v, fmt.Errorf("there is no value in it")
	case value.Conflict:
		return v, fmt.Errorf("it holds %s", v)
	case value.Map:
		var entries []value.Value
		for e := range slices.Chunk(v.Elems(), 2) {
			x, err := contentOf(e[1])
			if k := e[1].Kind(); k == value.Unset || k == value.Unbound {
				continue
			}
			if err != nil {
				return v, fmt.Errorf("%w, at %s", err, e[0])
			}
			entries = append(entries, e[0], x)
		}
		return value.MakeMap(entries), nil
	case value.Open:
		return value.MakeList(v.Elems()), nil
	}
	return v, nil
}

// sealed reports whether a place of a cell is sealed, as a whole or within
// something that is, and how many maps deep.
func (c *Core) sealed(n int, keys []value.Value) (depth int, done bool) {
	for _, s := range c.prog.seals[n] {
		if s.Depth > len(keys) {
			continue
		}
		v, err := c.stores[groupOf(c.prog.ir.Cells[n].Group)].ReadAt(c.prog.ids[s.Cell], keys[:s.Depth])
		if err == nil && v.Kind() != value.Unbound {
			return s.Depth, true
		}
	}
	return 0, false
}

// maySeal refuses writes to what is sealed or about to be.
func (t *turn) maySeal(n int, keys []value.Value, name string, args []value.Value) error {
	c := t.c
	if len(c.prog.seals[n]) == 0 && !c.prog.barred[n] {
		return nil
	}
	cell := c.prog.ir.Cells[n]
	if name == "remove" && len(args) == 1 && mutatorIsOfMap(cell, len(keys)) {
		keys = append(slices.Clip(keys), args[0])
	}
	if depth, done := c.sealed(n, keys); done {
		return &Error{Code: op.Closed, Message: fmt.Sprintf("`%s` is sealed%s, and this would change it", placeName(cell.Name, keys[:depth]), c.sealedBy(n)),
			Hint: "what is sealed is complete: write to another cell or key"}
	}
	if !c.prog.barred[n] || t.agreed() || c.cfg.Embedded {
		return nil
	}
	if c.ord.group == nil || !c.isMember() {
		return &Error{Code: codeFrozen, Message: fmt.Sprintf("`%s` is sealed by barrier, and %s is not taken in by the members yet", cell.Name, c.actor.Node),
			Hint: "try again in a moment, at a node that reaches the others"}
	}
	if c.isFrozen(cell, keys) && !c.mayThough(t, cell, keys) {
		return &Error{Code: codeFrozen, Message: fmt.Sprintf("`%s` is being sealed%s", cell.Name, c.sealedBy(n)), Hint: "try again: it is sealed in a moment, or open again"}
	}
	return nil
}

func mutatorIsOfMap(cell *ir.Cell, depth int) bool {
	t := cell.Kind.Resolve()
	for range depth {
		t = t.Args[len(t.Args)-1].Resolve()
	}
	k := lattice.Lookup(t.Con)
	return k != nil && k.Map
}

func placeName(name string, keys []value.Value) string {
	var b strings.Builder
	b.WriteString(name)
	for _, k := range keys {
		fmt.Fprintf(&b, "[%s]", k)
	}
	return b.String()
}

// sealedBy says where the program seals a cell.
func (c *Core) sealedBy(n int) string {
	var at []string
	for _, h := range c.prog.ir.Handlers {
		eachStmt(h.Body, func(s *ir.Stmt) {
			if p := place(s.Pos); s.Op == ir.SSeal && s.Cell == n && p != "" && !slices.Contains(at, p) {
				at = append(at, p)
			}
		})
	}
	if len(at) == 0 {
		return ""
	}
	return " (at " + strings.Join(at, ", ") + ")"
}

// eachStmt calls f with all statements of a body, inner ones too.
func eachStmt(body []*ir.Stmt, f func(*ir.Stmt)) {
	for _, s := range body {
		f(s)
		eachStmt(s.Then, f)
		eachStmt(s.Else, f)
		for _, a := range s.Cases {
			eachStmt(a.Body, f)
		}
	}
}

func (c *Core) isSealedPlace(p wire.OrderPlace) bool {
	if name, inc := nodeOf(p); name != "" {
		return c.isRetired(name, inc)
	}
	if c.prog == nil {
		return false
	}
	n := c.cellNumber(p.Cell)
	if n < 0 {
		return false
	}
	keys, err := c.keysOf(c.prog.ir.Cells[n], p)
	if err != nil {
		return false
	}
	if leafOf(c.prog.ir.Cells[n].Kind).Is("Stream") {
		v, err := c.stores[everywhere].ReadAt(c.prog.ids[n], keys)
		return err == nil && v.Kind() == value.List
	}
	_, done := c.sealed(n, keys)
	return done
}

// keysOf are the keys of a place.
func (c *Core) keysOf(cell *ir.Cell, p wire.OrderPlace) ([]value.Value, error) {
	if len(p.Key) == 0 {
		return nil, nil
	}
	var err error
	t := cell.Kind.Resolve()
	for n := 1; ; n++ {
		k := lattice.Lookup(t.Con)
		if k == nil || !k.Map {
			return nil, err
		}
		var ts []*types.Type
		for x, i := cell.Kind.Resolve(), 0; i < n; i++ {
			ts, x = append(ts, x.Args[0]), x.Args[len(x.Args)-1].Resolve()
		}
		var v value.Value
		if v, err = codec.DecodeValue(p.Key, types.TupleOf(ts...), orderLimits); err == nil {
			return v.Elems(), nil
		}
		t = t.Args[len(t.Args)-1].Resolve()
	}
}

// barred finds the cells that some statement seals by barrier.
func barred(p *ir.Program) map[int]bool {
	cells := map[int]bool{}
	for _, h := range p.Handlers {
		eachStmt(h.Body, func(s *ir.Stmt) {
			if s.Op == ir.SSeal && s.Barrier {
				cells[s.Cell] = true
			}
		})
	}
	return cells
}
