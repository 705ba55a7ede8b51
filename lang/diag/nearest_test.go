package diag

import "testing"

func TestNearest(t *testing.T) {
	known := []string{"let", "show", "shared", "increment", "coordinated", "on", "m"}
	for typed, want := range map[string]string{
		"lett": "let", "shwo": "show", "incremnt": "increment", "shred": "shared", "cordinated": "coordinated",
		"x": "", "M": "m", "decree": "", "banana": "", "ox": "on", "": "",
	} {
		if got := Nearest(typed, known); got != want {
			t.Errorf("%q is nearest to %q, want %q", typed, got, want)
		}
	}
	if known[0] != "let" {
		t.Error("the caller's names are in another order")
	}
}
