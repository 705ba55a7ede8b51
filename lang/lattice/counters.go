package lattice

import (
	"math"

	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// gcounter keeps a running total per writer; the view is their sum.
var gcounter = &Kind{
	Name:      "GCounter",
	Doc:       "A counter that only goes up.",
	Stable:    true,
	Load:      "increment",
	View:      "Max[Nat]",
	Atoms:     []AtomType{{Val: "(Nat, Nat, Nat)"}},
	PerWriter: true,
	Rows:      RowOfRead,
	Join:      greatest,
	Greatest:  true,
	Sum:       &Sum{Of: contribution},
	Below:     counterBelow("GCounter", 0),
	Mutators:  []Mutator{incrementMutator},
	Read:      readSum(0),
}

// pncounter keeps running totals of what each writer added and took away.
var pncounter = &Kind{
	Name:      "PNCounter",
	Doc:       "A counter that goes up and down.",
	View:      "Int",
	Moves:     "a PNCounter: it can go down again",
	Load:      "increment",
	Atoms:     []AtomType{{Val: "(Nat, Nat, Nat)"}},
	PerWriter: true,
	Rows:      RowOfRead,
	Join:      greatest,
	Greatest:  true,
	Sum:       &Sum{Of: contribution, Floor: math.MinInt64},
	Below:     counterBelow("PNCounter", math.MinInt64),
	Mutators:  []Mutator{incrementMutator, decrementMutator},
	Read:      readSum(math.MinInt64),
}

var amount = []Param{{Name: "n", Type: "Nat", Default: value.MakeInt(1)}}

var incrementMutator = Mutator{Name: "increment", Doc: "Adds n.", Params: amount, Grows: true,
	Apply: func(leaf Leaf, args []value.Value, w Writer) error { return count(leaf, args[0].Int(), 0, w) }}

var decrementMutator = Mutator{Name: "decrement", Doc: "Takes n away.", Params: amount, Alike: true, Removes: true,
	Apply: func(leaf Leaf, args []value.Value, w Writer) error { return count(leaf, 0, args[0].Int(), w) }}

// The columns of totals.
const (
	totalEpoch = iota
	totalAdded
	totalTaken
)

// contribution is what one writer adds to the view. Its atoms are the totals
// (epoch, added, taken) and, below a removable map, what of them was removed.
func contribution(t, r []value.Word) (n int64, live bool) {
	if t == nil {
		return 0, false
	}
	n = int64(t[totalAdded]) - int64(t[totalTaken])
	switch {
	case r == nil:
		return n, true
	case int64(r[totalEpoch]) > int64(t[totalEpoch]):
		return 0, false
	case r[totalEpoch] == t[totalEpoch]:
		// The removal may have arrived before the totals that it saw.
		added, taken := max(int64(t[totalAdded])-int64(r[totalAdded]), 0), max(int64(t[totalTaken])-int64(r[totalTaken]), 0)
		return added - taken, added > 0 || taken > 0
	}
	return n, true
}

// contributionOf is contribution of payloads that are values.
func contributionOf(vals [2]value.Value) (n int64, live bool) {
	var words [2][]value.Word
	for tag, v := range vals {
		if v.IsValid() {
			for _, x := range v.Elems() {
				words[tag] = append(words[tag], value.RawWord(x))
			}
		}
	}
	return contribution(words[counterTotal], words[counterRemoved])
}

// count adds to the totals of whoever writes. An epoch is named by the turn that
// begins it; where all that was counted so far has been removed a new one begins,
// so that the totals of the old one can be forgotten. A firing and a run of a
// request count once and have one epoch.
func count(leaf Leaf, added, taken int64, w Writer) error {
	t := leaf.Own(counterTotal)
	epoch := int64(0)
	if w.Firing().IsZero() && w.Run().IsZero() {
		epoch = int64(w.Seq())
	}
	if t != nil {
		_, live := contribution(t, leaf.Own(counterRemoved))
		if was := int64(t[totalEpoch]); live || epoch <= was {
			epoch, added, taken = was, addNat(added, int64(t[totalAdded])), addNat(taken, int64(t[totalTaken]))
		}
	}
	w.PutOwn(counterTotal, [3]value.Word{totalEpoch: value.Word(epoch), totalAdded: value.Word(added), totalTaken: value.Word(taken)})
	return nil
}

// Tags of the atoms of counters.
const (
	counterTotal   = 0 // what a writer counted
	counterRemoved = 1 // how much of it was removed with a key around it
)

func totals(epoch, added, taken int64) value.Value {
	return value.MakeTuple(value.MakeInt(epoch), value.MakeInt(added), value.MakeInt(taken))
}

// addNat adds naturals; totals stay at the greatest number instead of wrapping.
func addNat(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// counterBelow is a counter that lies below a removable map. Removing a key
// raises what is removed to the totals that were seen, so that of a writer who
// goes on counting at the same time exactly the unseen part survives.
func counterBelow(name string, floor int64) *Kind {
	return &Kind{
		Name:      name,
		Atoms:     []AtomType{counterTotal: {Val: "(Nat, Nat, Nat)"}, counterRemoved: {Val: "(Nat, Nat, Nat)"}},
		PerWriter: true,
		Rows:      RowOfRead,
		Join:      greatest,
		Greatest:  true,
		Sum:       &Sum{Of: contribution, Floor: floor},
		Read:      readSum(floor),
		Clear: func(leaf Leaf, w Writer) {
			for _, o := range perOwner(atomsOf(leaf)) {
				if _, live := contributionOf(o.vals); live {
					w.PutFor(o.owner, counterRemoved, value.Value{}, o.vals[counterTotal])
				}
			}
		},
	}
}

type ownedVals struct {
	owner Owner
	vals  [2]value.Value // by tag
}

// perOwner gathers the payloads of each owner, in the order of first sight.
func perOwner(atoms []*Atom) []*ownedVals {
	var list []*ownedVals
	by := map[Owner]*ownedVals{}
	for _, a := range atoms {
		o := by[a.Owner]
		if o == nil {
			o = &ownedVals{owner: a.Owner}
			by[a.Owner] = o
			list = append(list, o)
		}
		o.vals[a.Tag] = a.Val
	}
	return list
}

func atomsOf(leaf Leaf) []*Atom {
	var list []*Atom
	leaf.Atoms(func(a *Atom) bool {
		c := *a
		list = append(list, &c)
		return true
	})
	return list
}

// readSum adds up the contributions of all writers in 128 bits and reads as the
// bound where the sum lies beyond it.
func readSum(floor int64) func([]*types.Type, []*Atom) value.Value {
	return func(_ []*types.Type, atoms []*Atom) value.Value {
		var sum Int128
		for _, o := range perOwner(atoms) {
			n, _ := contributionOf(o.vals)
			sum.Add(n)
		}
		return value.MakeInt(sum.Clamp(floor))
	}
}
