package history

import (
	"slices"
	"strings"
	"testing"
)

// good is a short history in which everything holds, with what two nodes hold.
func good() (*History, []Final) {
	h := New(1)
	now := int64(0)
	ask := func(input string, out any, args ...any) *Request {
		h.next++
		r := &Request{ID: input, Input: input, Args: args, Call: now, Sent: 1}
		if input == "count" {
			r.before = map[int64]bool{7: true}
		}
		h.Answer(r, "a", out, now+5)
		now += 10
		return r
	}
	ask("put", int64(0), "x", int64(1))
	ask("cas", true, "x", int64(1), int64(2))
	ask("get", int64(2), "x")
	ask("move", true, int64(4), "x", "y", int64(7))
	ask("move", false, int64(5), "x", "z", int64(200))
	ask("total", int64(0))
	ask("note", nil, int64(7))
	ask("count", []int64{7})
	ask("word", nil, int64(9))
	ask("fill", true, int64(10), "x", int64(5))
	ask("take", true, int64(11), "x", int64(3))
	ask("take", false, int64(12), "x", int64(3))
	ask("close", nil)
	final := func(node string) Final {
		return Final{Node: node, KV: map[string]int64{"x": 2}, Bank: map[string]int64{"x": -7, "y": 7}, Stock: map[string]int64{"x": 2},
			Booked: map[int64]Booking{10: {"x", 5}, 11: {"x", -3}}, Seen: map[int64]bool{7: true}, Words: map[int64]bool{9: true},
			Done: map[int64]bool{}, Seal: map[int64]bool{9: true}, Paid: []int64{4}}
	}
	return h, []Final{final("a"), final("b")}
}

// TestChecksNotice breaks one thing after the other.
func TestChecksNotice(t *testing.T) {
	h, finals := good()
	if err := h.Check(finals); err != nil {
		t.Fatalf("nothing is wrong: %v", err)
	}
	find := func(h *History, input string) *Request {
		i := slices.IndexFunc(h.Answered, func(r *Request) bool { return r.Input == input })
		return h.Answered[i]
	}
	both := func(f []Final, change func(f *Final)) { change(&f[0]); change(&f[1]) }
	for _, c := range []struct {
		name  string
		spoil func(h *History, f []Final)
		want  string
	}{
		{"a stale read", func(h *History, _ []Final) { find(h, "get").Out = int64(1) }, "not linearizable"},
		{"a swap that should have failed", func(h *History, _ []Final) { find(h, "cas").Args[1] = int64(9) }, "not linearizable"},
		{"a transfer seen by halves", func(h *History, _ []Final) { find(h, "total").Out = int64(3) }, "a total of 3"},
		{"a transfer paid twice", func(_ *History, f []Final) { both(f, func(f *Final) { f.Paid = []int64{4, 4} }) }, "paid twice"},
		{"a transfer that was refused and paid", func(_ *History, f []Final) { both(f, func(f *Final) { f.Paid = []int64{4, 5} }) }, "paid twice"},
		{"a transfer that is not paid", func(_ *History, f []Final) { both(f, func(f *Final) { f.Paid = nil }) }, "not paid"},
		{"a transfer booked twice", func(_ *History, f []Final) { both(f, func(f *Final) { f.Bank = map[string]int64{"x": -14, "y": 14} }) }, "the bank holds"},
		{"a lost transfer", func(_ *History, f []Final) { both(f, func(f *Final) { f.Bank = nil }) }, "the bank holds"},
		{"a stable fact counted twice", func(_ *History, f []Final) {
			both(f, func(f *Final) { f.Done = map[int64]bool{1: true, 2: true, 3: true} })
		}, "the bank holds"},
		{"a lost note", func(_ *History, f []Final) { both(f, func(f *Final) { f.Seen = nil }) }, "note 7"},
		{"a lost word", func(_ *History, f []Final) {
			both(f, func(f *Final) { f.Words, f.Seal = map[int64]bool{}, map[int64]bool{} })
		}, "word 9"},
		{"a barrier that misses a note", func(h *History, _ []Final) { find(h, "count").Out = []int64{} }, "missed 7"},
		{"a word after the seal", func(_ *History, f []Final) { both(f, func(f *Final) { f.Words = map[int64]bool{9: true, 10: true} }) }, "sealed as"},
		{"a seal that came to nothing", func(_ *History, f []Final) { both(f, func(f *Final) { f.Seal = nil }) }, "not sealed"},
		{"two seals", func(_ *History, f []Final) {
			f[1].Words, f[1].Seal = map[int64]bool{9: true, 10: true}, map[int64]bool{9: true, 10: true}
		}, "different things in words"},
		{"an overdrawn stock", func(_ *History, f []Final) {
			both(f, func(f *Final) { f.Booked[13], f.Stock["x"] = Booking{"x", -4}, 0 })
		}, "2 more were taken"},
		{"a booking done twice", func(_ *History, f []Final) { both(f, func(f *Final) { f.Stock["x"] = 7 }) }, "add up to 2"},
		{"a lost booking", func(_ *History, f []Final) { both(f, func(f *Final) { delete(f.Booked, 11); f.Stock["x"] = 5 }) }, "booking 11"},
		{"a booking that was refused", func(_ *History, f []Final) {
			both(f, func(f *Final) { f.Booked[12], f.Stock["x"] = Booking{"x", -1}, 1 })
		}, "refused, and is booked"},
		{"nodes that differ", func(_ *History, f []Final) { f[1].KV = map[string]int64{"x": 3} }, "different things in kv"},
	} {
		h, finals := good()
		c.spoil(h, finals)
		if err := h.Check(finals); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// What only a node that lost its disk had is not missed, anything else is.
func TestLostDiskExcusesItsOwn(t *testing.T) {
	h, finals := good()
	h.LoseDisk("b")
	finals[0].Seen, finals[1].Seen = nil, nil
	if h.Check(finals) == nil {
		t.Error("what a has acknowledged may be gone, though b lost its disk")
	}
	h.LoseDisk("a")
	if err := h.Check(finals); err != nil {
		t.Error(err)
	}
}

// The same seed asks for the same.
func TestDrawRepeats(t *testing.T) {
	a, b := New(5), New(5)
	inputs := map[string]bool{}
	for i := range 300 {
		x, y := a.Draw(i%4, int64(i)), b.Draw(i%4, int64(i))
		if x.ID != y.ID || x.Input != y.Input || !slices.Equal(x.Args, y.Args) {
			t.Fatalf("%+v and %+v", x, y)
		}
		inputs[x.Input] = true
	}
	if len(inputs) != len(drawings) {
		t.Errorf("only %v are asked for", inputs)
	}
}
