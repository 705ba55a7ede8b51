package parser

import (
	"errors"
	"sort"
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
)

// maxReports is the number of diagnostics given for one file.
const maxReports = 100

// report keeps a diagnostic of something that does not hinder reading on.
func (p *parser) report(d diag.Diagnostic) {
	if !p.failed {
		p.diags = append(p.diags, d)
	}
}

// fail keeps the diagnostic and gives up the declaration. Only the first mistake
// counts: what follows may be its consequence.
func (p *parser) fail(d diag.Diagnostic) {
	p.report(d)
	p.failed = true
}

// unexpected reports that the next token is not what the grammar wants here. A
// lexical error has its diagnostic already.
func (p *parser) unexpected(want, help string) {
	if p.failed {
		return
	}
	tok := p.lex.Peek()
	p.cutShort = tok.EOF()
	if tok.Type == bad || tok.EOF() && p.scan.over {
		p.failed = true
		return
	}
	if tok.EOF() && len(p.scan.open) > 0 {
		p.cutShort = p.scan.holes == 0 // a string ends on its line
		p.fail(p.unclosedAtEnd())
		return
	}
	if help == "" && mayBeName(want) {
		help = p.nameHelp(tok)
	}
	after := ""
	if p.lex.RawCursor() > 0 {
		after = quote(p.prev())
		if p.prev().Type == strHead || p.prev().Type == strMid {
			after = "`{`"
		}
	}
	p.fail(unexpected(p.spanAt(tok), want, after, quote(tok), help))
}

// noDecl reports text that begins no declaration, be it because the expression
// before it does not go on like this.
func (p *parser) noDecl() {
	tok := p.lex.Peek()
	if tok.Type == bad {
		p.failed = true
		return
	}
	if p.lex.RawCursor() == 0 || p.startsLine(tok) {
		help := "A declaration begins with one of " + declWords + "."
		if near := diag.Nearest(tok.Value, strings.Fields(strings.Trim(declWords, "`"))); near != "" && tok.Type != keyword {
			help = "Did you mean `" + near + "`?"
		}
		p.fail(unexpected(p.spanAt(tok), "a declaration", "", quote(tok), help))
		return
	}
	help := ""
	switch tok.Value {
	case "=":
		help = "\"Equal\" is written `==`."
	case "?":
		help = "A choice is written `if c then a else b`."
	case ")", "]", "}":
		help = "This `" + tok.Value + "` closes nothing; remove it."
	}
	p.unexpected("an operator or the next declaration", help)
}

// unclosedAtEnd blames the innermost bracket that is open at the end of the text.
func (p *parser) unclosedAtEnd() diag.Diagnostic {
	b := p.scan.open[len(p.scan.open)-1]
	if b.kind == '"' {
		return brokenInterpolation(source.Span{File: p.file, Start: b.offset, End: b.offset + 1})
	}
	return unclosed(p.file, b)
}

// spanAt is the span of a token; the end of the text is shown just behind the
// last token.
func (p *parser) spanAt(tok *lexer.Token) source.Span {
	if tok.EOF() && p.lex.RawCursor() > 0 {
		at := end(p.prev())
		return source.Span{File: p.file, Start: at, End: at}
	}
	return spanOf(p.file, tok)
}

// quote shows a token in a message.
func quote(tok *lexer.Token) string {
	switch {
	case tok.EOF():
		return "the end of the text"
	case tok.Type == strHead:
		return "a string with `{`"
	case tok.Type == strMid || tok.Type == strTail:
		return "`}`"
	}
	return "`" + excerpt(tok.Value) + "`"
}

// explain turns an error of participle into a diagnostic. Its wording is not
// used, only what it says about the grammar: which token was wrong, and the
// production that was expected, from which the words are looked up.
func (p *parser) explain(err error) {
	var wrong *participle.UnexpectedTokenError
	if p.failed || !errors.As(err, &wrong) {
		p.failed = true
		return
	}
	_, grammar, _ := strings.Cut(wrong.Message(), "(expected ")
	want := p.wanted(strings.TrimSuffix(grammar, ")"))
	if tok := p.lex.Peek(); p.isLost(tok) && strings.ContainsAny(want, ")]}") && !tok.EOF() {
		p.fail(unclosed(p.file, p.openBefore()))
		return
	}
	p.unexpected(want, "")
}

// openBefore is the innermost bracket that is open before the next token; there
// is one.
func (p *parser) openBefore() bracket {
	toks := p.lex.Range(0, p.lex.RawCursor())
	for i, depth := len(toks)-1, 0; i >= 0; i-- {
		switch tok := &toks[i]; {
		case tok.Type != punct:
		case strings.Contains(")]}", tok.Value):
			depth++
		case strings.Contains("([{", tok.Value):
			if depth == 0 {
				return bracket{tok.Value[0], tok.Pos.Offset}
			}
			depth--
		}
	}
	return p.scan.open[len(p.scan.open)-1]
}

// mayBeName tells whether what is wanted is a name, or could have been one: the
// grammar names the bracket where an optional list of names is empty.
func mayBeName(want string) bool {
	return strings.Contains(want, "a name") || want == "a pattern" || want == "`)`"
}

// nameHelp explains why tok cannot be a name.
func (p *parser) nameHelp(tok *lexer.Token) string {
	switch tok.Type {
	case keyword:
		if !p.startsLine(tok) {
			return "`" + tok.Value + "` is a keyword and cannot be used as a name."
		}
	case upper:
		return "Types and constructors are capitalised; all other names begin with a lower-case letter."
	}
	return ""
}

// diagnostics returns what was found by scanner and parser, in the order of the
// text.
func (p *parser) diagnostics() []diag.Diagnostic {
	all := append(p.scan.diags, p.diags...)
	sort.SliceStable(all, func(i, j int) bool { return all[i].Span.Start < all[j].Span.Start })
	if len(all) > maxReports {
		rest := len(all) - maxReports + p.scan.unsaid
		all = append(all[:maxReports:maxReports], moreMistakes(all[maxReports].Span, rest))
	}
	return all
}
