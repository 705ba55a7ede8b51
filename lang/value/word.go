package value

// Word is a value in a column of a relation or cell: raw for types that fit 64
// bits (Bool, Int, Nat, Float, Duration), otherwise the dense id that an
// Interner gave. The static type of the column says which, so a Word carries no
// tag. Ids never order anything, never cross the wire and never reach the disk.
type Word = uint64

// RawKind reports whether values of kind k are kept raw in a Word.
func RawKind(k Kind) bool {
	switch k {
	case Bool, Int, Float, Duration:
		return true
	}
	return false
}

// RawWord returns the Word of a value of a raw kind.
func RawWord(v Value) Word { return v.n }

// FromRaw rebuilds a value of a raw kind from its Word.
func FromRaw(k Kind, w Word) Value { return Value{kind: k, n: w} }
