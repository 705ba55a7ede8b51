package trial

import (
	"slices"
	"time"

	"github.com/laspc/lasp/runtime/sim"
)

// explain makes a failing schedule smaller and runs it once more with a log.
func (s *subject) explain(out, plain *outcome, o Options) *Failure {
	f := &Failure{Message: out.err.message, At: out.err.at}
	f.Schedule = Schedule{Test: s.test.Name, Seed: out.seed, Decisions: trim(out.decisions)}
	small := s.shrink(out.decisions, plain, time.Now().Add(o.Shrink))
	last := s.run(sim.Scripted(small), true)
	if last.err == nil {
		last.err = compareFinal(plain, &last)
	}
	f.Smallest = Schedule{Test: s.test.Name, Seed: out.seed, Decisions: small}
	f.Log = last.log
	if last.err != nil {
		f.Message, f.At = last.err.message, last.err.at
	}
	return f
}

// fails reports whether a script fails, and returns it without the zeros at its
// end, which are what follows a script anyway.
func (s *subject) fails(script []int, plain *outcome) bool {
	out := s.run(sim.Scripted(script), false)
	return out.err != nil || compareFinal(plain, &out) != nil
}

// shrink lowers decisions as long as the schedule goes on failing: first runs
// of them, then shorter runs, to the single decision.
func (s *subject) shrink(script []int, plain *outcome, deadline time.Time) []int {
	best := trim(script)
	if len(best) > 0 && s.fails(nil, plain) {
		return []int{}
	}
	for size := len(best); size > 0 && time.Now().Before(deadline); size /= 2 {
		for from := 0; from < len(best) && time.Now().Before(deadline); from += size {
			to := min(from+size, len(best))
			if allZero(best[from:to]) {
				continue
			}
			lower := slices.Clone(best)
			clear(lower[from:to])
			if lower = trim(lower); s.fails(lower, plain) {
				best = lower
			}
		}
	}
	return best
}

func trim(script []int) []int {
	n := len(script)
	for n > 0 && script[n-1] == 0 {
		n--
	}
	return append([]int{}, script[:n]...)
}

func allZero(xs []int) bool { return !slices.ContainsFunc(xs, func(x int) bool { return x != 0 }) }
