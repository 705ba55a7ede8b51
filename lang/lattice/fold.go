package lattice

import (
	"crypto/sha256"
	"encoding/binary"
)

// Fold says that a turn folded runs of requests: what they counted is in accounts of
// the owners below from then on, and their slots are gone. See runtime/state/fold.go.
type Fold struct {
	Who uint32 // in Delta.Actors: who folded
	Seq uint64
	// Of are the turns whose runs are folded, by this turn and by those that it knew.
	Of []Range
	// After are the turns that were known where the runs were folded, without which
	// this one must not be taken in.
	After []Range
}

// The first halves of the identities of accounts of folded runs.
var (
	foldedHandler = [16]byte{'l', 'a', 's', 'p', ' ', 'f', 'o', 'l', 'd', 'e', 'd', ' ', 'r', 'u', 'n', 's'}
	voidedHandler = [16]byte{'l', 'a', 's', 'p', ' ', 'v', 'o', 'i', 'd', 'e', 'd', ' ', 'r', 'u', 'n', 's'}
)

// FoldedOwner owns the account of what the folded runs of an actor counted that
// counts.
func FoldedOwner(of Actor) Owner { return Owner{Actor: of, Firing: Firing{Handler: foldedHandler}} }

// VoidedOwner owns the account of what an actor did in folded runs that are void
// because those of another counted.
func VoidedOwner(of, counted Actor) Owner {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(counted.Node), counted.Inc))
	return Owner{Actor: of, Firing: Firing{Handler: voidedHandler, Key: [16]byte(sum[:16])}}
}

// IsVoided reports whether f is that of the account of void runs.
func (f Firing) IsVoided() bool { return f.Handler == voidedHandler }

// IsFolded reports whether f is that of an account of folded runs, void or not.
func (f Firing) IsFolded() bool { return f.Handler == foldedHandler || f.IsVoided() }
