package history

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
)

// Booking is what a fill or a take left behind.
type Booking struct {
	Key string
	N   int64
}

// Final is what a node holds when everything is answered and at rest.
type Final struct {
	Node   string
	KV     map[string]int64
	Bank   map[string]int64
	Stock  map[string]int64
	Booked map[int64]Booking // by number of the request
	Seen   map[int64]bool
	Words  map[int64]bool
	Done   map[int64]bool
	Seal   map[int64]bool // what words was sealed as; nil for not sealed
	Paid   []int64        // the output, with what is in it twice
}

// Check says what does not hold of the history and of what the nodes hold.
func (h *History) Check(finals []Final) error {
	if len(finals) == 0 {
		return errors.New("no node was looked at")
	}
	for _, f := range finals {
		err := cmp.Or(h.money(f), h.seal(f), h.nothingLost(f), h.stock(f))
		if err != nil {
			return fmt.Errorf("at %s: %w", f.Node, err)
		}
	}
	return cmp.Or(h.registers(), h.barriers(), same(finals))
}

// operation is one step of a register.
type operation struct {
	input    string
	old, new int64
}

// register is the sequential model of one key of kv.
var register = porcupine.Model{
	Init: func() any { return int64(0) },
	Step: func(state, in, out any) (bool, any) {
		s, op := state.(int64), in.(operation)
		switch op.input {
		case "put":
			return out.(int64) == s, op.new
		case "get":
			return out.(int64) == s, s
		}
		if s == op.old {
			return out.(bool), op.new
		}
		return !out.(bool), s
	},
}

// patience bounds the search for an order of the operations of one key. No
// history of a test is so long that it is reached; one that reaches it is an
// error, because nothing is known of it.
const patience = time.Minute

// registers says that the history of kv is linearizable, key by key.
func (h *History) registers() error {
	byKey := map[string][]porcupine.Operation{}
	for _, r := range h.Answered {
		op := operation{input: r.Input}
		switch r.Input {
		case "put":
			op.new = r.n(1)
		case "get":
		case "cas":
			op.old, op.new = r.n(1), r.n(2)
		default:
			continue
		}
		byKey[r.key(0)] = append(byKey[r.key(0)], porcupine.Operation{ClientId: r.Client, Input: op, Call: r.Call, Output: r.Out, Return: r.Back})
	}
	for _, k := range slices.Sorted(maps.Keys(byKey)) {
		switch porcupine.CheckOperationsTimeout(register, byKey[k], patience) {
		case porcupine.Illegal:
			return fmt.Errorf("the history of kv[%q] is not linearizable: %d operations", k, len(byKey[k]))
		case porcupine.Unknown:
			return fmt.Errorf("no order of the %d operations of kv[%q] was found in %s", len(byKey[k]), k, patience)
		}
	}
	return nil
}

// money says that transfers are done once each, and none without an answer.
func (h *History) money(f Final) error {
	bank, paid := map[string]int64{}, map[int64]bool{}
	for _, r := range h.Answered {
		if r.Input == "total" && r.Out.(int64) != 0 {
			return fmt.Errorf("%s saw a total of %d", r.ID, r.Out)
		}
		if r.Input == "move" && r.Out.(bool) {
			paid[r.n(0)] = true
			bank[r.key(1)] -= r.n(3)
			bank[r.key(2)] += r.n(3)
		}
	}
	for _, id := range f.Paid {
		if !paid[id] {
			return fmt.Errorf("transfer %d was paid twice, or never asked for", id)
		}
		delete(paid, id)
	}
	if len(paid) > 0 {
		return fmt.Errorf("%d transfers were acknowledged and not paid", len(paid))
	}
	for _, at := range []int64{3, 6, 9} {
		if int64(len(f.Done)) >= at {
			bank["x"] += at
			bank["y"] -= at
		}
	}
	for _, k := range keys {
		if bank[k] != f.Bank[k] {
			return fmt.Errorf("the bank holds %v, by the answers it is %v", f.Bank, bank)
		}
	}
	return nil
}

