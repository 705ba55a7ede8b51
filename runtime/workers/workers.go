// Package workers runs pieces of one evaluation on the processors that there are.
package workers

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/laspc/lasp/vm"
)

// Workers is how many goroutines take pieces, the caller among them.
type Workers int

// New returns a worker for each processor that this process may use, and nil, which
// a machine takes for none, where that is one.
func New() vm.Pieces {
	if n := runtime.GOMAXPROCS(0); n > 1 {
		return Workers(n)
	}
	return nil
}

// Do implements vm.Pieces. Pieces are begun in order; goroutines begin with the call
// and end with it, since one costs less than a large evaluation can notice. Where
// pieces panic, the panic of the first of them is that of Do, after all have ended.
func (w Workers) Do(n int, piece func(i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	failed := make([]any, n)
	work := func() {
		for {
			i := int(next.Add(1)) - 1
			if i >= n {
				return
			}
			failed[i] = caught(piece, i)
		}
	}
	for range min(int(w), n) - 1 {
		all.Go(work)
	}
	work()
	all.Wait()
	for _, p := range failed {
		if p != nil {
			panic(p)
		}
	}
}

// caught runs a piece and returns what it panics with.
func caught(piece func(i int), i int) (p any) {
	defer func() { p = recover() }()
	piece(i)
	return nil
}
