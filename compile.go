package lasp

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/ir/lower"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/stdlib"
	"github.com/laspc/lasp/typecheck"
)

// Ops is the operator table of the language, which machines and replicas are
// made with.
func Ops() *op.Table { return stdlib.Table() }

// Compile lowers a program that Check accepted. An error names a construct that
// has no lowering, with its position.
func Compile(p *typecheck.Program) (*ir.Program, error) {
	return lower.Program(p, stdlib.Table())
}

// Tests lowers the `test` blocks of a checked program against what Compile made
// of it.
func Tests(p *ir.Program, checked *typecheck.Program) ([]*ir.Test, error) {
	return lower.Tests(p, checked, stdlib.Table())
}

// Runnable reports, as an *ir.NotRunnable, the first construct of a program
// that is checked but not run by this version. Verbs that run, test, build or
// deploy ask it first.
func Runnable(p *ir.Program) error { return ir.Runnable(p) }
