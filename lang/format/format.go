// Package format prints syntax trees in the one canonical layout.
//
// What it prints reads back to the same tree, and printing that again changes
// nothing. Comments stay where they are, between the same neighbours: none is
// lost, none moves to another declaration. Lines are at most 100 columns wide
// where the language has a place to break them. The printer builds a document of
// texts and possible breaks (layout.go) in the order of the source, so comments
// are woven in by their position (comment.go).
package format

import (
	"strings"

	"github.com/laspc/lasp/lang/ast"
)

// width is the number of columns that a line should not pass.
const width = 100

// File prints a whole file. The text of declarations that could not be parsed
// (BadDecl) is kept as it is; a caller that has diagnostics should refuse instead.
func File(file *ast.File) []byte {
	p := &printer{src: file.Src, comments: file.Comments}
	var items []item
	for _, d := range file.Decls {
		items = append(items, item{d, func() doc { return p.decl(d) }})
	}
	end := 0
	if file.Src != nil {
		end = len(file.Src.Text)
	}
	text := render(cat(p.rows(items, end)...), width)
	text = strings.TrimLeft(text, "\n")
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return []byte(text)
}

// Expr prints an expression on one line, for messages.
func Expr(e ast.Expr) string {
	if e == nil {
		return ""
	}
	return flat((&printer{}).expr(e))
}

// Type prints a type on one line.
func Type(t ast.TypeExpr) string {
	if t == nil {
		return ""
	}
	return flat((&printer{}).typ(t))
}

// Pattern prints a pattern on one line.
func Pattern(pat ast.Pattern) string {
	if pat == nil {
		return ""
	}
	return flat((&printer{}).pattern(pat))
}
