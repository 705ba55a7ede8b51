package typecheck_test

import (
	"testing"

	"github.com/laspc/lasp/lang/diag"
)

// TestCodesAreExplained runs the programs of `laspc explain`: the wrong one gives
// its code and nothing graver beside it, the right one nothing at all.
func TestCodesAreExplained(t *testing.T) {
	for _, e := range diag.Codes() {
		family := e.Code[:3]
		if family != "L02" && family != "L03" && family != "L04" {
			continue
		}
		t.Run(string(e.Code), func(t *testing.T) {
			_, ds := check(t, "wrong.lasp", e.Wrong)
			if len(ds) == 0 {
				t.Errorf("the wrong program is accepted")
			}
			for _, d := range ds {
				if d.Code != e.Code {
					t.Errorf("the wrong program gives %s as well: %s", d.Code, d.Title)
				}
			}
			_, ds = check(t, "right.lasp", e.Right)
			for _, d := range ds {
				t.Errorf("the right program gives %s: %s", d.Code, d.Title)
			}
		})
	}
}
