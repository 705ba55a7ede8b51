package value

import (
	"hash/maphash"
	"math"
	"math/bits"
	"unsafe"

	"github.com/laspc/lasp/lang/slab"
)

// Interner gives values dense ids, one per distinct value, and finds the value
// of an id. It belongs to one machine and is not safe for concurrent use. Texts
// lie in byte arenas and the index is flat, so a million strings are a handful
// of allocations that the collector does not look into. An id is valid as long
// as the interner; ids depend on the order of arrival and mean nothing outside.
type Interner struct {
	seed  maphash.Seed
	refs  []uint64 // by id: kind, chunk and offset of a text, or the index of a composite
	index []uint32 // open addressing, as rowIndex: id + 1 below bits of the hash, 0 is free
	arena [][]byte
	comps []Value
	bytes int
}

const (
	firstChunk  = 1 << 12 // bytes of the first arena chunk; each is twice the one before
	lastChunk   = 1 << 20 // up to this
	refKindBits = 56
	refChunkPos = 32
)

// NewInterner returns an empty interner.
func NewInterner() *Interner {
	return &Interner{seed: maphash.MakeSeed(), index: make([]uint32, 64)}
}

// Len is the number of distinct values interned.
func (in *Interner) Len() int { return len(in.refs) }

// Size is the approximate memory in bytes.
func (in *Interner) Size() int {
	return in.bytes + 8*len(in.refs) + 4*len(in.index) + 80*len(in.comps)
}

// Word returns the word of v: raw for the raw kinds, else its id.
func (in *Interner) Word(v Value) Word {
	if RawKind(v.kind) {
		return v.n
	}
	return Word(in.ID(v))
}

// Find is Word without interning; ok is false where v was never seen.
func (in *Interner) Find(v Value) (w Word, ok bool) {
	if RawKind(v.kind) {
		return v.n, true
	}
	id, _ := in.probe(v, in.hash(v))
	return Word(max(id, 0)), id >= 0
}

// ID interns v, of any kind.
func (in *Interner) ID(v Value) uint32 {
	h := in.hash(v)
	known, at := in.probe(v, h)
	if known >= 0 {
		return uint32(known)
	}
	id := uint32(len(in.refs))
	in.refs = append(in.refs, in.store(v))
	in.index[at] = in.entry(h, id)
	if len(in.refs)*4 > len(in.index)*3 {
		in.grow()
	}
	return id
}

// Value returns the value of word w. Raw is the kind that raw words of the
// column hold, Invalid where the column holds ids (types.RawKind tells).
func (in *Interner) Value(w Word, raw Kind) Value {
	if raw != Invalid {
		return FromRaw(raw, w)
	}
	ref := in.refs[w]
	k := Kind(ref >> refKindBits)
	if !textKind(k) {
		return in.comps[uint32(ref)]
	}
	return Value{kind: k, s: in.text(ref)}
}

// Text is the kind and the bytes of the value of an id, if they are all there is to
// it: of a String, Bytes or a Node.
func (in *Interner) Text(w Word) (k Kind, text string, ok bool) {
	ref := in.refs[w]
	if k = Kind(ref >> refKindBits); !textKind(k) {
		return k, "", false
	}
	return k, in.text(ref), true
}

// AppendWords appends the words of v, flattened: a tuple is the words of its
// parts, everything else is one word.
func (in *Interner) AppendWords(dst []Word, v Value) []Word {
	if v.kind != Tuple {
		return append(dst, in.Word(v))
	}
	for _, x := range v.xs {
		dst = in.AppendWords(dst, x)
	}
	return dst
}

// FindWords is AppendWords without interning; ok is false where a part was
// never seen.
func (in *Interner) FindWords(dst []Word, v Value) (words []Word, ok bool) {
	if v.kind != Tuple {
		w, ok := in.Find(v)
		return append(dst, w), ok
	}
	for _, x := range v.xs {
		if dst, ok = in.FindWords(dst, x); !ok {
			return dst, false
		}
	}
	return dst, true
}

func textKind(k Kind) bool { return k == String || k == Bytes || k == Node }

// text reads the bytes behind a ref. They are never changed once written, so
// the string may share them.
func (in *Interner) text(ref uint64) string {
	chunk := in.arena[ref>>refChunkPos&(1<<(refKindBits-refChunkPos)-1)]
	b := chunk[uint32(ref):]
	n, size := uint64(0), 0
	for shift := 0; ; shift += 7 {
		c := b[size]
		size++
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			break
		}
	}
	if n == 0 {
		return ""
	}
	return unsafe.String(&b[size], int(n))
}

func (in *Interner) store(v Value) uint64 {
	kind := uint64(v.kind) << refKindBits
	if !textKind(v.kind) {
		in.comps = append(in.comps, v)
		return kind | uint64(len(in.comps)-1)
	}
	need := len(v.s) + (bits.Len(uint(len(v.s))|1)+6)/7
	last := len(in.arena) - 1
	if last < 0 || cap(in.arena[last])-len(in.arena[last]) < need {
		size := max(need, min(lastChunk, firstChunk<<min(len(in.arena), 16)))
		in.arena = append(in.arena, make([]byte, 0, size))
		in.bytes += size
		last++
	}
	b := in.arena[last]
	ref := kind | uint64(last)<<refChunkPos | uint64(len(b))
	n := len(v.s)
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	in.arena[last] = append(append(b, byte(n)), v.s...)
	return ref
}

// entry is what stands in the place of an id.
func (in *Interner) entry(h uint64, id uint32) uint32 {
	return uint32(h>>32)&^uint32(len(in.index)-1) | (id + 1)
}

// probe finds the id of v, or -1 and the free place where it belongs.
func (in *Interner) probe(v Value, h uint64) (id int, at uint64) {
	mask, tag := uint64(len(in.index)-1), uint32(h>>32)
	for at = h & mask; in.index[at] != 0; at = (at + 1) & mask {
		if e := in.index[at]; (e^tag)&^uint32(mask) == 0 {
			if id := e&uint32(mask) - 1; in.is(id, v) {
				return int(id), at
			}
		}
	}
	return -1, at
}

func (in *Interner) is(id uint32, v Value) bool {
	ref := in.refs[id]
	if Kind(ref>>refKindBits) != v.kind {
		return false
	}
	if textKind(v.kind) {
		return in.text(ref) == v.s
	}
	return Equal(in.comps[uint32(ref)], v)
}

func (in *Interner) grow() {
	in.index = slab.Make[uint32](2*len(in.index), 2*len(in.index))
	mask := uint64(len(in.index) - 1)
	for id := range in.refs {
		h := in.hash(in.Value(Word(id), Invalid))
		at := h & mask
		for in.index[at] != 0 {
			at = (at + 1) & mask
		}
		in.index[at] = in.entry(h, uint32(id))
	}
}

// hash agrees with Equal: records by constructor name, NaN as one value.
func (in *Interner) hash(v Value) uint64 {
	switch {
	case textKind(v.kind):
		return maphash.String(in.seed, v.s) ^ uint64(v.kind)
	case v.kind == Float && math.IsNaN(v.Float()):
		return mix(uint64(v.kind))
	}
	h := mix(v.n ^ uint64(v.kind)<<refKindBits)
	if v.kind == Record {
		h ^= maphash.String(in.seed, v.ctor.Name)
	} else if v.s != "" {
		h ^= maphash.String(in.seed, v.s)
	}
	for _, x := range v.xs {
		h = mix(h + in.hash(x))
	}
	return h
}

// mix spreads the bits of a word (the finaliser of splitmix64).
func mix(h uint64) uint64 {
	h += 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
