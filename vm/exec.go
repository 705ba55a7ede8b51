package vm

import (
	"cmp"
	"errors"
	"math"
	"sync/atomic"
	"time"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/value"
)

// Words of the environment that opEnv reads.
const (
	envMe = iota
	envNow
	envRandom
	envFresh
)

func envOf(name string) int32 {
	switch name {
	case "now":
		return envNow
	case "random":
		return envRandom
	case "fresh":
		return envFresh
	}
	return envMe
}

// errOutOfFuel ends an evaluation that took more steps than it was given.
var errOutOfFuel = errors.New("out of fuel")

// IsOutOfFuel reports whether an evaluation ended because it used up its fuel, or
// because what it reads is suspended for that reason.
func IsOutOfFuel(err error) bool {
	return errors.Is(err, errOutOfFuel) || errors.Is(err, ErrSuspended)
}

// noValue refuses a state of a view that is no data where data is needed.
func noValue(v value.Value) error {
	code := op.Missing
	if v.Kind() == value.Conflict {
		code = op.TwoValues
	}
	return op.Fail(code, "%s stands where a value is needed", v)
}

// located is an evaluation error with the place in the source where it arose.
type located struct {
	err error
	pos source.Position
}

func (l *located) Error() string { return l.pos.String() + ": " + l.err.Error() }
func (l *located) Unwrap() error { return l.err }

// exec runs code. It is the mutable part of an evaluation: fuel, environment,
// and the depth of nested evaluations.
type exec struct {
	m     *Machine
	env   *Env
	read  Reader
	fuel  *int64
	stop  *atomic.Bool // ends the evaluation while it is set; may be nil
	depth int
	owner *streamOp     // of the stages that are begun
	tower []level       // filters that wait for one another
	args  []value.Value // of the calls that are under way, a stack
}

// frame allocates the registers of one activation of c.
func (c *code) frame() *frame {
	f := &frame{}
	if n := c.size[bankW]; n > 0 {
		f.w = make([]value.Word, n)
		for _, k := range c.consts {
			f.w[k.reg] = k.word
		}
	}
	if n := c.size[bankV]; n > 0 {
		f.v = make([]value.Value, n)
	}
	if n := c.size[bankF]; n > 0 {
		f.f = make([]*function, n)
	}
	if n := c.size[bankS]; n > 0 {
		f.s = make([]place, n)
	}
	return f
}

// spend takes n steps of fuel, and ends what was interrupted.
func (x *exec) spend(n int64) error {
	if *x.fuel -= n; *x.fuel < 0 || x.stop != nil && x.stop.Load() {
		return errOutOfFuel
	}
	return nil
}

