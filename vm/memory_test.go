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

// TestStatsTellTimeAndMemory: a closure of 500,500 pairs takes at least its rows
// and its index, and every node the time that its clock says.
func TestStatsTellTimeAndMemory(t *testing.T) {
	p := newBuilder()
	v := p.closure(p.cell("edges", "GSet", types.TupleOf(types.Int, types.Int)))
	now := int64(0)
	m, err := New(p.p, stdlib.Table(), Options{Stats: true, Clock: func() int64 { now++; return now }})
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
	if bytes < 16*rows || bytes > 400*rows || indexes == 0 {
		t.Errorf("%d rows of two words take %d bytes and %d of indexes", rows, bytes, indexes)
	}
	if nanos <= 0 || nanos > now {
		t.Errorf("the nodes took %d of %d ticks", nanos, now)
	}
}
