package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// A node whose state is small makes garbage with every request and is collected each
// time its heap has doubled, hundreds of times a second. So the heap of a node is not
// collected before it has heapFloor bytes; above that it may double, as by default. An
// idle node stays small all the same: the runtime collects every two minutes.
const (
	heapFloor   = 16 << 20
	usualGrowth = 100 // percent, by default
	// mostGrowth is that at which the least heap, which the runtime takes to be 4 MB
	// times the growth, is the floor.
	mostGrowth = heapFloor / (4 << 20) * 100
)

// keepFloor sets after every collection how far the heap may grow until the next. Where
// the environment says how far, it is left at that.
func keepFloor() {
	if os.Getenv("GOGC") != "" {
		return
	}
	now := mostGrowth
	debug.SetGCPercent(now)
	var rearm func(*collected)
	rearm = func(*collected) {
		if growth := growthFor(liveHeap()); growth != now {
			now = growth
			debug.SetGCPercent(now)
		}
		runtime.SetFinalizer(&collected{}, rearm)
	}
	runtime.SetFinalizer(&collected{}, rearm)
}

// collected is something that nobody holds on to, so that its finalizer runs after the
// next collection. It holds a pointer because finalizers of small values without one may
// never run.
type collected struct{ _ *collected }

// growthFor is how far a heap may grow of which so many bytes were live after the last
// collection, in percent. It is in steps of 25, as setting it stops the world.
func growthFor(live uint64) int {
	growth := heapFloor*100/int(max(live, 1)) - 100
	return min(max(growth/25*25, usualGrowth), mostGrowth)
}

func liveHeap() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(s)
	if s[0].Value.Kind() != metrics.KindUint64 {
		return heapFloor // a runtime that does not say: as by default
	}
	return s[0].Value.Uint64()
}
