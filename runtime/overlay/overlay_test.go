package overlay

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestEveryStrategy holds all strategies to what any graph of links must do:
// it is symmetric, exactly one end opens each link at once, it connects all
// members whatever the order in which they were told, and nobody links itself.
func TestEveryStrategy(t *testing.T) {
	for _, s := range Strategies() {
		for _, n := range []int{1, 2, 3, 10, 50} {
			t.Run(fmt.Sprintf("%s/%d", s.Name, n), func(t *testing.T) { holdStrategy(t, s, n) })
		}
	}
}

func holdStrategy(t *testing.T, s Strategy, n int) {
	var members []Member
	for i := range n {
		members = append(members, Member{Name: fmt.Sprintf("n%d", i), Addr: fmt.Sprintf("10.0.0.%d:1", i), Alive: i%3 != 0})
	}
	links := map[[2]string]Link{}
	for i, m := range members {
		o := s.New(m.Name)
		shuffled := append([]Member(nil), members...)
		r := rand.New(rand.NewPCG(uint64(i), 1))
		r.Shuffle(n, func(a, b int) { shuffled[a], shuffled[b] = shuffled[b], shuffled[a] })
		o.Roster(append(shuffled, shuffled[0]))
		for _, l := range o.Links() {
			if l.Peer.Name == m.Name {
				t.Fatalf("%s links itself", m.Name)
			}
			links[[2]string{m.Name, l.Peer.Name}] = l
		}
	}
	reached := map[string]bool{members[0].Name: true}
	for grew := true; grew; {
		grew = false
		for ends, l := range links {
			back, ok := links[[2]string{ends[1], ends[0]}]
			if !ok || back.Dial == l.Dial {
				t.Fatalf("link %v is not agreed: %+v %+v", ends, l, back)
			}
			if reached[ends[0]] && !reached[ends[1]] {
				reached[ends[1]], grew = true, true
			}
		}
	}
	if len(reached) != n {
		t.Fatalf("%d of %d members are connected", len(reached), n)
	}
}

func TestLivingEntryWins(t *testing.T) {
	o, err := New("", "a")
	if err != nil {
		t.Fatal(err)
	}
	o.Roster([]Member{{Name: "b", Addr: "old"}, {Name: "b", Addr: "new", Alive: true}})
	if ls := o.Links(); len(ls) != 1 || ls[0].Peer.Addr != "new" || !ls[0].Dial {
		t.Fatalf("%+v", ls)
	}
}

func TestUnknownStrategyNamesTheKnown(t *testing.T) {
	if _, err := New("ring", "a"); err == nil || err.Error() != `unknown membership "ring": this version has full` {
		t.Fatal(err)
	}
}
