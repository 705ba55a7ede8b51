package ir

import (
	"errors"
	"fmt"
	"slices"

	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// EncodeExpr is the binary form of an expression that was compiled against p, for
// a node that runs the same program. The expression is the last of its table.
func EncodeExpr(p *Program, e *Expr) ([]byte, error) {
	c := newEncoder(p)
	c.expr(e)
	return codec.Marshal(&c.w)
}

// DecodeExpr reads what EncodeExpr wrote, and verifies it against p.
func DecodeExpr(p *Program, ops *op.Table, data []byte) (*Expr, error) {
	w := new(wireProgram)
	if err := codec.Unmarshal(data, codec.Limits{}, w); err != nil {
		return nil, fmt.Errorf("the expression cannot be read: %w", err)
	}
	if len(w.Exprs) == 0 {
		return nil, errors.New("there is no expression")
	}
	d := newDecoder(w)
	named := map[string]*types.Type{}
	for _, def := range slices.Concat(p.Defs, []*types.Def{types.ErrorInfo, types.ConflictInfo}) {
		if named[def.Name] != nil {
			continue
		}
		named[def.Name] = &types.Type{Con: def.Name, Def: def}
		for _, k := range def.Ctors {
			d.ctors[k.Name] = k
		}
	}
	for _, text := range w.Types {
		t, err := types.ParseType(text, named)
		if err != nil {
			return nil, err
		}
		d.types = append(d.types, t)
	}
	e := d.root(len(w.Exprs) - 1)
	if d.err != nil {
		return nil, d.err
	}
	q := *p
	q.Funcs = append(slices.Clip(p.Funcs), &Func{Name: "query", Body: e, Type: e.Type})
	return e, Verify(&q, ops)
}

// WithSlots is e with values in the place of its first locals.
func WithSlots(e *Expr, slots []value.Value) *Expr {
	if len(slots) == 0 {
		return e
	}
	return MapExpr(CloneExpr(e), func(x *Expr) *Expr {
		if x.Op == ELocal && x.Slot < len(slots) && slots[x.Slot].IsValid() {
			return &Expr{Op: EConst, Type: x.Type, Value: slots[x.Slot], Pos: x.Pos}
		}
		return x
	})
}
