package main

import (
	"errors"
	"path/filepath"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/ir/lower"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/typecheck"
)

// compiled is a program from source to IR.
type compiled struct {
	source  *source.File
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
	checked, ds := lasp.Load(f, imported(""))
	if diag.HasErrors(ds) {
		c.printDiagnostics(ds)
		return nil, exitProgram
	}
	return c.lower(f, checked, o)
}

// compilePortable compiles a program that goes to other machines: its positions
// name files by their place in the module, so that the artifact, and with it its
// content hash, does not depend on where it was built.
func (c *call) compilePortable(name string) (p *compiled, code int) {
	if p, code = c.compile(name, lower.Options{}); p == nil {
		return nil, code
	}
	f := p.source
	base := source.NewFile(filepath.Base(f.Name), f.Text)
	checked, ds := lasp.Load(base, imported(filepath.Dir(f.Name)))
	if diag.HasErrors(ds) { // a file changed since it was accepted a moment ago
		c.printDiagnostics(ds)
		return nil, exitProgram
	}
	return c.lower(f, checked, lower.Options{})
}

func (c *call) lower(f *source.File, checked *typecheck.Program, o lower.Options) (*compiled, int) {
	low, err := lower.Compile(checked, lasp.Ops(), o)
	if err != nil {
		return nil, c.fail(exitProgram, "%v", err)
	}
	return &compiled{source: f, checked: checked, Compiled: low}, exitDone
}

// runnable reports a program that is checked but not run by this version.
func (c *call) runnable(p *ir.Program) int {
	var later *ir.NotRunnable
	switch err := lasp.Runnable(p); {
	case errors.As(err, &later):
		return c.fail(exitProgram, "%s: %s: %s", later.Pos, later.Code(), later)
	case err != nil:
		return c.fail(exitProgram, "%v", err)
	}
	return exitDone
}