// run executes c on the registers of f, whose parameters are in place.
func (x *exec) run(c *code, f *frame) error {
	if err := x.spend(1); err != nil {
		return err
	}
	w, v := f.w, f.v
	for pc := 0; pc < len(c.ins); pc++ {
		i := &c.ins[pc]
		switch i.op {
		case opConstV:
			v[i.a] = c.vals[i.b]
		case opMoveW:
			w[i.a] = w[i.b]
		case opMoveV:
			v[i.a] = v[i.b]
		case opMoveF:
			f.f[i.a] = f.f[i.b]
		case opMoveS:
			f.s[i.a] = f.s[i.b]
		case opBox:
			v[i.a] = value.FromRaw(value.Kind(i.c), w[i.b])
		case opUnbox:
			if !value.RawKind(v[i.b].Kind()) {
				return &located{noValue(v[i.b]), c.pos[pc]}
			}
			w[i.a] = value.RawWord(v[i.b])
		case opDecode:
			v[i.a] = x.m.in.Value(w[i.b], value.Invalid)
		case opJump:
			pc = int(i.a) - 1
		case opJumpNot:
			if w[i.b] == 0 {
				pc = int(i.a) - 1
			}
		case opEnd:
			return nil
		case opYield, opGo, opLink:
			f.exit = i
			return nil
		case opDrop:
			f.dropped = true
			return nil
		case opAddInt:
			a, b := w[i.b], w[i.c]
			n := a + b
			if int64((a^n)&(b^n)) < 0 {
				return x.noInt(c, pc, a, b)
			}
			w[i.a] = n
		case opSubInt:
			a, b := w[i.b], w[i.c]
			n := a - b
			if int64((a^b)&(a^n)) < 0 {
				return x.noInt(c, pc, a, b)
			}
			w[i.a] = n
		case opMulInt:
			n, ok := arithMul.compute(int64(w[i.b]), int64(w[i.c]))
			if !ok {
				return x.noInt(c, pc, w[i.b], w[i.c])
			}
			w[i.a] = value.Word(n)
		case opDivInt:
			if by := c.calls[i.d].by; by != nil {
				w[i.a] = value.Word(by.div(int64(w[i.b])))
				break
			}
			n, ok := divide(int64(w[i.b]), int64(w[i.c]))
			if !ok {
				return x.noInt(c, pc, w[i.b], w[i.c])
			}
			w[i.a] = value.Word(n)
		case opModInt:
			if by := c.calls[i.d].by; by != nil {
				w[i.a] = value.Word(by.mod(int64(w[i.b])))
				break
			}
			n, ok := modulo(int64(w[i.b]), int64(w[i.c]))
			if !ok {
				return x.noInt(c, pc, w[i.b], w[i.c])
			}
			w[i.a] = value.Word(n)
		case opUnless:
			if i.d>>(cmp.Compare(int64(w[i.b]), int64(w[i.c]))+1)&1 == 0 {
				pc = int(i.a) - 1
			}
		case opInts:
			n, err := c.calls[i.d].row.Ints(int64(w[i.b]), int64(w[i.c]))
			if err != nil {
				return &located{err, c.pos[pc]}
			}
			w[i.a] = value.Word(n)
		case opFloats:
			n, err := floats(c.calls[i.d].row, w[i.b], w[i.c])
			if err != nil {
				return &located{err, c.pos[pc]}
			}
			w[i.a] = n
		case opCmpInt:
			w[i.a] = holds(cmp.Compare(int64(w[i.b]), int64(w[i.c])), i.d)
		case opCmpFloat:
			a, b := value.FromRaw(value.Float, w[i.b]), value.FromRaw(value.Float, w[i.c])
			w[i.a] = holds(value.Compare(a, b), i.d)
		case opCmpV:
			w[i.a] = holds(value.Compare(v[i.b], v[i.c]), i.d)
		case opSameW:
			w[i.a] = truth((w[i.b] == w[i.c]) == (i.d == 1))
		case opItem:
			xs := v[i.b].Elems()
			if int(i.c) >= len(xs) || v[i.b].Kind() == value.Conflict {
				return &located{noValue(v[i.b]), c.pos[pc]}
			}
			v[i.a] = xs[i.c]
		case opRest:
			v[i.a] = value.MakeList(v[i.b].Elems()[1:])
		case opIsCtor:
			w[i.a] = truth(v[i.b].Kind() == value.Record && v[i.b].Ctor().Name == c.ctors[i.c].Name)
		case opIsLen:
			n := len(v[i.b].Elems())
			w[i.a] = truth(n == int(i.c) || i.d == 1 && n > int(i.c))
		case opMake:
			made, err := makeValue(&c.makes[i.b], v)
			if err != nil {
				return &located{err, c.pos[pc]}
			}
			v[i.a] = made
		default:
			if err := x.far(c, f, i); err != nil {
				return x.locate(err, c.pos[pc])
			}
		}
	}
	return nil
}

// floats applies a row to the words of two numbers.
func floats(row *op.Row, a, b value.Word) (value.Word, error) {
	n, err := row.Floats(math.Float64frombits(uint64(a)), math.Float64frombits(uint64(b)))
	return value.Word(math.Float64bits(value.CanonFloat(n))), err
}

// noInt is the error of integer arithmetic that has no result.
func (x *exec) noInt(c *code, pc int, a, b value.Word) error {
	_, err := c.calls[c.ins[pc].d].row.Ints(int64(a), int64(b))
	return &located{err, c.pos[pc]}
}

func (x *exec) locate(err error, pos source.Position) error {
	if l := (*located)(nil); errors.As(err, &l) || passing(err) {
		return err
	}
	return &located{err, pos}
}

