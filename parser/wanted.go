package parser

import "strings"

// What the grammar expected, in words: the library names productions in EBNF, and
// these find the first terms of such an expression and say them as people do.

// wanted puts an expectation of the grammar, in EBNF, into words.
func (p *parser) wanted(ebnf string) string {
	var words []string
	for _, term := range firstTerms(ebnf) {
		words = append(words, wordsFor(term))
	}
	if len(words) == 0 {
		return "something else"
	}
	if len(words) == 1 && p.lex.RawCursor() > 0 && p.prev().Value != "(" && p.prev().Value != "[" && p.prev().Value != "{" {
		switch words[0] {
		case "`)`", "`]`", "`}`":
			words = []string{"`,`", words[0]}
		}
	}
	return orList(words)
}

func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// wordsFor names a production or token as people do.
func wordsFor(term string) string {
	switch term {
	case "TypeNode", "TypeAtomNode":
		return "a type"
	case "PatternNode", "PatAtomNode", "PatArgNode":
		return "a pattern"
	case "NameNode", "<ident>", "ArgNode", "<blank>":
		return "a name"
	case "<upper>", "TypeVarNode", "CtorNode":
		return "a capitalised name"
	case "FieldNode", "FnParamNode":
		return "a name"
	case "FieldsNode":
		return "`{`"
	case "<keyword>":
		return "a name"
	case "<string>":
		return "a plain string"
	case "<int>", "<float>", "<duration>":
		return "a number"
	case "BlockNode":
		return "a body, `{ ... }`"
	case "StepsNode":
		return "the steps of the test"
	case "Expr":
		return "an expression"
	case "GensNode":
		return "a generator"
	case "DeclNode", "CellNode", "ParamNode", "InputNode", "OutputNode", "LetNode", "FnNode", "TypeDeclNode",
		"LatticeNode", "InvariantNode", "OnNode", "WhenNode", "ForNode", "ShowNode", "ImportNode", "AssumeNode", "TestNode":
		return "a cell, `let`, `fn`, `type` or `lattice`" // these stand as alternatives only behind `pub`
	case "ClauseNode":
		return "`written by`, `sharded replicas` or `at`"
	}
	if strings.HasPrefix(term, `"`) {
		return "`" + strings.Trim(term, `"`) + "`"
	}
	return "something else"
}

// firstTerms lists the terms that an EBNF expression can begin with, each once
// by its words.
func firstTerms(ebnf string) []string {
	var terms []string
	seen := map[string]bool{}
	add := func(term string) {
		if w := wordsFor(term); !seen[w] {
			seen[w] = true
			terms = append(terms, term)
		}
	}
	for _, alternative := range splitTop(ebnf, '|') {
		for _, term := range splitTop(alternative, ' ') {
			optional := strings.HasSuffix(term, "?") || strings.HasSuffix(term, "*")
			term = strings.TrimRight(term, "?*+!")
			switch {
			case strings.HasPrefix(term, "(?") || term == "":
				continue // looks ahead, consumes nothing
			case strings.HasPrefix(term, "("):
				for _, inner := range firstTerms(term[1 : len(term)-1]) {
					add(inner)
				}
			default:
				add(term)
			}
			if !optional {
				break
			}
		}
	}
	return terms
}

// splitTop cuts at separators outside of parentheses and quotes.
func splitTop(s string, sep byte) []string {
	var parts []string
	depth, quoted, from := 0, false, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == sep && depth == 0:
			parts = append(parts, strings.TrimSpace(s[from:i]))
			from = i + 1
		}
	}
	return append(parts, strings.TrimSpace(s[from:]))
}
