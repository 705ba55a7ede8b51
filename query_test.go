package lasp_test

import (
	"strings"
	"testing"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
)

const queried = `
type Ad { id: String, publisher: String }
param limit: Nat = 3
shared ads: AWSet[Ad]
shared views: GMap[String, GCounter]
let rovio = { ad for ad in ads if ad.publisher == "rovio" }
input see(ad: String)
on see(ad) { ads.add(Ad(id: ad, publisher: "rovio")) views[ad].increment() }
show rovio
`

// TestQueriesAgainstTheIRAlone: what a node does with the text of a query.
func TestQueriesAgainstTheIRAlone(t *testing.T) {
	checked, ds := lasp.Check(source.NewFile("ads.lasp", []byte(queried)))
	if diag.HasErrors(ds) {
		t.Fatal(ds)
	}
	p, err := lasp.Compile(checked)
	if err != nil {
		t.Fatal(err)
	}
	core, err := replica.New(replica.Config{Program: replica.Program{IR: p, Version: 1}, Ops: lasp.Ops()}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := core.Step(replica.Input{Name: "see", Args: []value.Value{value.MakeString("a")}}); err != nil {
			t.Fatal(err)
		}
	}
	for text, want := range map[string]string{
		`views["a"] + 1`:                 "3",
		`size(rovio)`:                    "1",
		`{ ad.id for ad in ads }`:        `{"a"}`,
		`[x for x in [1, 2], x > 1]`:     "?",
		`limit`:                          "3",
		`vews`:                           "?",
		`1 +`:                            "?",
		`Ad(id: "x", publisher: "y").id`: `"x"`,
	} {
		code, ds, err := lasp.CompileQuery(p, text)
		if want == "?" {
			if !diag.HasErrors(ds) {
				t.Errorf("%s is accepted", text)
			}
			continue
		}
		if err != nil || diag.HasErrors(ds) {
			t.Errorf("%s: %v %v", text, err, ds)
			continue
		}
		if v, err := core.Query(code); err != nil || v.String() != want {
			t.Errorf("%s = %s, want %s (%v)", text, v, want, err)
		}
	}
	if _, ds, _ := lasp.CompileQuery(p, "vews"); !strings.Contains(ds[0].Title, "vews") {
		t.Errorf("an unknown name: %+v", ds[0])
	}
}