// far executes the instructions that leave the registers.
func (x *exec) far(c *code, f *frame, i *instr) (err error) {
	v := f.v
	switch i.op {
	case opCall:
		v[i.a], err = x.call(&c.calls[i.b], f)
	case opApply:
		cl := &c.calls[i.b]
		args := make([]value.Value, len(cl.args))
		for k, r := range cl.args {
			args[k] = v[r.reg]
		}
		v[cl.to], err = f.f[i.a].call(x, args)
	case opLambda:
		f.f[i.a] = x.closure(&c.lambdas[i.b], f)
	case opView:
		v[i.a], err = x.view(c.views[i.b])
	case opLookup:
		v[i.a], err = x.lookup(c.views[i.b], c.makes[i.c].args, v)
	case opHas:
		var ok bool
		ok, err = x.read.Has(c.views[i.b], v[i.c])
		f.w[i.a] = truth(ok)
	case opEnv:
		v[i.a], err = x.environment(i.b)
	case opConvert:
		from := v[i.b]
		if i.d == 1 {
			from = value.MakeSet(bound(from))
		}
		v[i.a], err = convert(from, c.types[i.c])
	case opLift:
		v[i.a], err = x.lift(&c.calls[i.b], f)
	case opFail:
		err = op.Fail(op.NoCase, "no case matches this value")
	default:
		err = x.stream(c, f, i)
	}
	return err
}

func holds(order int, mask int32) value.Word { return value.Word(mask >> (order + 1) & 1) }

func truth(b bool) value.Word {
	if b {
		return 1
	}
	return 0
}

func makeValue(b *build, v []value.Value) (value.Value, error) {
	xs := make([]value.Value, len(b.args))
	for i, r := range b.args {
		xs[i] = v[r.reg]
	}
	switch b.op {
	case ir.ECtor:
		return value.MakeRecord(b.ctor, xs...), nil
	case ir.ETuple:
		return value.MakeTuple(xs...), nil
	case ir.EList:
		return value.MakeList(xs), nil
	case ir.ESet:
		return value.MakeSet(xs), nil
	case ir.ESpecial:
		if b.open {
			return value.MakeOpen(xs), nil
		}
		return value.MakeConflict(xs), nil
	}
	return makeMap(xs, b.typ)
}

// call applies a library row to values.
func (x *exec) call(cl *call, f *frame) (value.Value, error) {
	if err := x.spend(1); err != nil {
		return value.Value{}, err
	}
	c := op.Call{Type: cl.typ, Types: cl.types}
	base := len(x.args)
	for _, r := range cl.args {
		arg := value.Value{}
		if r.bank == bankF {
			fn := f.f[r.reg]
			c.Fns = append(c.Fns, func(args ...value.Value) (value.Value, error) { return fn.call(x, args) })
		} else {
			arg = f.v[r.reg]
		}
		x.args = append(x.args, arg)
	}
	c.Args = x.args[base:len(x.args):len(x.args)]
	v, err := cl.row.Eval(c)
	clear(c.Args)
	x.args = x.args[:base]
	return v, err
}

// function is a lambda with the registers that it captured.
type function struct {
	code *code
	from int    // how many captures
	held *frame // captures in place; also the registers of an application
	busy bool   // held is in use: an application within itself needs its own
	cols *column
	// plain says that there is no cols and will be none.
	plain bool
}

// closure makes a function of a lambda and the registers that it captures.
func (x *exec) closure(l *lambda, from *frame) *function {
	fn := &function{code: l.code, from: len(l.from), held: l.code.frame()}
	copyInto(fn.held, l.code.into, from, l.from)
	return fn
}

