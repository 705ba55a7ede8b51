package vm_test

import (
	"testing"

	lasp "github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/vm"
)

// A view shows all of a stream that says how long it is.
func TestTakenIsShown(t *testing.T) {
	p := compile(t, "taken.lasp", `fn from(n: Int) -> Stream[Int] = n :: from(n + 1)
let long = from(1).take(2500)
show a = long.map(x => x * 2)
show b = from(1).map(x => x + 1)
show c = long.drop(2400)
show d = from(1).take(10)`)
	m, err := vm.New(p, lasp.Ops(), vm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		n    int
		open bool
	}{{2500, false}, {1000, true}, {100, false}, {10, false}} {
		v, err := m.View(p.Shows[i].View)
		if err != nil {
			t.Fatal(err)
		}
		if got, open := len(v.Elems()), v.Kind() == value.Open; got != want.n || open != want.open {
			t.Errorf("%s: %d elements, open %v; want %d, %v", p.Shows[i].Name, got, open, want.n, want.open)
		}
	}
}
