package vm

import (
	"fmt"
	"sync"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/value"
)

// bindJoins gives the hand-written lattices of a program their joins, which are
// code of it. Types are shared by all machines of a program, and views are joined
// outside of turns too, so each join is evaluated by a machine of its own.
func bindJoins(p *ir.Program, ops *op.Table) error {
	for _, d := range p.Defs {
		if d.Join == nil || d.Join.IsBound() {
			continue
		}
		code := p.FindJoin(d.Name)
		if code == nil {
			return fmt.Errorf("vm: the program has no code for the join of `%s`", d.Name)
		}
		m, err := New(&ir.Program{Name: p.Name}, ops, Options{})
		if err != nil {
			return err
		}
		var lock sync.Mutex
		d.Join.Bind(func(a, b value.Value) (value.Value, error) {
			lock.Lock()
			defer lock.Unlock()
			return m.Eval(code.Body, Env{Slots: []value.Value{a, b}})
		})
	}
	return nil
}
