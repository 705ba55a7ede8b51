package ir

import (
	"math"
	"strconv"

	"github.com/laspc/lasp/lang/value"
)

// Limits are the bounds of a cell under values of the parameters, by their
// names: the tightest of each side. ok tells which sides have one. A parameter
// whose bound does not fit an Int counts as the greatest or smallest.
func (c *Cell) Limits(p *Program, params map[string]value.Value) (lower, upper int64, hasLower, hasUpper bool) {
	lower, upper = math.MinInt64, math.MaxInt64
	for _, b := range c.Lower {
		lower = max(lower, b.number(p, params))
	}
	for _, b := range c.Upper {
		upper = min(upper, b.number(p, params))
	}
	return lower, upper, len(c.Lower) > 0, len(c.Upper) > 0
}

// param finds a parameter by name, nil if there is none.
func (p *Program) param(name string) *Param {
	for _, q := range p.Params {
		if q.Name == name {
			return q
		}
	}
	return nil
}

// number is the value of a bound.
func (b Bound) number(p *Program, params map[string]value.Value) int64 {
	q := p.param(b.Param)
	if q == nil {
		return b.Plus
	}
	v, given := params[q.Name]
	if !given {
		v = q.Default
	}
	switch n := v.Int(); {
	case b.Plus > 0 && n > math.MaxInt64-b.Plus:
		return math.MaxInt64
	case b.Plus < 0 && n < math.MinInt64-b.Plus:
		return math.MinInt64
	default:
		return n + b.Plus
	}
}

func wireBounds(bs []Bound) []wireBound {
	var out []wireBound
	for _, b := range bs {
		out = append(out, wireBound(b))
	}
	return out
}

func boundsOf(bs []wireBound) []Bound {
	var out []Bound
	for _, b := range bs {
		out = append(out, Bound(b))
	}
	return out
}

// bounds checks that the bounds of a cell are numbers.
func (v *verifier) bounds(bs []Bound) {
	for _, b := range bs {
		q := v.p.param(b.Param)
		v.check(b.Param == "" || q != nil && (q.Type.Is("Int") || q.Type.Is("Nat")), "its bound is no number")
	}
}

func (w *printer) bounds(word string, bs []Bound) {
	for _, b := range bs {
		w.f(" %s %s %s", word, quote(b.Param), quote(strconv.FormatInt(b.Plus, 10)))
	}
}

func (r *reader) bounds(word string) []Bound {
	var out []Bound
	for r.accept(word) {
		b := Bound{Param: r.str()}
		n, err := strconv.ParseInt(r.str(), 10, 64)
		if b.Plus = n; err != nil {
			r.fail("a bound is no number")
		}
		out = append(out, b)
	}
	return out
}
