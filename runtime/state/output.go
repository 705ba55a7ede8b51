package state

import (
	"fmt"
	"slices"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// outputs are the values that were emitted, each known by its id.
type outputs struct {
	byName map[string]*output
	list   []outputRow
}

type output struct {
	name string
	typ  *types.Type
	ids  map[[32]byte]uint32 // to the place in list
}

type outputRow struct {
	out *output
	id  [32]byte
	val value.Value
	at  stamp
}

// DeclareOutput adds an output. One that is known with another type is refused.
func (s *Store) DeclareOutput(name string, t *types.Type) error {
	if o := s.outputs.byName[name]; o != nil {
		if d := types.Difference(o.typ, t); d != "" {
			return fmt.Errorf("the output %s has values of type %s and cannot change to %s (%s); give the new output another name", name, o.typ, t, d)
		}
		return nil
	}
	s.outputs.byName[name] = &output{name: name, typ: t, ids: map[[32]byte]uint32{}}
	return nil
}

// OutputType is the type of a declared output, or nil.
func (s *Store) OutputType(name string) *types.Type {
	if o := s.outputs.byName[name]; o != nil {
		return o.typ
	}
	return nil
}

// Outputs calls f with each value of an output and the stamp that it is kept
// under, in the order of values and then ids, until f returns false.
func (s *Store) Outputs(name string, f func(id [32]byte, v value.Value, at lattice.Stamp) bool) {
	o := s.outputs.byName[name]
	if o == nil {
		return
	}
	rows := make([]*outputRow, 0, len(o.ids))
	for _, n := range o.ids {
		rows = append(rows, &s.outputs.list[n])
	}
	slices.SortFunc(rows, func(a, b *outputRow) int {
		if c := value.Compare(a.val, b.val); c != 0 {
			return c
		}
		return slices.Compare(a.id[:], b.id[:])
	})
	for _, r := range rows {
		if !f(r.id, r.val, lattice.Stamp{Actor: s.actors[r.at.actor], Group: s.group, Seq: r.at.seq}) {
			return
		}
	}
}

func (s *Store) addOutput(out *output, id [32]byte, v value.Value, at stamp) uint32 {
	n := uint32(len(s.outputs.list))
	s.outputs.list = append(s.outputs.list, outputRow{out, id, v, at})
	out.ids[id] = n
	s.sum.add(s.outputSum(n))
	return n
}

// dropOutputs takes back the latest outputs, those of an open turn.
func (s *Store) dropOutputs(nums []uint32) {
	o := &s.outputs
	for _, n := range nums {
		s.sum.sub(s.outputSum(n))
		delete(o.list[n].out.ids, o.list[n].id)
	}
	o.list = o.list[:len(o.list)-len(nums)]
}

// meet merges what another replica emitted and reports whether it is kept under
// the new stamp. Of two stamps the smaller is kept and, should values differ,
// the smaller value.
func (s *Store) meet(out *output, id [32]byte, v value.Value, at stamp) bool {
	n, known := out.ids[id]
	if !known {
		n = s.addOutput(out, id, v, at)
		s.addEntry(at, false, makeRef(outputRefs, n))
		return true
	}
	row := &s.outputs.list[n]
	if value.Compare(v, row.val) < 0 {
		s.sum.sub(s.outputSum(n))
		row.val = v
		s.sum.add(s.outputSum(n))
	}
	if !s.before(at, row.at) {
		s.worn(at, row.at)
		return false
	}
	s.worn(row.at, at)
	row.at = at
	s.addEntry(at, false, makeRef(outputRefs, n))
	return true
}
