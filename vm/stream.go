package vm

import (
	"errors"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/value"
)

var errWait = errors.New("waits for more of a stream")

type cell struct{}

func streamArgs(e *ir.Expr) bool { return false }

func (c *compiler) unfold(e *ir.Expr, row *op.Row) ref     { return c.fail("streams") }
func (c *compiler) function(e *ir.Expr) ref                { return c.fail("streams") }
func (c *compiler) cons(e *ir.Expr) ref                    { return c.fail("streams") }
func (m *Machine) function(f *ir.Func) error               { return nil }
func (x *exec) stream(c *code, f *frame, i *instr) error   { return nil }
func (x *exec) prefix(s *cell) (value.Value, error)        { return value.Value{}, nil }
func (m *Machine) streamView(n *node) (value.Value, error) { return value.Value{}, nil }
func newStream(m *Machine, n *node) (operator, error)      { return nil, errWait }
func newSeal(m *Machine, n *node) (operator, error)        { return nil, errWait }
