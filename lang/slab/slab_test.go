package slab

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestGrowKeepsWhatIsThere compares columns of all sizes with slices.Grow.
func TestGrowKeepsWhatIsThere(t *testing.T) {
	for _, have := range []int{0, 1, 1000, largeBytes/8 - 1, largeBytes / 8, largeBytes} {
		for _, more := range []int{0, 1, 17, largeBytes / 8, largeBytes} {
			s := Make[uint64](have, have)
			for i := range s {
				s[i] = rand.Uint64()
			}
			got, want := Grow(s, more), slices.Grow(slices.Clone(s), more)
			if !slices.Equal(got, want) {
				t.Fatalf("%d words and room for %d more: other words are there", have, more)
			}
			if cap(got) < have+more {
				t.Errorf("%d words and room for %d more: there is room for %d", have, more, cap(got)-have)
			}
			if more > 0 && cap(s) >= have+more != (have > 0 && &got[0] == &s[0]) {
				t.Errorf("%d words and room for %d more: moved although there was room, or not", have, more)
			}
			if long := Extend(got, more); len(long) != have+more || !slices.Equal(long[:have], s) {
				t.Errorf("%d words, longer by %d, are %d", have, more, len(long))
			}
		}
	}
}

// TestMakeIsZero: also where the collector gives used memory out again.
func TestMakeIsZero(t *testing.T) {
	for range 20 {
		s := Make[uint32](largeBytes, largeBytes)
		if i := slices.IndexFunc(s, func(w uint32) bool { return w != 0 }); i >= 0 {
			t.Fatalf("word %d of a new column is %d", i, s[i])
		}
		for i := range s {
			s[i] = 1
		}
	}
}

// TestGrowingByLittleIsLinear: a column that grows by one is not moved each time.
func TestGrowingByLittleIsLinear(t *testing.T) {
	s, moved := Make[uint64](0, largeBytes/4), 0
	for i := range largeBytes {
		before := cap(s)
		s = append(Grow(s, 1), uint64(i))
		if cap(s) != before {
			moved++
		}
	}
	if moved > 20 {
		t.Errorf("a column was moved %d times while it grew fourfold", moved)
	}
}
