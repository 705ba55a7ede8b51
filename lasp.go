// Package lasp is the facade of the compiler: from source to checked program to
// IR, in one call each, for the command, the test runner, the API of a node and
// programs that embed Lasp.
package lasp

import (
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/parser"
	"github.com/laspc/lasp/typecheck"
)

// Check parses and checks a program given as its source files, which are one
// module; it may import from the standard library. The diagnostics are those of
// the parser where it found errors, otherwise those of the checker: a half-read
// program would only give follow-on errors. The program is complete when
// diag.HasErrors is false.
func Check(files ...*source.File) (*typecheck.Program, []diag.Diagnostic) {
	var trees []*ast.File
	var found []diag.Diagnostic
	for _, f := range files {
		tree, ds := parser.Parse(f)
		trees = append(trees, tree)
		found = append(found, ds...)
	}
	return link(trees, nil, found)
}
