package workload

import "testing"

// TestKnownFacts pins the data by facts about it that were computed elsewhere:
// a changed generator would make every figure incomparable.
func TestKnownFacts(t *testing.T) {
	count := map[string]int{}
	largest := 0
	for _, w := range Words(6, 1_000_000) {
		count[w]++
		largest = max(largest, count[w])
	}
	if len(count) != 47_632 || largest != 239 {
		t.Errorf("words: %d distinct, largest %d; want 47632 and 239", len(count), largest)
	}
	ads := map[int64]int{}
	for _, c := range Contracts(4, 100_000) {
		ads[c[1]]++
	}
	kept := 0
	for _, c := range Contracts(4, 100_000) {
		if (c[1]*7+c[0])%10 != 0 {
			kept++
		}
	}
	if kept != 89_999 {
		t.Errorf("contracts: %d survive the filter, want 89999", kept)
	}
	passed := 0
	for _, x := range Numbers() {
		if x*2+1 > 10 && x%3 == 0 {
			passed++
		}
	}
	if passed != 348_316 {
		t.Errorf("numbers: %d pass, want 348316", passed)
	}
	if n := closure(Rnd(1, 1000, 3000)); n != 891_135 {
		t.Errorf("closure of rnd(1, 1000, 3000) has %d pairs, want 891135", n)
	}
}

// closure counts reachable pairs by a search from every node.
func closure(edges [][]int64) int {
	out := map[int64][]int64{}
	for _, e := range edges {
		out[e[0]] = append(out[e[0]], e[1])
	}
	n := 0
	for start := range out {
		seen := map[int64]bool{}
		todo := append([]int64(nil), out[start]...)
		for len(todo) > 0 {
			x := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			if !seen[x] {
				seen[x] = true
				n++
				todo = append(todo, out[x]...)
			}
		}
	}
	return n
}
