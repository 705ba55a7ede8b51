package types

import (
	"errors"
	"sync/atomic"

	"github.com/laspc/lasp/lang/value"
)

// Join is what a hand-written lattice is: data with a bottom and a join of its
// own. The join is code, which an engine binds before values are joined.
type Join struct {
	Of     *Type
	Bottom value.Value
	// Code tells joins apart: a hash of the code, the same on every node.
	Code string

	bound atomic.Pointer[joinFunc]
}

type joinFunc func(a, b value.Value) (value.Value, error)

var errNoJoin = errors.New("the join of this lattice is not bound")

// IsBound reports whether Bind was called.
func (j *Join) IsBound() bool { return j.bound.Load() != nil }

// Bind gives the join its function, which must be safe for concurrent use.
func (j *Join) Bind(f func(a, b value.Value) (value.Value, error)) {
	join := joinFunc(f)
	j.bound.Store(&join)
}

// Unbind takes the function back.
func (j *Join) Unbind() { j.bound.Store(nil) }

// Join is the least upper bound of two values.
func (j *Join) Join(a, b value.Value) (value.Value, error) {
	f := j.bound.Load()
	if f == nil {
		return value.Value{}, errNoJoin
	}
	return (*f)(a, b)
}

// Joined is what makes t a hand-written lattice, nil for all other types.
func (t *Type) Joined() *Join {
	if t = t.Resolve(); t.Def == nil {
		return nil
	}
	return t.Def.Join
}
