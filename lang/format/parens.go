package format

import "github.com/laspc/lasp/lang/ast"

// The parser keeps parentheses in the tree, so trees of programs need none to be
// added. Trees that were built or rewritten get them here, by the same table
// that the parser climbs.

// level is how tightly the outermost operator of e binds.
func level(e ast.Expr) int {
	switch e := e.(type) {
	case *ast.If, *ast.Lambda:
		return 0
	case *ast.Binary:
		op, _ := ast.InfixOf(e.Op)
		return op.Level
	case *ast.Unary:
		if e.Op == "not" {
			return ast.LevelNot
		}
		return ast.LevelNeg
	case *ast.Call:
		if e.Form == ast.Pipe || e.Form == ast.PipeBare {
			return 1
		}
	case *ast.Lit:
		if literal(e)[0] == '-' {
			return ast.LevelNeg
		}
	}
	return ast.LevelPostfix
}

// opensRight is the level from which on operators behind e would be taken into
// it: an `if`, a lambda or a `not` at its right end goes on as far as it can.
func opensRight(e ast.Expr) int {
	const never = ast.LevelPostfix
	switch e := e.(type) {
	case *ast.If, *ast.Lambda:
		return 1
	case *ast.Unary:
		if e.Op == "not" {
			return min(ast.LevelNot, opensRight(e.X))
		}
		if unaryNeedsParens(e) {
			return never
		}
		return opensRight(e.X)
	case *ast.Binary:
		if needsParens(e, e.R, false) {
			return never
		}
		return opensRight(e.R)
	}
	return never
}

// needsParens tells whether the operand x of b must stand in parentheses.
func needsParens(b *ast.Binary, x ast.Expr, left bool) bool {
	op, _ := ast.InfixOf(b.Op)
	if left {
		l := level(x)
		return l < op.Level || l == op.Level && (op.Right || !op.Chain) || opensRight(x) <= op.Level
	}
	if isPrefix(x) {
		return false
	}
	if op.Right {
		return level(x) < op.Level
	}
	return level(x) <= op.Level
}

// unaryNeedsParens tells the same of the operand of a prefix operator.
func unaryNeedsParens(u *ast.Unary) bool {
	return !isPrefix(u.X) && level(u.X) < level(u)
}

// isPrefix tells whether an expression begins with a word or sign that makes it
// an operand wherever one may stand.
func isPrefix(e ast.Expr) bool {
	switch e.(type) {
	case *ast.If, *ast.Lambda, *ast.Unary:
		return true
	}
	return false
}

// hasOpenLambda tells whether a lambda stands in e outside of brackets; before
// the `=>` of an arm it would not be one.
func hasOpenLambda(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Lambda:
		return true
	case *ast.Unary:
		return hasOpenLambda(e.X)
	case *ast.Binary:
		return hasOpenLambda(e.L) || hasOpenLambda(e.R)
	case *ast.If:
		return hasOpenLambda(e.Cond) || hasOpenLambda(e.Then) || hasOpenLambda(e.Else)
	case *ast.Match:
		return hasOpenLambda(e.Subject)
	case *ast.FieldOf:
		return hasOpenLambda(e.X)
	case *ast.TupleItem:
		return hasOpenLambda(e.X)
	case *ast.Index:
		return hasOpenLambda(e.X)
	case *ast.Call:
		return e.Form != ast.Plain && hasOpenLambda(e.Args[0].Value)
	}
	return false
}
