package lattice

import (
	"fmt"
	"testing"

	"github.com/laspc/lasp/lang/types"
)

func TestRelations(t *testing.T) {
	str, pair := types.String, types.TupleOf(types.Int, types.String)
	for _, c := range []struct {
		kind, view *types.Type
		want       string
	}{
		{types.Of("GSet", pair), types.SetOf(pair), "[0 [Int String]]"},
		{types.Of("GCounter"), types.MaxOf(types.Nat), "[0 [Max[Nat]]]"},
		{
			types.Of("GMap", str, types.Of("GMap", pair, types.Of("AWSet", types.Int))),
			types.MapOf(str, types.MapOf(pair, types.SetOf(types.Int))),
			"[0 [String Int String Int] 2 [String Int String] 2 [String]]",
		},
		{
			types.Of("GMap", str, types.Of("Stream", pair)),
			types.MapOf(str, types.StreamOf(pair)),
			"[0 [String Int Int String] 1 [String Int] 2 [String]]",
		},
		{
			types.Of("Bag", str), types.MapOf(str, types.MaxOf(types.Nat)),
			"[0 [String Max[Nat]]]",
		},
	} {
		var got []string
		for _, r := range Relations(c.kind, c.view) {
			got = append(got, fmt.Sprint(r.Part, r.Cols))
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("Relations(%s) = %v, want %s", c.kind, got, c.want)
		}
	}
}