// call applies the function. One tuple stands for several parameters.
func (fn *function) call(x *exec, args []value.Value) (value.Value, error) {
	f := fn.held
	if fn.busy {
		f = fn.code.frame()
		copyInto(f, fn.code.into[:fn.from], fn.held, fn.code.into[:fn.from])
	} else {
		fn.busy = true
		defer func() { fn.busy = false }()
	}
	params := fn.code.into[fn.from:]
	if len(args) == 1 && len(params) > 1 && args[0].Kind() == value.Tuple {
		args = args[0].Elems()
	}
	if len(args) != len(params) {
		return value.Value{}, op.Fail(op.OutOfRange, "a function of %d arguments was given %d", len(params), len(args))
	}
	for i, p := range params {
		if p.bank != bankW {
			f.v[p.reg] = args[i]
			continue
		}
		if !value.RawKind(args[i].Kind()) {
			return value.Value{}, &located{noValue(args[i]), fn.code.at}
		}
		f.w[p.reg] = value.RawWord(args[i])
	}
	if err := x.run(fn.code, f); err != nil {
		return value.Value{}, err
	}
	return x.result(fn.code, f)
}

// copyInto copies registers from one frame to places in another.
func copyInto(to *frame, into []ref, from *frame, refs []ref) {
	for i, r := range refs {
		switch r.bank {
		case bankW, bankID:
			to.w[into[i].reg] = from.w[r.reg]
		case bankV:
			to.v[into[i].reg] = from.v[r.reg]
		case bankF:
			to.f[into[i].reg] = from.f[r.reg]
		case bankS:
			to.s[into[i].reg] = from.s[r.reg]
		}
	}
}

// result is the value of c after a run.
func (x *exec) result(c *code, f *frame) (value.Value, error) {
	switch r := c.out; r.bank {
	case bankW:
		return value.FromRaw(r.kind, f.w[r.reg]), nil
	case bankID:
		return x.m.in.Value(f.w[r.reg], value.Invalid), nil
	case bankS:
		return x.prefix(f.s[r.reg])
	default:
		return f.v[r.reg], nil
	}
}

func (x *exec) environment(which int32) (value.Value, error) {
	if x.env == nil {
		return value.Value{}, op.Fail(op.OnlyOnNode, "this depends on time, chance or place and has no value in derived state")
	}
	switch which {
	case envNow:
		if x.env.NoTime != nil {
			return value.Value{}, x.env.NoTime
		}
		return value.MakeDuration(x.env.Now), nil
	case envRandom:
		if x.env.Random != nil {
			return value.MakeFloat(x.env.Random()), nil
		}
	case envFresh:
		if x.env.Fresh != nil {
			return value.MakeString(x.env.Fresh()), nil
		}
	case envMe:
		return value.MakeNode(x.env.Me), nil
	}
	return value.Value{}, op.Fail(op.OnlyOnNode, "time and chance are known only where an event arrives")
}

// view reads a view. A failure there is one of the reader too.
func (x *exec) view(v ir.View) (value.Value, error) {
	if x.read == Reader(x.m) {
		return x.m.view(v)
	}
	got, err := x.read.View(v)
	if err == nil && got.Kind() == value.Error {
		err = &op.Failure{Code: got.Str(), Message: got.Elems()[0].Str()}
	}
	return got, err
}

// lookup reads a map view below some keys; an absent key reads as the bottom of
// the element type.
func (x *exec) lookup(v ir.View, keys []ref, regs []value.Value) (value.Value, error) {
	path := make([]value.Value, len(keys))
	t := v.Type.Resolve()
	for i, r := range keys {
		path[i] = regs[r.reg]
		if t.Con == "Map" {
			t = t.Args[1].Resolve()
		}
	}
	got, ok, err := x.read.Lookup(v, path...)
	if ok || err != nil {
		return got, err
	}
	return bottom(t), nil
}

// Env is what an evaluation outside the dataflow may know: the body of a
// handler, a query, an expectation.
type Env struct {
	Slots  []value.Value // values of slots 0..
	Now    time.Duration
	NoTime error // why now() has no value; nil where it has
	Random func() float64
	Fresh  func() string
	Me     string
	Reader Reader // nil: the machine's own views
	Fuel   *int64 // nil: the machine's budget for one turn
	// Stop ends the evaluation while it is set, as a lack of fuel does; nil: what
	// interrupts the machine.
	Stop *atomic.Bool
}

// Reader gives evaluations the views that they read.
type Reader interface {
	View(v ir.View) (value.Value, error)
	// Lookup reads a map view at a key, or a nested one below several.
	Lookup(v ir.View, keys ...value.Value) (value.Value, bool, error)
	Has(v ir.View, elem value.Value) (bool, error)
}
