package ads

import (
	"hash/fnv"
	"io"
	"testing"
)

func TestImpressionsAreTheSameEverywhere(t *testing.T) {
	h := fnv.New64a()
	seen := Impressions(1, 100_000)
	for _, ad := range seen {
		io.WriteString(h, ad+"\n")
	}
	if got, want := h.Sum64(), uint64(0x50a1e99c3ef04cb6); got != want {
		t.Errorf("the impressions of seed 1 have the sum %#x, want %#x", got, want)
	}
	views, live := Expect(seen, 2000)
	if len(Ads()) != Count || len(views) != Count {
		t.Errorf("%d ads, of which %d were seen; want %d and all of them", len(Ads()), len(views), Count)
	}
	if views["rovio-001"] < 15_000 || views["rovio-001"] > 19_000 {
		t.Errorf("the first ad was seen %d times; Zipf's law gives it about 17,000", views["rovio-001"])
	}
	if len(live) != 172 {
		t.Errorf("%d ads are live at the end, want 172", len(live))
	}
}
