// Package feed reads what is fed to a program from files: events (JSON lines)
// and data for cells (tab separated, comma separated, or JSON lines). Both are
// typed by the program, so what does not fit is refused with its line.
package feed

import (
	"fmt"
	"strings"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// Error is a line that could not be used.
type Error struct {
	File    string
	Line    int // 0: the file as a whole
	Message string
}

// Error returns the place, the code and the message.
func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s: %s", e.File, op.BadData, e.Message)
	}
	return fmt.Sprintf("%s:%d: %s: %s", e.File, e.Line, op.BadData, e.Message)
}

// Schema knows the inputs and cells of a program and how their arguments are
// read. It remembers what it worked out.
type Schema struct {
	program *ir.Program
	inputs  map[string]*ir.Input
	cells   map[string]*ir.Cell
	ops     map[opKey]*operation
}

type opKey struct {
	cell, name string
	keys       int
}

// operation is a mutator on a cell, typed.
type operation struct {
	keys     []*types.Type
	params   []*types.Type
	or       []*types.Type // alternatives, nil where there is none
	defaults []value.Value
}

// NewSchema prepares to read for a program.
func NewSchema(p *ir.Program) *Schema {
	s := &Schema{program: p, inputs: map[string]*ir.Input{}, cells: map[string]*ir.Cell{}, ops: map[opKey]*operation{}}
	for _, in := range p.Inputs {
		s.inputs[in.Name] = in
	}
	for _, c := range p.Cells {
		s.cells[c.Name] = c
	}
	return s
}

// input finds an input by name.
func (s *Schema) input(name string) (*ir.Input, error) {
	if in := s.inputs[name]; in != nil {
		return in, nil
	}
	return nil, fmt.Errorf("the program has no input %q; %s", name, listed("it has", keysOf(s.inputs)))
}

// Cell finds a cell by name.
func (s *Schema) Cell(name string) (*ir.Cell, error) {
	if c := s.cells[name]; c != nil {
		return c, nil
	}
	return nil, fmt.Errorf("the program has no cell %q; %s", name, listed("it has", keysOf(s.cells)))
}

// operation finds a mutator of a cell below a number of keys.
func (s *Schema) operation(cell, name string, keys int) (*operation, error) {
	at := opKey{cell, name, keys}
	if o := s.ops[at]; o != nil {
		return o, nil
	}
	c, err := s.Cell(cell)
	if err != nil {
		return nil, err
	}
	o := &operation{}
	kind := c.Kind.Resolve()
	for range keys {
		if k := lattice.Lookup(kind.Con); k == nil || !k.Map {
			return nil, fmt.Errorf("%s has %s above its contents, %d are given", cell, counted(len(o.keys), "key"), keys)
		}
		o.keys = append(o.keys, kind.Args[0])
		kind = kind.Args[1].Resolve()
	}
	if name != "seal" {
		if err := o.resolve(cell, kind, name); err != nil {
			return nil, err
		}
	}
	s.ops[at] = o
	return o, nil
}

func (o *operation) resolve(cell string, kind *types.Type, name string) error {
	k := lattice.Lookup(kind.Con)
	if k == nil {
		return fmt.Errorf("%s is a %s, which this program cannot write", cell, kind)
	}
	m := k.Mutator(name)
	if m == nil {
		var have []string
		for _, m := range k.Mutators {
			have = append(have, m.Name)
		}
		if k.Map && len(have) == 0 {
			return fmt.Errorf("%s is a %s: give \"keys\" to write below one", cell, kind)
		}
		return fmt.Errorf("a %s has no operation %q; %s", kind, name, listed("it has", have))
	}
	by := map[string]*types.Type{}
	for i, p := range k.Params {
		by[p] = kind.Args[i]
	}
	for _, p := range m.Params {
		t, err := types.ParseType(p.Type, by)
		if err != nil {
			return err
		}
		var or *types.Type
		if p.Or != "" {
			if or, err = types.ParseType(p.Or, by); err != nil {
				return err
			}
		}
		o.params, o.or, o.defaults = append(o.params, t), append(o.or, or), append(o.defaults, p.Default)
	}
	return nil
}

func keysOf[V any](m map[string]V) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	return names
}

// listed says what there is, in order.
func listed(lead string, names []string) string {
	if len(names) == 0 {
		return lead + " none"
	}
	return lead + " " + strings.Join(sorted(names), ", ")
}
