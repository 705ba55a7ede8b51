package vm

import (
	"reflect"
	"testing"

	"github.com/laspc/lasp/internal/workload"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/stdlib"
)

// TestSizesOfState holds the sizes that Stats reads off the state against the
// capacities of the slices that hold it, and shares what is shared.
func TestSizesOfState(t *testing.T) {
	type part struct{ words []uint64 }
	shared := &part{make([]uint64, 10, 100)}
	both := struct {
		a, b *part
		m    map[uint32]*part
	}{shared, shared, map[uint32]*part{1: {make([]uint64, 5)}}}
	partSize := int(reflect.TypeFor[part]().Size())
	want := partSize + 800 + (4+8+1)*5/4 + partSize + 40
	if got := newSizer().of(reflect.ValueOf(both)); got != want {
		t.Errorf("got %d bytes, want %d", got, want)
	}
}

// TestStatsTellTimeAndMemory: the pairs of a closure take at least an id each
// where they only grow, else at least their words and their index; and nodes take
// no more time than the clock tells.
func TestStatsTellTimeAndMemory(t *testing.T) {
	for _, c := range []struct {
		kind        string
		least, most int64 // bytes of a pair
		indexed     bool
	}{{"GSet", 4, 40, false}, {"AWSet", 16, 400, true}} {
		p := newBuilder()
		v := p.closure(p.cell("edges", c.kind, types.TupleOf(types.Int, types.Int)))
		now := int64(0)
		m, err := New(p.p, stdlib.Table(), Options{Stats: true, Clock: func() int64 { now += 1 + now%3; return now }})
		if err != nil {
			t.Fatal(err)
		}
		step(t, m, load(0, workload.Chain(300))...)
		rows := int64(m.live(v))
		var bytes, nanos, indexes int64
		for _, n := range m.Stats().Nodes {
			bytes, nanos = bytes+n.Bytes, nanos+n.Nanos
			for _, x := range n.Indexes {
				indexes += x.Bytes
			}
		}
		if bytes < c.least*rows || bytes > c.most*rows || c.indexed != (indexes > 0) {
			t.Errorf("%s: %d rows of two words take %d bytes and %d of indexes", c.kind, rows, bytes, indexes)
		}
		if nanos <= 0 || nanos > now {
			t.Errorf("%s: the nodes took %d of %d ticks", c.kind, nanos, now)
		}
	}
}
