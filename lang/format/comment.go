package format

import (
	"bytes"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/source"
)

// printer turns trees into docs, in the order of the source, and weaves the
// comments in on the way. Trees without positions are printed without comments.
type printer struct {
	src      *source.File
	comments []ast.Comment // those that are not printed yet
}

// before returns the comments that begin before an offset. They go behind what
// has been printed so far, or on lines of their own where they stood so.
func (p *printer) before(offset int) doc {
	var docs []doc
	for len(p.comments) > 0 && p.comments[0].Sp.Start < offset {
		docs = append(docs, p.comment())
	}
	if len(docs) == 0 {
		return nothing
	}
	return cat(docs...)
}

// beforeNode returns the comments before a node.
func (p *printer) beforeNode(n ast.Node) doc {
	if sp := n.Span(); !sp.IsZero() {
		return p.before(sp.Start)
	}
	return nothing
}

// behind returns the comment that stands before n at the end of an earlier line:
// it stays behind what was printed last.
func (p *printer) behind(n ast.Node) doc {
	sp := n.Span()
	if sp.IsZero() || !p.commentBefore(sp.Start) || p.startsLine(p.comments[0].Sp.Start) {
		return nothing
	}
	return p.comment()
}

// commentBefore tells whether a comment begins before an offset.
func (p *printer) commentBefore(offset int) bool {
	return len(p.comments) > 0 && p.comments[0].Sp.Start < offset
}

// within returns the comments that stand in front of the last token of a node,
// for nodes that end with a token which is no node itself.
func (p *printer) within(n ast.Node) doc {
	if sp := n.Span(); !sp.IsZero() {
		return p.before(sp.End)
	}
	return nothing
}

// comment takes the next comment.
func (p *printer) comment() doc {
	c := p.comments[0]
	p.comments = p.comments[1:]
	kind := docComment
	if p.startsLine(c.Sp.Start) {
		kind = docOwn
	}
	return doc{kind: kind, text: c.Text, hard: true}
}

// trailing returns the comment that ends the line on which a node ends, if it
// begins before limit.
func (p *printer) trailing(n ast.Node, limit int) doc {
	sp := n.Span()
	if sp.IsZero() || len(p.comments) == 0 {
		return nothing
	}
	c := p.comments[0]
	if c.Sp.Start >= limit || c.Sp.Position().Line != sp.EndPosition().Line {
		return nothing
	}
	return p.comment()
}

// startsLine tells whether only space stands before an offset on its line.
func (p *printer) startsLine(offset int) bool {
	before := bytes.TrimRight(p.src.Text[:offset], " \t")
	return len(before) == 0 || before[len(before)-1] == '\n' || bytes.Equal(before, []byte("\ufeff"))
}

// afterBlank tells whether an empty line stands before an offset.
func (p *printer) afterBlank(offset int) bool {
	text := p.src.Text[:offset]
	return bytes.Count(text[len(bytes.TrimRight(text, " \t\r\n")):], []byte("\n")) > 1
}

// inOneLine tells whether a node was written on one line, but for what it holds
// up to the end of head.
func (p *printer) inOneLine(n, head ast.Node) bool {
	sp := n.Span()
	if sp.IsZero() {
		return false
	}
	from := sp.Position()
	if head != nil {
		from = head.Span().EndPosition()
	}
	return from.Line == sp.EndPosition().Line
}

// closer finds the closing bracket behind an offset, from which on only space,
// commas and comments stand before it.
func (p *printer) closer(from int, bracket byte) int {
	next := 0
	for at := from; at < len(p.src.Text); at++ {
		for next < len(p.comments) && p.comments[next].Sp.Start < at {
			next++
		}
		if next < len(p.comments) && p.comments[next].Sp.Start == at {
			at = p.comments[next].Sp.End
		}
		if at < len(p.src.Text) && p.src.Text[at] == bracket {
			return at
		}
	}
	return from
}

// item is one of a sequence: a declaration, a statement, an element.
type item struct {
	node  ast.Node
	build func() doc
}

// rows prints items on lines of their own, with the comments before, between and
// behind them up to the offset end. Empty lines are kept, several as one.
func (p *printer) rows(items []item, end int) []doc {
	var rows []doc
	add := func(d doc, offset int, known bool) {
		switch {
		case len(rows) == 0:
		case known && p.afterBlank(offset):
			rows = append(rows, blank)
		default:
			rows = append(rows, hard)
		}
		rows = append(rows, d)
	}
	leads := func(limit int) {
		for len(p.comments) > 0 && p.comments[0].Sp.Start < limit {
			at := p.comments[0].Sp.Start
			add(p.comment(), at, true)
		}
	}
	for i, it := range items {
		sp := it.node.Span()
		if !sp.IsZero() {
			leads(sp.Start)
		}
		d := it.build()
		limit := end
		if i+1 < len(items) {
			if next := items[i+1].node.Span(); !next.IsZero() {
				limit = next.Start
			}
		}
		if !sp.IsZero() {
			d = cat(d, p.before(sp.End), p.trailing(it.node, limit))
		}
		add(d, sp.Start, !sp.IsZero())
	}
	leads(end)
	return rows
}

// list prints `open a, b close`, broken after each comma where it does not fit.
// pad is the space inside the brackets; a comma behind the last item is put only
// in a broken list, and only if comma is set. end is the offset of the closing
// bracket, 0 where it is not known.
func (p *printer) list(open, closing string, pad doc, items []item, comma bool, end int) doc {
	opening := nothing
	if len(items) > 0 {
		opening = p.behind(items[0].node)
	}
	var inner []doc
	for i, it := range items {
		d := cat(p.beforeNode(it.node), it.build())
		limit := end
		sep := text(",")
		if i+1 == len(items) {
			sep = nothing
			if comma {
				sep = broken(",")
			}
		} else if next := items[i+1].node.Span(); !next.IsZero() {
			limit = next.Start
		}
		if i > 0 {
			inner = append(inner, line)
		}
		inner = append(inner, d, sep, p.trailing(it.node, limit))
	}
	rest := nothing
	if end > 0 {
		rest = p.before(end)
	}
	if len(items) == 0 && rest.empty() {
		return text(open + closing)
	}
	return group(text(open), opening, nest(pad, cat(inner...), rest), pad, text(closing))
}
