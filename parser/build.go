package parser

import (
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/source"
)

// at is the span from the first to the last of toks.
func (p *parser) at(toks []lexer.Token) ast.At {
	if len(toks) == 0 {
		return ast.At{}
	}
	return ast.At{Sp: source.Span{File: p.file, Start: toks[0].Pos.Offset, End: end(&toks[len(toks)-1])}}
}

func (p *parser) ident(tok *lexer.Token) *ast.Ident {
	return &ast.Ident{At: ast.At{Sp: spanOf(p.file, tok)}, Name: tok.Value}
}

// build turns a production into a declaration. It returns nil when it found and
// reported a mistake that the grammar allows.
func (p *parser) build(n *declNode) ast.Decl {
	at := p.at(n.Tokens)
	pub := n.Pub != nil
	if pub && n.Cell == nil && n.Let == nil && n.Fn == nil && n.Type == nil && n.Lattice == nil {
		p.fail(unexpected(spanOf(p.file, &n.Tokens[1]), "a cell, `let`, `fn`, `type` or `lattice`", "`pub`",
			quote(&n.Tokens[1]), "Only these can be exported; remove `pub`."))
		return nil
	}
	switch {
	case n.Cell != nil:
		return p.buildCell(n.Cell, at, pub)
	case n.Param != nil:
		return &ast.ParamDecl{At: at, Name: p.ident(&n.Param.Name), Type: p.typeExpr(n.Param.Type), Default: n.Param.Default}
	case n.Input != nil:
		return &ast.InputDecl{At: at, Name: p.ident(&n.Input.Name), Params: p.fields(n.Input.Params), Reply: p.typeExpr(n.Input.Reply)}
	case n.Output != nil:
		return &ast.OutputDecl{At: at, Name: p.ident(&n.Output.Name), Type: p.typeExpr(n.Output.Type)}
	case n.Let != nil:
		l := n.Let
		return &ast.LetDecl{At: at, Pub: pub, Lazy: l.Lazy != nil, Rec: l.Rec != nil, Name: p.ident(&l.Name),
			Type: p.typeExpr(l.Type), Limit: l.Limit, Value: l.Value}
	case n.Fn != nil:
		return p.buildFn(n.Fn, at, pub)
	case n.Type != nil:
		return p.buildType(n.Type, at, pub)
	case n.Lattice != nil:
		l := n.Lattice
		d := &ast.LatticeDecl{At: at, Pub: pub, Name: p.ident(&l.Name), Of: p.typeExpr(l.Of), Bottom: l.Bottom, Join: l.Join}
		if l.Fields != nil {
			d.Fields = p.fields(l.Fields.Fields)
		}
		return d
	case n.Invariant != nil:
		return &ast.InvariantDecl{At: at, Cond: n.Invariant.Cond}
	case n.Show != nil:
		d := &ast.ShowDecl{At: at, Value: n.Show.Value}
		if n.Show.Name != nil {
			d.Name = p.ident(n.Show.Name)
		}
		return d
	case n.Import != nil:
		return &ast.ImportDecl{At: at, Path: content(&n.Import.Path), PathAt: spanOf(p.file, &n.Import.Path)}
	case n.Assume != nil:
		return &ast.AssumeDecl{At: at, Fn: p.ident(&n.Assume.Fn)}
	case n.Test != nil:
		return &ast.TestDecl{At: at, Name: content(&n.Test.Name), Steps: n.Test.Steps.steps()}
	}
	return p.buildHandler(n, at)
}

// content is what a string without interpolation says.
func content(tok *lexer.Token) string {
	return unquote(tok.Value[1:len(tok.Value)-1], nil)
}

func (p *parser) buildCell(n *cellNode, at ast.At, pub bool) ast.Decl {
	d := &ast.CellDecl{At: at, Pub: pub, Kind: p.typeExpr(n.Kind)}
	for _, s := range []ast.Scope{ast.Shared, ast.Coordinated, ast.Local} {
		if s.Keyword() == n.Scope.Value {
			d.Scope = s
		}
	}
	for _, name := range n.Names {
		d.Names = append(d.Names, p.ident(&name.Name))
	}
	first := map[string]source.Span{}
	for _, c := range n.Clauses {
		clause := c.Tokens[0].Value
		sp := p.at(c.Tokens).Sp
		if before, twice := first[clause]; twice {
			p.fail(repeatedClause(sp, clause, before))
			return nil
		}
		first[clause] = sp
		switch clause {
		case "written":
			d.Writer = &ast.Writer{At: ast.At{Sp: sp}, ByKey: c.ByKey != nil, Node: c.Writer}
		case "sharded":
			d.Sharded = c.Sharded
		default:
			d.Tag = c.Tag
		}
	}
	return d
}

func (p *parser) buildFn(n *fnNode, at ast.At, pub bool) ast.Decl {
	d := &ast.FnDecl{At: at, Pub: pub, Name: p.ident(&n.Name), Result: p.typeExpr(n.Result), Body: n.Body}
	for _, v := range n.TypeParams {
		d.TypeParams = append(d.TypeParams, p.ident(&v.Name))
	}
	for _, f := range n.Params {
		param := &ast.FnParam{At: p.at(f.Tokens), Name: p.ident(&f.Name), Type: p.typeExpr(f.Type)}
		if f.Qual != nil {
			param.Qual = f.Qual.Value
		}
		d.Params = append(d.Params, param)
	}
	return d
}

func (p *parser) buildType(n *typeDeclNode, at ast.At, pub bool) ast.Decl {
	d := &ast.TypeDecl{At: at, Pub: pub, Name: p.ident(&n.Name)}
	if n.Record != nil {
		d.Record = true
		ctor := &ast.CtorDecl{At: p.at(n.Tokens[1:]), Name: p.ident(&n.Name), Fields: p.fields(n.Record.Fields)}
		d.Ctors = []*ast.CtorDecl{ctor}
	}
	for _, c := range n.Ctors {
		d.Ctors = append(d.Ctors, &ast.CtorDecl{At: p.at(c.Tokens), Name: p.ident(&c.Name), Fields: p.fields(c.Fields)})
	}
	return d
}

func (p *parser) buildHandler(n *declNode, at ast.At) ast.Decl {
	switch {
	case n.On != nil:
		d := &ast.OnDecl{At: at, Every: n.On.Every, Body: n.On.Body.(*ast.Block)}
		switch e := n.On.Event; {
		case e == nil:
		case e.Value == "start" && n.On.Paren == nil:
			d.Start = true
		default:
			d.Event = p.ident(n.On.Event)
		}
		for _, a := range n.On.Args {
			d.Params = append(d.Params, p.ident(&a.Name))
		}
		return d
	case n.When != nil:
		w := n.When
		d := &ast.WhenDecl{At: at, Cond: w.Cond, Guard: w.Guard, Body: w.Body.(*ast.Block)}
		if w.Bound != nil {
			d.Bound = p.ident(w.Bound)
		}
		if w.Gens != nil {
			d.Gens = w.Gens.gens()
		}
		return d
	default:
		f := n.For
		return &ast.ForDecl{At: at, Gens: f.Gens.gens(), Guard: f.Guard, Body: f.Body.(*ast.Block)}
	}
}

func (p *parser) fields(nodes []*fieldNode) []*ast.Field {
	var fields []*ast.Field
	for _, n := range nodes {
		fields = append(fields, &ast.Field{At: p.at(n.Tokens), Name: p.ident(&n.Name), Type: p.typeExpr(n.Type)})
	}
	return fields
}
