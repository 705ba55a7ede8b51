package replica_test

import (
	"testing"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
)

// The store and the machine show the same of every kind, empty and written.
func TestOwnReadsAreTheViewsOfAll(t *testing.T) {
	one, two := value.MakeInt(1), value.MakeInt(2)
	key := []value.Value{value.MakeString("k")}
	for kind, writes := range map[string][]replica.Mutation{
		"GSet[(Int, String)]":                {{Op: "add", Args: []value.Value{value.MakeTuple(one, key[0])}}},
		"AWSet[Int]":                         {{Op: "add", Args: []value.Value{one}}, {Op: "add", Args: []value.Value{two}}, {Op: "remove", Args: []value.Value{one}}},
		"GCounter":                           {{Op: "increment", Args: []value.Value{two}}},
		"PNCounter":                          {{Op: "decrement", Args: []value.Value{two}}},
		"Max[Int]":                           {{Op: "join", Args: []value.Value{two}}},
		"Max[Nat]":                           {{Op: "join", Args: []value.Value{two}}},
		"Min[Int]":                           {{Op: "join", Args: []value.Value{two}}},
		"LWW[(Int, Int)]":                    {{Op: "set", Args: []value.Value{value.MakeTuple(one, two)}}},
		"IVar[Int]":                          {{Op: "bind", Args: []value.Value{two}}},
		"Stream[Int]":                        {{Op: "append", Args: []value.Value{two}}, {Op: "append", Args: []value.Value{one}}, {Op: "seal"}},
		"GMap[String, Max[Int]]":             {{Keys: key, Op: "join", Args: []value.Value{two}}},
		"ORMap[String, PNCounter]":           {{Keys: key, Op: "increment", Args: []value.Value{two}}, {Op: "remove", Args: key}, {Keys: key, Op: "increment", Args: []value.Value{one}}},
		"GMap[String, GMap[Int, GSet[Int]]]": {{Keys: append(key[:1:1], one), Op: "add", Args: []value.Value{two}}},
	} {
		checked, ds := lasp.Check(source.NewFile("test.lasp", []byte("shared c: "+kind+"\nshow c\n")))
		if len(ds) > 0 {
			t.Fatal(kind, ds)
		}
		p, err := lasp.Compile(checked)
		if err != nil {
			t.Fatal(kind, err)
		}
		c, err := replica.New(replica.Config{Actor: lattice.Actor{Node: "a", Inc: 1}, Ops: lasp.Ops(), Program: replica.Program{IR: p, Version: 1}}, 1)
		if err != nil {
			t.Fatal(err)
		}
		for i := -1; i < len(writes); i++ {
			if i >= 0 {
				writes[i].Cell = "c"
				if err := c.Step(replica.Mutate{Writes: writes[i : i+1]}); err != nil {
					t.Fatal(err)
				}
				for _, r := range c.Ready().Replies {
					if r.Err != nil {
						t.Fatal(kind, r.Err)
					}
				}
				c.Advance()
			}
			own, all, err := c.OwnView("c")
			if err != nil || !value.Equal(own, all) || own.Kind() != all.Kind() {
				t.Errorf("%s after %d writes: a body reads %s, all see %s, %v", kind, i+1, own, all, err)
			}
		}
	}
}
