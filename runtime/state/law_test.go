package state

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

var scope = flag.Int("laws.ops", 3, "operations per exhaustive scenario of the laws of kinds")

// call is an operation that a law test may use.
type call struct {
	path    []any
	mutator string
	args    []any
}

func (c call) String() string { return fmt.Sprint(c.path, ".", c.mutator, c.args) }

// callsOf are the operations on a kind: each mutator of the table, with small
// arguments, at one or two keys.
func callsOf(kind *types.Type, path []any) []call {
	k := lattice.Lookup(kind.Resolve().Con)
	if k.Map {
		calls := callsOf(kind.Resolve().Args[1], append(path[:len(path):len(path)], "k"))
		calls = append(calls, callsOf(kind.Resolve().Args[1], append(path[:len(path):len(path)], "l"))[0])
		for _, m := range k.Mutators {
			calls = append(calls, call{path, m.Name, []any{"k"}})
		}
		return calls
	}
	var calls []call
	for _, m := range k.Mutators {
		switch {
		case len(m.Params) == 0:
			calls = append(calls, call{path, m.Name, nil})
		case len(m.Params) == 2:
			calls = append(calls, call{path, m.Name, []any{1, 2}}, call{path, m.Name, []any{2, 1}})
		case strings.HasPrefix(m.Params[0].Type, "List"):
			calls = append(calls, call{path, m.Name, []any{value.MakeList([]value.Value{value.MakeInt(1), value.MakeInt(2)})}})
		default:
			calls = append(calls, call{path, m.Name, []any{1}})
			if !m.Removes || len(k.Mutators) < 4 {
				calls = append(calls, call{path, m.Name, []any{2}})
			}
		}
	}
	return calls
}

// kindsUnderTest is every kind of the table by itself, below a map and below a
// removable map.
func kindsUnderTest() []string {
	var texts []string
	for _, k := range append(slices.Clone(lattice.Kinds), lattice.Inner...) {
		if k.Map {
			continue
		}
		leaf := k.Name
		if len(k.Params) > 0 {
			leaf += "[Int]"
		}
		texts = append(texts, leaf, "GMap[String, "+leaf+"]", "ORMap[String, "+leaf+"]")
	}
	return append(texts, "ORMap[String, GMap[String, GSet[Int]]]", "GMap[String, ORMap[String, GCounter]]", "ORMap[String, ORMap[String, Max[Int]]]")
}

// scenario is a run in a small scope: who does what, having received what.
type scenario struct {
	reps  []int
	calls []call
	got   []map[int]bool // by operation: earlier ones whose deltas came before it
}

// TestSmallScope runs every scenario of up to -laws.ops operations on three
// replicas: every choice of operations, replicas and deliveries between them.
// The deltas are then delivered to a replica that has nothing in every order,
// with repetitions, and to the three. All must see what the model says and be
// the same to the byte. Where what a replica received is not closed under
// "happened before" the model does not apply, but all must still agree.
func TestSmallScope(t *testing.T) {
	for _, text := range kindsUnderTest() {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			kind := kindOf(t, text)
			calls := callsOf(kind, nil)
			n := 0
			for ops := 1; ops <= *scope && !t.Failed(); ops++ {
				eachScenario(calls, ops, func(s *scenario) bool {
					n++
					s.run(t, kind)
					return !t.Failed()
				})
			}
			t.Logf("%d scenarios", n)
		})
	}
}

// eachScenario enumerates; replicas are numbered in the order in which they act.
func eachScenario(calls []call, ops int, f func(*scenario) bool) {
	s := &scenario{reps: make([]int, ops), calls: make([]call, ops), got: make([]map[int]bool, ops)}
	var at func(i, reps int) bool
	at = func(i, reps int) bool {
		if i == ops {
			return f(s)
		}
		for r := 0; r <= min(reps, 2); r++ {
			s.reps[i] = r
			for _, c := range calls {
				s.calls[i] = c
				for bits := range 1 << i {
					got := map[int]bool{}
					foreign := true
					for j := range i {
						if bits>>j&1 == 1 {
							foreign = foreign && s.reps[j] != r
							got[j] = true
						}
					}
					s.got[i] = got
					if foreign && !at(i+1, max(reps, r+1)) {
						return false
					}
				}
			}
		}
		return true
	}
	at(0, 0)
}

