package format

import (
	"strings"

	"github.com/laspc/lasp/lang/ast"
)

// ident prints a name and the comments before it.
func (p *printer) ident(id *ast.Ident) doc {
	return cat(p.beforeNode(id), text(id.Name))
}

func (p *printer) idents(ids []*ast.Ident) doc {
	var parts []doc
	for i, id := range ids {
		if i > 0 {
			parts = append(parts, text(", "))
		}
		parts = append(parts, p.ident(id))
	}
	return cat(parts...)
}

// decl prints a declaration. Its documentation is among the comments; a tree
// without positions brings it in Doc.
func (p *printer) decl(d ast.Decl) doc {
	if d.Span().IsZero() {
		return cat(docLines(ast.DocOf(d)), p.bareDecl(d))
	}
	return p.bareDecl(d)
}

func docLines(text string) doc {
	if text == "" {
		return nothing
	}
	var lines []doc
	for _, l := range strings.Split(text, "\n") {
		comment := strings.TrimRight("/// "+l, " ")
		lines = append(lines, doc{kind: docOwn, text: comment, hard: true})
	}
	return cat(lines...)
}

func (p *printer) bareDecl(d ast.Decl) doc {
	switch d := d.(type) {
	case *ast.CellDecl:
		return p.cell(d)
	case *ast.ParamDecl:
		head := cat(text("param "), p.ident(d.Name), text(": "), p.typ(d.Type))
		if d.Default == nil {
			return head
		}
		return p.assigned(cat(head, text(" =")), d.Default)
	case *ast.InputDecl:
		head := cat(text("input "), p.ident(d.Name), p.fields("(", ")", soft, d.Params, p.paramsEnd(d)))
		return cat(head, p.result(d.Reply))
	case *ast.OutputDecl:
		return cat(text("output "), p.ident(d.Name), text(": "), p.typ(d.Type))
	case *ast.LetDecl:
		return p.let(d)
	case *ast.FnDecl:
		return p.fn(d)
	case *ast.TypeDecl:
		return p.typeDecl(d)
	case *ast.LatticeDecl:
		return p.lattice(d)
	case *ast.InvariantDecl:
		return cat(text("invariant "), p.expr(d.Cond))
	case *ast.ShowDecl:
		if d.Name == nil {
			return cat(text("show "), p.expr(d.Value))
		}
		return p.assigned(cat(text("show "), p.ident(d.Name), text(" =")), d.Value)
	case *ast.AssumeDecl:
		return cat(text("assume monotone "), p.ident(d.Fn))
	case *ast.ImportDecl:
		return cat(text("import "), p.within(d), text(quoted(d.Path, d.PathAt.Text())))
	case *ast.TestDecl:
		return p.test(d)
	case *ast.BadDecl:
		p.before(d.Sp.End) // they are in the text
		return text(d.Sp.Text())
	}
	return p.handler(d)
}

// quoted is a string as it was written, or else made from its value.
func quoted(value, written string) string {
	if written != "" {
		return written
	}
	return `"` + escaped(value) + `"`
}

func pub(is bool) doc {
	if is {
		return text("pub ")
	}
	return nothing
}

func (p *printer) cell(d *ast.CellDecl) doc {
	parts := []doc{pub(d.Pub), text(d.Scope.Keyword() + " "), p.idents(d.Names), text(": "), p.typ(d.Kind)}
	if w := d.Writer; w != nil {
		if !w.Sp.IsZero() {
			parts = append(parts, p.before(w.Sp.End))
		}
		parts = append(parts, text(" written by "))
		if w.ByKey {
			parts = append(parts, text("key"))
		} else {
			parts = append(parts, p.expr(w.Node))
		}
	}
	if d.Sharded != nil {
		parts = append(parts, text(" sharded replicas "), p.expr(d.Sharded))
	}
	if d.Tag != nil {
		parts = append(parts, text(" at "), p.expr(d.Tag))
	}
	return cat(parts...)
}

func (p *printer) let(d *ast.LetDecl) doc {
	words := "let "
	if d.Lazy {
		words = "lazy let "
	}
	if d.Rec {
		words += "rec "
	}
	head := cat(pub(d.Pub), text(words), p.ident(d.Name))
	if d.Type != nil {
		head = cat(head, text(": "), p.typ(d.Type))
	}
	if d.Limit != nil {
		head = cat(head, text(" limit "), p.expr(d.Limit))
	}
	return p.assigned(cat(head, text(" =")), d.Value)
}