// barriers says that what was acknowledged before a barrier began is in its cut.
func (h *History) barriers() error {
	for _, r := range h.Answered {
		if r.Input != "count" {
			continue
		}
		for n := range r.before {
			if !slices.Contains(r.Out.([]int64), n) {
				return fmt.Errorf("%s, a barrier, missed %d, which was acknowledged before it began", r.ID, n)
			}
		}
	}
	return nil
}

// seal says that what is sealed is all that was acknowledged, and nothing else.
func (h *History) seal(f Final) error {
	if f.Seal == nil {
		if h.closed {
			return errors.New("words is not sealed, though it was acknowledged")
		}
		return nil
	}
	if !maps.Equal(f.Seal, f.Words) {
		return fmt.Errorf("words is %v and was sealed as %v", f.Words, f.Seal)
	}
	return nil
}

// nothingLost says that nothing acknowledged is lost.
func (h *History) nothingLost(f Final) error {
	for n := range h.kept[notes] {
		if !f.Seen[n] {
			return fmt.Errorf("note %d was acknowledged and is lost", n)
		}
	}
	for n := range h.kept[words] {
		if !f.Words[n] {
			return fmt.Errorf("word %d was acknowledged and is lost", n)
		}
	}
	for n := range h.kept[bookings] {
		if _, held := f.Booked[n]; !held {
			return fmt.Errorf("booking %d was acknowledged and is lost", n)
		}
	}
	return nil
}

// stock says that no stock was ever below 0 and that every booking counts once. A
// booking that was refused left nothing, where it was sent once: a node that is asked
// again may not have heard yet that another has done it, and refuse. A fill that two
// nodes did counts twice as far as both have used its rights before they heard of each
// other, and no further.
func (h *History) stock(f Final) error {
	twice := map[string]int64{}
	for _, r := range h.Answered {
		if _, held := f.Booked[r.number()]; held && r.Out == false && r.Sent == 1 {
			return fmt.Errorf("%s was refused, and is booked", r.ID)
		}
		if r.Input == "fill" && r.Sent > 1 {
			twice[r.key(1)] += int64(r.Sent-1) * r.n(2)
		}
	}
	sum, taken := map[string]int64{}, map[string]int64{}
	for _, b := range f.Booked {
		sum[b.Key] += b.N
		taken[b.Key] += max(-b.N, 0)
	}
	for _, k := range keys {
		twice[k] = min(twice[k], taken[k])
		switch more := f.Stock[k] - sum[k]; {
		case f.Stock[k] < 0:
			return fmt.Errorf("the stock of %s is %d", k, f.Stock[k])
		case sum[k] < -twice[k]:
			return fmt.Errorf("%d more were taken from the stock of %s than there were", -sum[k], k)
		case more < 0 || more > twice[k]:
			return fmt.Errorf("the stock of %s is %d, the bookings add up to %d, and fills of %d were sent again", k, f.Stock[k], sum[k], twice[k])
		}
	}
	return nil
}

// number is the number of a booking, 0 of other requests.
func (r *Request) number() int64 {
	if r.Input == "fill" || r.Input == "take" {
		return r.n(0)
	}
	return 0
}

// same says that all nodes hold the same.
func same(finals []Final) error {
	first := finals[0]
	for _, f := range finals[1:] {
		for _, x := range []struct {
			what string
			same bool
		}{
			{"kv", maps.Equal(first.KV, f.KV)}, {"bank", maps.Equal(first.Bank, f.Bank)}, {"stock", maps.Equal(first.Stock, f.Stock)},
			{"booked", maps.Equal(first.Booked, f.Booked)}, {"seen", maps.Equal(first.Seen, f.Seen)}, {"words", maps.Equal(first.Words, f.Words)},
			{"done", maps.Equal(first.Done, f.Done)}, {"the seal", maps.Equal(first.Seal, f.Seal) && (first.Seal == nil) == (f.Seal == nil)},
			{"paid", slices.Equal(slices.Sorted(slices.Values(first.Paid)), slices.Sorted(slices.Values(f.Paid)))},
		} {
			if !x.same {
				return fmt.Errorf("%s and %s hold different things in %s", first.Node, f.Node, x.what)
			}
		}
	}
	return nil
}
