package node

import (
	"testing"
	"time"
)

// A crowd that was answered is waited for until most of it is back, or a moment
// has passed; few requests are never waited for.
func TestCrowdReturns(t *testing.T) {
	at := time.Unix(1000, 0)
	type answers struct{ n, others int }
	for _, c := range []struct {
		what  string
		heard []answers
		come  int
		after time.Duration
		want  time.Duration
	}{
		{"nobody was answered", nil, 1, 0, 0},
		{"few requests", []answers{{20, 5}}, 0, 0, 0},
		{"a crowd that is away", []answers{{40, 0}}, 1, 0, crowdTime},
		{"two halves of a crowd", []answers{{20, 20}}, 20, crowdTime / 4, 3 * crowdTime / 4},
		{"three quarters are back", []answers{{40, 0}}, 30, 0, 0},
		{"nearly three quarters", []answers{{40, 0}}, 29, 0, crowdTime},
		{"the moment is over", []answers{{40, 0}}, 1, crowdTime, 0},
		{"a crowd that was larger counts for a while", []answers{{80, 0}, {10, 0}}, 40, 0, crowdTime},
		{"and is forgotten", []answers{{40, 0}, {1, 0}, {1, 0}, {1, 0}}, 1, 0, 0},
		{"answers to nobody change nothing", []answers{{40, 0}, {0, 0}}, 1, 0, crowdTime},
	} {
		var k crowd
		for _, a := range c.heard {
			k.answers(a.n, a.others, at)
		}
		if got := k.returns(c.come, at.Add(c.after)); max(got, 0) != c.want {
			t.Errorf("%s: waits %v, want %v", c.what, got, c.want)
		}
	}
}

// A timer that runs is brought forward and never put off.
func TestGatherFiresAtTheEarliest(t *testing.T) {
	var g gather
	g.within(time.Hour)
	g.within(time.Millisecond)
	first := g.over
	g.within(time.Hour)
	if g.over != first {
		t.Fatal("a later end took the place of an earlier one")
	}
	<-g.over
}
