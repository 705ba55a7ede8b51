package sim

import "math/rand/v2"

// Chooser makes all decisions that are left to chance, and remembers them. A
// decision is a number below a bound; 0 is always the plainest one, so that a
// run of zeros is the undisturbed run and a failing run can be made plainer by
// lowering its decisions.
type Chooser struct {
	rng    *rand.Rand // nil: nothing but 0 after the script
	script []int
	made   []int
}

// Seeded chooses by a generator that starts at seed.
func Seeded(seed uint64) *Chooser {
	return &Chooser{rng: rand.New(rand.NewPCG(seed, 0x6c617370))}
}

// Plain always chooses 0.
func Plain() *Chooser { return &Chooser{} }

// Scripted repeats decisions, and chooses 0 after them.
func Scripted(decisions []int) *Chooser { return &Chooser{script: decisions} }

// Choose returns a number from 0 to n-1; n must be positive.
func (c *Chooser) Choose(n int) int {
	k := 0
	switch {
	case len(c.made) < len(c.script):
		k = min(max(c.script[len(c.made)], 0), n-1)
	case c.rng != nil:
		k = c.rng.IntN(n)
	}
	c.made = append(c.made, k)
	return k
}

// Take notes a decision that the caller made.
func (c *Chooser) Take(k int) { c.made = append(c.made, k) }

// Chance is a yes once in n times; no is the plainer answer.
func (c *Chooser) Chance(n int) bool { return c.Choose(n) == n-1 && n > 1 }

// Made returns the decisions so far.
func (c *Chooser) Made() []int { return c.made }
