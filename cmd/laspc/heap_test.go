package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestHeapGrowsToTheFloorAndAsUsualAbove(t *testing.T) {
	const mb = 1 << 20
	for _, c := range []struct {
		live uint64
		want int
	}{{0, 400}, {1 * mb, 400}, {3 * mb, 400}, {4 * mb, 300}, {6 * mb, 150}, {8 * mb, 100}, {16 * mb, 100}, {1 << 40, 100}} {
		got := growthFor(c.live)
		if got != c.want {
			t.Errorf("%d bytes may grow by %d %%, want %d", c.live, got, c.want)
		}
		if goal := max(int(c.live)+int(min(c.live, 1<<50))/100*got, 4*mb/100*got); got > usualGrowth && goal > heapFloor {
			t.Errorf("%d bytes are collected at %d, above the floor", c.live, goal)
		}
	}
}

// After a collection the growth is that of what is live.
func TestFloorFollowsTheHeap(t *testing.T) {
	t.Setenv("GOGC", "")
	defer debug.SetGCPercent(debug.SetGCPercent(usualGrowth))
	keepFloor()
	held := make([]byte, 2*heapFloor)
	for range 1000 { // finalizers run on a goroutine of their own
		runtime.GC()
		runtime.Gosched()
		if now := debug.SetGCPercent(-1); now == usualGrowth {
			runtime.KeepAlive(held)
			return
		} else {
			debug.SetGCPercent(now)
		}
	}
	t.Error("a heap above the floor may still grow as one below it")
}
