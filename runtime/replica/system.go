package replica

import (
	"fmt"
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/vm"
)

// system keeps what the built-in names `errors` and `conflicts` mean. Both are
// computed from the dataflow after a turn and go into it as cells of their own,
// by a turn that no handler can see: what depends on them is never stable.
type system struct {
	rows  map[int]map[value.Word]bool // by cell: what the dataflow has
	kinds []bool                      // by cell: it can hold a conflict
	// errors and conflicts are the cells, -1 where the program does not ask for them.
	errors, conflicts int
	mark              uint64 // of the machine, when its errors were last looked at
}

// systemRounds bounds the turns in which errors give rise to other errors.
const systemRounds = 4

func newSystem(p *ir.Program) *system {
	s := &system{rows: map[int]map[value.Word]bool{}, kinds: make([]bool, len(p.Cells)), errors: p.FindCell(ir.ErrorsCell), conflicts: p.FindCell(ir.ConflictsCell)}
	for _, i := range []int{s.errors, s.conflicts} {
		if i >= 0 {
			s.rows[i] = map[value.Word]bool{}
		}
	}
	for i, cell := range p.Cells {
		s.kinds[i] = mayConflict(cell.Kind)
	}
	return s
}

// mayConflict reports whether single assignment is somewhere in a kind.
func mayConflict(t *types.Type) bool {
	t = t.Resolve()
	return t.Con == "IVar" || t.Con == "Stream" || slices.ContainsFunc(t.Args, mayConflict)
}

// refresh brings the system cells up to date after a turn that took in rows, and
// takes up what that brings about; nil rows stand for everything, where all is looked
// at anyway.
func (c *Core) refresh(rows []vm.Change) error {
	s := c.prog.system
	if s.errors < 0 && s.conflicts < 0 {
		return nil
	}
	assigned := rows == nil || slices.ContainsFunc(rows, func(r vm.Change) bool { return s.kinds[r.Cell] })
	for range systemRounds {
		var changes []vm.Change
		if i := s.errors; i >= 0 && (c.newErrors() || rows == nil) {
			changes = append(changes, c.difference(i, c.errorRecords())...)
		}
		if i := s.conflicts; i >= 0 && assigned {
			changes = append(changes, c.difference(i, c.conflictRecords())...)
		}
		if len(changes) == 0 {
			break
		}
		assigned = false
		turn, err := c.prog.machine.Step(changes)
		if err != nil {
			return err
		}
		if rows != nil {
			c.noteTurn(&turn)
		}
	}
	return nil
}

// newErrors reports whether the machine may have other errors than it had when it was
// asked last.
func (c *Core) newErrors() bool {
	was := c.prog.system.mark
	c.prog.system.mark = c.prog.machine.ErrorMark()
	return was != c.prog.system.mark
}

// difference is what must change in a system cell for it to hold elems.
func (c *Core) difference(cell int, elems value.Value) []vm.Change {
	var changes []vm.Change
	have, want := c.prog.system.rows[cell], map[value.Word]bool{}
	for _, e := range elems.Elems() {
		w := c.in.Word(e)
		want[w] = true
		if !have[w] {
			changes = append(changes, vm.Change{Cell: cell, Row: []value.Word{w}, Mult: 1})
		}
	}
	for w := range have {
		if !want[w] {
			changes = append(changes, vm.Change{Cell: cell, Row: []value.Word{w}, Mult: -1})
		}
	}
	c.prog.system.rows[cell] = want
	return changes
}

// all is the contents of the system cells, for a machine that is made
// from the state.
func (s *system) all() []vm.Change {
	var all []vm.Change
	for cell, rows := range s.rows {
		for w := range rows {
			all = append(all, vm.Change{Cell: cell, Row: []value.Word{w}, Mult: 1})
		}
	}
	return all
}

// errorRecords is the set of ErrorInfo that `errors` means.
func (c *Core) errorRecords() value.Value {
	var all []value.Value
	for _, e := range c.prog.machine.Errors() {
		all = append(all, value.MakeRecord(c.ctor(types.ErrorInfo), value.MakeString(e.Code), value.MakeString(e.Message), value.MakeString(place(e.Pos))))
	}
	return value.MakeSet(all)
}

// conflictRecords is the set of ConflictInfo that `conflicts` means.
func (c *Core) conflictRecords() value.Value {
	var all []value.Value
	for i, cell := range c.prog.ir.Cells {
		if !c.prog.system.kinds[i] {
			continue
		}
		if v, err := c.prog.machine.View(cell.View); err == nil {
			c.conflictsIn(i, nil, v, &all)
		}
	}
	return value.MakeSet(all)
}

// conflictsIn looks for conflicts in the view below keys.
func (c *Core) conflictsIn(cell int, keys []value.Value, v value.Value, all *[]value.Value) {
	switch v.Kind() {
	case value.Conflict:
		*all = append(*all, c.conflict(cell, keys, v))
	case value.Map:
		for entry := range slices.Chunk(v.Elems(), 2) {
			c.conflictsIn(cell, append(slices.Clip(keys), entry[0]), entry[1], all)
		}
	case value.List, value.Open:
		for _, item := range v.Elems() {
			if item.Kind() == value.Conflict {
				*all = append(*all, c.conflict(cell, keys, item))
			}
		}
	}
}

// conflict describes one conflict, with who wrote each value.
func (c *Core) conflict(cell int, keys []value.Value, v value.Value) value.Value {
	decl := c.prog.ir.Cells[cell]
	group, _ := c.groupOf(cell, keys)
	written, err := c.stores[group].Writers(c.prog.ids[cell], keys)
	if err != nil {
		panic("replica: the writers of a cell that is declared are not known: " + err.Error())
	}
	var values, writers, path []value.Value
	for _, w := range written {
		if slices.ContainsFunc(v.Elems(), func(x value.Value) bool { return value.Equal(x, w.Value) }) {
			values = append(values, value.MakeString(w.Value.String()))
			writers = append(writers, value.MakeString(c.writer(w.Actor, w.Firing)))
		}
	}
	for _, k := range keys {
		path = append(path, value.MakeString(k.String()))
	}
	return value.MakeRecord(c.ctor(types.ConflictInfo), value.MakeString(decl.Name), value.MakeList(path), value.MakeList(values), value.MakeList(writers))
}

// writer names who wrote: a node, or a handler that every replica runs alike.
func (c *Core) writer(a lattice.Actor, f lattice.Firing) string {
	if f.IsZero() {
		return a.Node
	}
	for _, h := range c.prog.ir.Handlers {
		if h.ID == f.Handler {
			return fmt.Sprintf("%s (%s)", h.Name, place(h.Pos))
		}
	}
	return "a handler of an earlier program"
}

// ctor is the constructor of a built-in record as the program knows it.
func (c *Core) ctor(def *types.Def) *value.Ctor {
	for _, d := range c.prog.ir.Defs {
		if d.Name == def.Name {
			def = d
		}
	}
	return def.Ctors[0].Value
}

// systemValue is what a built-in name means at present; ok is false for others.
func (c *Core) systemValue(name string) (v value.Value, ok bool) {
	switch ir.SystemCell(name) {
	case ir.ErrorsCell:
		return c.errorRecords(), true
	case ir.ConflictsCell:
		return c.conflictRecords(), true
	}
	return value.Value{}, false
}
