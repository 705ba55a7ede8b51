package typecheck

import (
	"strings"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
)

// place is where statements or expressions stand.
type place uint8

const (
	inOn     place = iota // runs once, at one replica
	inFiring              // `when` and top-level `for`: runs at every replica
	inTest                // `at r { .. }`
	inExpect              // `expect e`
)

// bodyContext is what the statements of one handler or test have in common.
type bodyContext struct {
	place    place
	handler  *Handler // nil in tests
	input    *Input   // of `on input(..)`
	head     bool     // in the head of a handler
	coord    int      // depth of `coordinate`
	replicas map[string]*Special
}

func (c *checker) expecting() bool { return c.body != nil && c.body.place == inExpect }
func (c *checker) testing() bool {
	return c.body != nil && (c.body.place == inTest || c.body.place == inExpect)
}

// typeHandler checks the head and the body of a handler.
func (c *checker) typeHandler(d ast.Decl) {
	h := &Handler{Decl: d}
	c.info.Handlers = append(c.info.Handlers, h)
	c.body = &bodyContext{handler: h}
	c.push()
	defer func() { c.pop(); c.body = nil }()
	switch d := d.(type) {
	case *ast.OnDecl:
		c.typeOn(h, d)
	case *ast.WhenDecl:
		c.typeWhen(h, d)
	case *ast.ForDecl:
		c.body.place = inFiring
		h.Name = "for " + textOf(d.Gens[0].Span().To(d.Gens[len(d.Gens)-1].Span()))
		c.body.head = true
		c.generators(d.Gens, false)
		c.guard(d.Guard)
		c.body.head = false
		c.block(d.Body)
	}
}

func (c *checker) typeOn(h *Handler, d *ast.OnDecl) {
	c.body.place = inOn
	switch {
	case d.Start:
		h.Name = "on start"
	case d.Every != nil:
		h.Name = "on every " + textOf(d.Every.Span())
		c.check(d.Every, types.Duration)
	case d.Event != nil:
		h.Name = "on " + d.Event.Name
		c.typeEvent(h, d)
	}
	c.block(d.Body)
}

func (c *checker) typeEvent(h *Handler, d *ast.OnDecl) {
	in, ok := c.globals[d.Event.Name].(*Input)
	if !ok {
		c.unknownInput(d.Event)
		for _, p := range d.Params {
			c.bindLocal(p.Name, badType(), p.Span())
		}
		return
	}
	c.use(d.Event, in)
	h.Input, c.body.input = in, in
	if len(d.Params) != len(in.Params) {
		c.eventParams(d, in)
	}
	for i, p := range d.Params {
		t := badType()
		if i < len(in.Params) {
			t = in.Params[i].Type
		}
		if first := c.scope.locals[p.Name]; first != nil {
			c.declaredTwice(p.Name, p.Span(), first.At)
		}
		h.Params = append(h.Params, c.bindLocal(p.Name, t, p.Span()))
	}
	for _, p := range in.Params[min(len(d.Params), len(in.Params)):] {
		// One mistake is reported once: the body may go on to use the names that
		// the input gives its arguments.
		if c.scope.locals[p.Name] == nil {
			c.bindLocal(p.Name, p.Type, d.Event.Span())
		}
	}
}

func (c *checker) typeWhen(h *Handler, d *ast.WhenDecl) {
	c.body.place, c.body.head = inFiring, true
	h.Name = "when " + textOf(d.Cond.Span())
	c.generators(d.Gens, false)
	if d.Bound == nil {
		c.condition(d.Cond)
		c.guard(d.Guard)
	} else {
		h.Name = "when bound " + d.Bound.Name
		t := c.infer(d.Cond).Resolve()
		elem := badType()
		switch {
		case t.Con == "IVar":
			elem = t.Args[0]
		case !isBad(t):
			c.notBindable(d.Cond, t)
		}
		c.guard(d.Guard)
		if first := c.scope.locals[d.Bound.Name]; first != nil {
			c.declaredTwice(d.Bound.Name, d.Bound.Span(), first.At)
		}
		c.info.Uses[d.Bound] = c.bindLocal(d.Bound.Name, elem, d.Bound.Span())
	}
	c.body.head = false
	c.block(d.Body)
}

func (c *checker) guard(e ast.Expr) {
	if e != nil {
		c.condition(e)
	}
}

// textOf is source text on one line, shortened for names.
func textOf(s source.Span) string { return shortened(s.Text(), 60) }

func shortened(text string, limit int) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > limit {
		text = string(r[:limit-3]) + "..."
	}
	return text
}

// shortText names an expression inside a sentence. Of a long operation the
// operator is what counts.
func shortText(e ast.Expr) string {
	b, ok := ast.Unparen(e).(*ast.Binary)
	if text := e.Span().Text(); !ok || len(text) <= 40 {
		return shortened(text, 40)
	}
	return shortened(b.L.Span().Text(), 18) + " " + b.Op + " " + shortened(b.R.Span().Text(), 18)
}