func (p *printer) fn(d *ast.FnDecl) doc {
	head := cat(pub(d.Pub), text("fn "), p.ident(d.Name))
	if len(d.TypeParams) > 0 {
		head = cat(head, text("["), p.idents(d.TypeParams), text("]"))
	}
	var items []item
	for _, f := range d.Params {
		items = append(items, item{f, func() doc {
			qual := f.Qual
			if qual == "0" || qual == "H" {
				qual += " "
			}
			return cat(p.ident(f.Name), text(": "+qual), p.typ(f.Type))
		}})
	}
	end := 0
	if n := len(d.Params); n > 0 && !d.Sp.IsZero() {
		end = p.closer(d.Params[n-1].Sp.End, ')')
	}
	head = cat(head, p.list("(", ")", soft, items, true, end), p.result(d.Result), text(" ="))
	return p.assigned(head, d.Body)
}

// result prints `-> T`, or nothing.
func (p *printer) result(t ast.TypeExpr) doc {
	if t == nil {
		return nothing
	}
	return cat(text(" -> "), p.typ(t))
}

// paramsEnd is the offset of the bracket behind the parameters of an input.
func (p *printer) paramsEnd(d *ast.InputDecl) int {
	if d.Sp.IsZero() {
		return 0
	}
	return p.fieldsEnd(d.Params, d.Name.Sp.End, ')')
}

// fieldsEnd is the offset of the bracket behind fields, which stands somewhere
// behind an offset where there are none.
func (p *printer) fieldsEnd(fields []*ast.Field, from int, bracket byte) int {
	if n := len(fields); n > 0 {
		from = fields[n-1].Sp.End
	}
	return p.closer(from, bracket)
}

func (p *printer) fields(open, closing string, pad doc, fields []*ast.Field, end int) doc {
	var items []item
	for _, f := range fields {
		items = append(items, item{f, func() doc { return cat(p.ident(f.Name), text(": "), p.typ(f.Type)) }})
	}
	return p.list(open, closing, pad, items, true, end)
}

func (p *printer) typeDecl(d *ast.TypeDecl) doc {
	head := cat(pub(d.Pub), text("type "), p.ident(d.Name))
	if d.Record {
		return cat(head, text(" "), p.fields("{", "}", line, d.Ctors[0].Fields, lastByte(d)))
	}
	var ctors []doc
	for i, c := range d.Ctors {
		one := p.ident(c.Name)
		if len(c.Fields) > 0 {
			one = cat(one, p.fields("(", ")", soft, c.Fields, lastByte(c)))
		}
		bar := broken("| ")
		if i > 0 {
			bar = text("| ")
		}
		ctors = append(ctors, line, bar, one)
	}
	return group(head, text(" ="), nest(ctors...))
}

func (p *printer) lattice(d *ast.LatticeDecl) doc {
	head := cat(pub(d.Pub), text("lattice "), p.ident(d.Name))
	if d.Of == nil {
		return cat(head, text(" "), p.fields("{", "}", line, d.Fields, lastByte(d)))
	}
	parts := []doc{head, text(" = "), p.typ(d.Of)}
	parts = append(parts, nest(line, text("bottom "), p.expr(d.Bottom)))
	parts = append(parts, nest(line, text("join "), p.expr(d.Join)))
	return group(parts...)
}

// handler prints `on`, `when` and `for`.
func (p *printer) handler(d ast.Decl) doc {
	switch d := d.(type) {
	case *ast.OnDecl:
		return cat(text("on "), p.event(d), text(" "), p.block(d.Body))
	case *ast.WhenDecl:
		parts := []doc{text("when ")}
		if d.Bound != nil {
			parts = append(parts, text("bound "), p.ident(d.Bound), text(" = "))
		}
		parts = append(parts, p.expr(d.Cond))
		if len(d.Gens) > 0 {
			parts = append(parts, nest(line, text("for "), p.gens(d.Gens)))
		}
		return cat(group(append(parts, p.guard(d.Guard))...), text(" "), p.block(d.Body))
	case *ast.ForDecl:
		return cat(p.forHead(d.Gens, d.Guard), p.block(d.Body))
	}
	return nothing
}

func (p *printer) event(d *ast.OnDecl) doc {
	switch {
	case d.Start:
		return text("start")
	case d.Every != nil:
		return cat(text("every "), p.expr(d.Every))
	}
	return cat(p.ident(d.Event), text("("), p.idents(d.Params), text(")"))
}

func (p *printer) guard(e ast.Expr) doc {
	if e == nil {
		return nothing
	}
	return nest(line, text("if "), p.expr(e))
}

func (p *printer) forHead(gens []*ast.Gen, guard ast.Expr) doc {
	return cat(group(text("for "), p.gens(gens), p.guard(guard)), text(" "))
}
