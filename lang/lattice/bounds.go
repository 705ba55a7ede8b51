package lattice

import "math"

// Bounds is what an invariant says of the counters of a cell. The zero value
// says nothing; a cell without an invariant has DefaultBounds.
type Bounds struct {
	Lower, Upper Limit
	// Founders are the nodes that share the rights which nobody created: what
	// lies between 0, where a counter starts, and its bounds. Every replica must
	// have the same list, in order, from the first deployment of the cell on.
	Founders []string
	// Estates are those of nodes that were retired, nil for none. They may grow
	// while the bounds are in use.
	Estates *Estates
}

// Limit is one bound; only one that is Set counts.
type Limit struct {
	Set bool
	At  int64
}

// DefaultBounds holds for a bounded counter that no invariant speaks of.
func DefaultBounds() *Bounds { return &Bounds{Lower: Limit{Set: true}} }

// Holds reports whether a value lies within the bounds.
func (b *Bounds) Holds(v int64) bool {
	return !(b.Lower.Set && v < b.Lower.At) && !(b.Upper.Set && v > b.Upper.At)
}

// clamp is the sum, or the bound that it passed.
func (b *Bounds) clamp(sum Int128) int64 {
	floor := int64(math.MinInt64)
	if b.Lower.Set {
		floor = b.Lower.At
	}
	v := sum.Clamp(floor)
	if b.Upper.Set {
		v = min(v, b.Upper.At)
	}
	return v
}

// Way is a direction in which a counter moves.
type Way uint8

// The ways; NoWay is that of what does not count.
const (
	NoWay Way = iota
	Down
	Up
)

// limit is the bound that stands in a way.
func (b *Bounds) limit(w Way) Limit {
	if w == Down {
		return b.Lower
	}
	return b.Upper
}

// share is the part of a founder in the rights that exist from the beginning:
// an equal one, the first founders taking what is left over. Others have none.
func (b *Bounds) share(w Way, node string) int64 {
	total := b.limit(w).At
	if w == Down {
		total = -max(total, -math.MaxInt64)
	}
	if n := int64(len(b.Founders)); total > 0 {
		for i, f := range b.Founders {
			if f == node {
				part := total / n
				if int64(i) < total%n {
					part++
				}
				return part
			}
		}
	}
	return 0
}
