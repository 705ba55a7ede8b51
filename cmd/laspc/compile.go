package main

import (
	"github.com/laspc/lasp"
	"github.com/laspc/lasp/ir/lower"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/typecheck"
)

// compiled is a program from source to IR.
type compiled struct {
	name    string
	checked *typecheck.Program
	*lower.Compiled
}

// compile reads, checks and lowers a program. Diagnostics have been printed when
// it returns nil, and code is what to exit with.
func (c *call) compile(name string, o lower.Options) (p *compiled, code int) {
	f, err := c.readSource(name)
	if err != nil {
		return nil, c.usage("%v", err)
	}
	checked, ds := lasp.Check(f)
	if diag.HasErrors(ds) {
		c.printDiagnostics(ds)
		return nil, exitProgram
	}
	low, err := lower.Compile(checked, lasp.Ops(), o)
	if err != nil {
		return nil, c.fail(exitProgram, "%v", err)
	}
	return &compiled{name: name, checked: checked, Compiled: low}, exitDone
}
