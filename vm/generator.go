package vm

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/value"
)

// generator is the producer behind code that gives a stream, with its registers.
// The code ends by saying what the stream is: an element with code for what comes
// after it, a call of a function, or another stream. So a function that calls itself
// behind each element is a loop over two frames.
type generator struct {
	code   *code
	frame  *frame
	owner  *streamOp
	spare  []parked
	given  int // elements so far
	stride *stride
}

// parked is a frame that is not in use, of some code.
type parked struct {
	code  *code
	frame *frame
}

// maxParked bounds the frames that a generator keeps.
const maxParked = 4

func (g *generator) more(x *exec, c *chunk, wanted int) (*chunk, error) {
	outer := x.owner
	x.owner = g.owner
	defer func() { x.owner = outer }()
	for left := wanted; left > 0; {
		if n, last := g.strides(x, c, left); n > 0 {
			return last, nil // who asks takes what there is
		}
		if err := x.run(g.code, g.frame); err != nil {
			return c, err
		}
		x.m.counts.unfolded(g.code, 1)
		switch i := g.frame.exit; i.op {
		case opYield:
			if k := value.Kind(i.d); k != value.Invalid {
				c = c.addWord(k, g.frame.w[i.a])
			} else {
				c = c.add(g.frame.v[i.a])
			}
			l := &g.code.lambdas[i.b]
			g.goOn(l.code, l.from)
			g.given++
			left--
		case opGo:
			g.goOn(x.m.funcs[i.c], g.code.calls[i.b].args)
		case opLink:
			if p := g.frame.s[i.a]; i.d == 1 && c.sole != nil {
				p.c.solely(c.sole)
			}
			c.link(g.frame.s[i.a])
			return c, nil
		}
		if c.len() == chunkSize && left > 0 {
			break // who asks takes what there is
		}
	}
	return c, nil
}

// goOn continues with other code, whose captures or parameters are registers of the
// present frame.
func (g *generator) goOn(to *code, from []ref) {
	f := g.take(to)
	copyInto(f, to.into, g.frame, from)
	g.park()
	g.code, g.frame = to, f
}

// take returns a frame of some code.
func (g *generator) take(c *code) *frame {
	for i, p := range g.spare {
		if p.code == c {
			g.spare[i] = g.spare[len(g.spare)-1]
			g.spare = g.spare[:len(g.spare)-1]
			return p.frame
		}
	}
	return c.frame()
}

// park keeps the present frame for later. It lets go of what it holds, since a place
// of a stream holds all that follows.
func (g *generator) park() {
	if len(g.spare) >= maxParked {
		return
	}
	clear(g.frame.v)
	clear(g.frame.f)
	clear(g.frame.s)
	g.spare = append(g.spare, parked{g.code, g.frame})
}

// yields compiles code that ends by saying what the stream e is.
func (c *compiler) yields(e *ir.Expr) {
	defer func(p source.Position) { c.pos = p }(c.pos)
	if e.Pos.Line != 0 {
		c.pos = e.Pos
	}
	switch e.Op {
	case ir.EIf:
		no := c.unless(e.Args[0])
		c.yields(e.Args[1])
		c.landAll(no)
		c.yields(e.Args[2])
	case ir.ELet:
		r := c.expr(e.Args[0])
		if misses := c.pattern(e.Pat, r, e.Args[0].Type); len(misses) > 0 {
			c.failIf(misses)
		}
		c.yields(e.Args[1])
	case ir.EMatch:
		c.yieldsMatch(e)
	case ir.ECons:
		c.yieldsCons(e)
	case ir.EFunc:
		if n, cl, ok := c.callOf(e); ok {
			c.code.calls = append(c.code.calls, cl)
			c.emit(opGo, 0, int32(len(c.code.calls)-1), int32(n), 0)
		}
	default:
		r, own := c.toS(c.expr(e)), int32(0)
		if ownStream(e) {
			own = 1
		}
		c.emit(opLink, r.reg, 0, 0, own)
	}
}

func (c *compiler) yieldsMatch(e *ir.Expr) {
	subject := c.expr(e.Args[0])
	for _, arm := range e.Arms {
		misses := c.pattern(arm.Pat, subject, e.Args[0].Type)
		if arm.Guard != nil {
			misses = append(misses, c.unless(arm.Guard)...)
		}
		c.yields(arm.Body)
		c.landAll(misses)
	}
	c.emit(opFail, 0, 0, 0, 0)
}

func (c *compiler) yieldsCons(e *ir.Expr) {
	head := c.expr(e.Args[0])
	kind := value.Invalid
	if head.bank == bankW {
		kind = head.kind
	} else {
		head = c.toV(head)
	}
	c.emit(opYield, head.reg, c.rest(e.Args[1]), 0, int32(kind))
}

// rest compiles what follows an element as code of its own, run by need, and
// returns its place among the lambdas.
func (c *compiler) rest(e *ir.Expr) int32 {
	return c.apart(e, func(sub *compiler) { sub.yields(e) })
}