func (s *scenario) run(t *testing.T, kind *types.Type) {
	in := value.NewInterner()
	reps := []*replica{bareReplica(t, "a", kind, in), bareReplica(t, "b", kind, in), bareReplica(t, "c", kind, in)}
	deltas := make([]*lattice.Delta, len(s.calls))
	events := make([]*event, len(s.calls))
	knows := []map[int]bool{{}, {}, {}}
	closed := true
	for i, c := range s.calls {
		r := s.reps[i]
		for j := range s.got[i] {
			reps[r].apply(deltas[j])
			knows[r][j] = true
			reps[r].clock = max(reps[r].clock, events[j].clock)
		}
		for j := range knows[r] {
			for k := range events[j].seen {
				closed = closed && knows[r][k]
			}
		}
		held := heldAt(reps[r], c)
		deltas[i] = reps[r].travel(reps[r].do(c.path, c.mutator, c.args...))
		e := &event{rep: r, clock: reps[r].clock, path: vals(c.path), mutator: c.mutator, args: vals(c.args), seen: maps.Clone(knows[r]), held: held}
		e.index, e.refused = placeOf(kind, events[:i], e)
		events[i] = e
		knows[r][i] = true
	}
	want := ""
	if closed {
		want = expect(kind, events).String()
	}
	var digest [32]byte
	check := func(r *replica, how any) {
		if digest == [32]byte{} {
			digest = r.digest()
		}
		if want == "" {
			want = r.view()
		}
		if got := r.view(); got != want || r.digest() != digest {
			t.Errorf("%s\n%v: %s, want %s (same state: %v)", s, how, got, want, r.digest() == digest)
		}
	}
	permutations(len(deltas), func(order []int) {
		fresh := bareReplica(t, "x", kind, in)
		for _, i := range order {
			fresh.apply(deltas[i], deltas[order[0]])
		}
		check(fresh, order)
	})
	for i, r := range reps {
		r.apply(deltas...)
		check(r, i)
	}
	fresh := bareReplica(t, "x", kind, in)
	fresh.pull(reps[0])
	check(fresh, "state")
}

// heldAt is what is in the set that a clear is about to empty. Who cleared what
// is part of what happened; that replicas see the right sets is what the shorter
// scenarios show.
func heldAt(r *replica, c call) []value.Value {
	if c.mutator != "clear" {
		return nil
	}
	v, err := r.ReadAt("c", vals(c.path))
	if err != nil {
		r.t.Fatal(err)
	}
	return v.Elems()
}

// placeOf is what an event depends on besides its arguments.
func placeOf(kind *types.Type, all []*event, e *event) (index int64, refused bool) {
	if leafOf(kind) == "BCounter" {
		return 0, lacksRights(all, e)
	}
	return streamPlace(all, e)
}

// streamPlace is where a replica appends: behind the last item that it sees.
func streamPlace(all []*event, e *event) (index int64, refused bool) {
	if e.mutator != "append" && e.mutator != "close" {
		return 0, false
	}
	for i, o := range all {
		if !e.seen[i] || fmt.Sprint(o.path) != fmt.Sprint(e.path) || o.refused {
			continue
		}
		removed := false
		for j, r := range all {
			removed = removed || e.seen[j] && r.mutator == "remove" && r.seen[i] && value.Equal(r.args[0], o.path[0])
		}
		switch {
		case removed:
		case o.mutator == "append":
			index = max(index, o.index+1)
		case o.mutator == "close":
			refused = true
		}
	}
	return index, refused
}

func (s *scenario) String() string {
	var b strings.Builder
	for i, c := range s.calls {
		fmt.Fprintf(&b, "%d: %c, which got %v: %v\n", i, 'a'+s.reps[i], s.got[i], c)
	}
	return b.String()
}

func permutations(n int, f func([]int)) {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	var at func(i int)
	at = func(i int) {
		if i == n {
			f(order)
			return
		}
		for j := i; j < n; j++ {
			order[i], order[j] = order[j], order[i]
			at(i + 1)
			order[i], order[j] = order[j], order[i]
		}
	}
	at(0)
}
