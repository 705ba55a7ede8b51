package parser

import (
	"strings"

	"github.com/laspc/lasp/lang/ast"
)

// attachDocs gives each declaration the `///` comments that stand, on lines of
// their own, between it and the declaration before.
func (p *parser) attachDocs(file *ast.File) {
	next, from := 0, 0
	for _, d := range file.Decls {
		sp := d.Span()
		var lines []string
		for ; next < len(file.Comments) && file.Comments[next].Sp.Start < sp.Start; next++ {
			c := file.Comments[next]
			if c.Doc && c.Sp.Start >= from && p.ownLine(c) {
				lines = append(lines, strings.TrimPrefix(strings.TrimPrefix(c.Text, "///"), " "))
			}
		}
		from = sp.End
		if len(lines) > 0 {
			setDoc(d, strings.Join(lines, "\n"))
		}
	}
}

// ownLine tells whether only space stands before the comment on its line.
func (p *parser) ownLine(c ast.Comment) bool {
	pos := c.Sp.Position()
	line := string(p.file.Line(pos.Line))
	return strings.HasPrefix(strings.TrimLeft(line, " \t\ufeff"), c.Text)
}

func setDoc(d ast.Decl, doc string) {
	switch d := d.(type) {
	case *ast.CellDecl:
		d.Doc = doc
	case *ast.ParamDecl:
		d.Doc = doc
	case *ast.InputDecl:
		d.Doc = doc
	case *ast.OutputDecl:
		d.Doc = doc
	case *ast.LetDecl:
		d.Doc = doc
	case *ast.FnDecl:
		d.Doc = doc
	case *ast.TypeDecl:
		d.Doc = doc
	case *ast.LatticeDecl:
		d.Doc = doc
	case *ast.InvariantDecl:
		d.Doc = doc
	case *ast.OnDecl:
		d.Doc = doc
	case *ast.WhenDecl:
		d.Doc = doc
	case *ast.ForDecl:
		d.Doc = doc
	case *ast.AssumeDecl:
		d.Doc = doc
	case *ast.ShowDecl:
		d.Doc = doc
	}
}
