package main

import (
	"fmt"
	"syscall"
	"time"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/state"
)

// What a replica's store costs by itself: every turn gives the delta that would
// be logged and sent.

// store is a store with one cell "c" of a kind.
func store(kind string) (*state.Store, *value.Interner, error) {
	in := value.NewInterner()
	s := state.New(lattice.Actor{Node: "n", Inc: 1}, "", in)
	t, err := types.ParseType(kind, nil)
	if err == nil {
		err = s.Declare(state.CellSpec{ID: "c", Kind: t})
	}
	return s, in, err
}

// turn is one turn of a replica. Its delta is encoded or sent before the next
// one, so that they share their memory.
func turn(s *state.Store, d *lattice.Delta, mutator string, args ...value.Value) error {
	t := s.Begin(1, lattice.Firing{})
	if err := t.Mutate("c", nil, mutator, args); err != nil {
		return err
	}
	t.CommitTo(d)
	return nil
}

// names are n texts of 16 bytes.
func names(n int) []value.Value {
	list := make([]value.Value, n)
	for i := range list {
		list[i] = value.MakeString(fmt.Sprintf("element-%08d", i))
	}
	return list
}

const setSize = 100_000

// processorTime is what all threads of this process have used so far, the
// collector's among them.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // there is no other way to ask
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// setRates is how many additions and removals of an OR-set a second of
// processor time takes, in millions, each a turn of its own.
func setRates() (add, remove float64, err error) {
	s, _, err := store("AWSet[String]")
	if err != nil {
		return 0, 0, err
	}
	rate := func(mutator string) (float64, error) {
		elems, d := names(setSize), &lattice.Delta{}
		began := processorTime()
		for _, e := range elems {
			if err := turn(s, d, mutator, e); err != nil {
				return 0, err
			}
		}
		return setSize / micros(processorTime()-began), nil
	}
	if add, err = rate("add"); err == nil {
		remove, err = rate("remove")
	}
	return add, remove, err
}

// setSizes is the bytes per element of an OR-set of texts of 16 bytes, filled one
// by one: in memory, encoded, and, in percent of that, encoded after half of it
// was removed.
func setSizes() (held, encoded, half float64, err error) {
	s, in, err := store("AWSet[String]")
	if err != nil {
		return 0, 0, 0, err
	}
	elems, d := names(setSize), &lattice.Delta{}
	for _, e := range elems {
		if err = turn(s, d, "add", e); err != nil {
			return 0, 0, 0, err
		}
	}
	held = float64(s.Size().Bytes+in.Size()) / setSize
	full, err := snapshot(s)
	for i := 0; i < setSize && err == nil; i += 2 {
		err = turn(s, d, "remove", elems[i])
	}
	if err != nil {
		return 0, 0, 0, err
	}
	s.Stable()
	left, err := snapshot(s)
	return held, float64(full) / setSize, 100 * float64(left) / float64(full), err
}

// snapshot is the bytes of a whole state.
func snapshot(s *state.Store) (n int, err error) {
	for d := range s.Snapshot(state.Limits{}) {
		enc, err := lattice.EncodeDeltaFor(d, lattice.DeltaVersion)
		if err != nil {
			return 0, err
		}
		n += len(enc)
	}
	return n, nil
}

// increment is the microseconds of one increment of a counter.
func increment() (float64, error) {
	s, _, err := store("GCounter")
	if err != nil {
		return 0, err
	}
	const n = 100_000
	d := &lattice.Delta{}
	began := processorTime()
	for range n {
		if err := turn(s, d, "increment", value.MakeInt(1)); err != nil {
			return 0, err
		}
	}
	return micros(processorTime()-began) / n, nil
}
