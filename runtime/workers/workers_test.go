package workers

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
)

// Each piece runs once, on however many workers, also where there are more workers
// than pieces, or no pieces.
func TestEachPieceRunsOnce(t *testing.T) {
	for _, workers := range []Workers{1, 2, 3, 7} {
		for _, n := range []int{0, 1, 2, 5, 100} {
			ran := make([]int32, n)
			workers.Do(n, func(i int) { atomic.AddInt32(&ran[i], 1) })
			if slices.ContainsFunc(ran, func(k int32) bool { return k != 1 }) {
				t.Errorf("%d workers, %d pieces: they ran %v times", workers, n, ran)
			}
		}
	}
}

// Two pieces that wait for each other end, since two workers run them.
func TestPiecesRunBesideEachOther(t *testing.T) {
	var meet [2]chan struct{}
	for i := range meet {
		meet[i] = make(chan struct{})
	}
	Workers(2).Do(2, func(i int) {
		close(meet[i])
		<-meet[1-i]
	})
}

// The panic of the first piece that has one is that of the caller, and the other
// pieces run to their end.
func TestPanicReachesTheCaller(t *testing.T) {
	for _, workers := range []Workers{1, 2, 7} {
		var ran atomic.Int32
		got := func() (p any) {
			defer func() { p = recover() }()
			workers.Do(9, func(i int) {
				ran.Add(1)
				if i == 3 || i == 6 {
					panic(fmt.Sprint("piece ", i))
				}
			})
			return nil
		}()
		if got != "piece 3" || ran.Load() != 9 {
			t.Errorf("%d workers: panic %v after %d pieces, want that of piece 3 after all 9", workers, got, ran.Load())
		}
	}
}
