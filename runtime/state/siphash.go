package state

import "math/bits"

// sum is a number of 128 bits. Sums wrap around, so that what is added can be
// taken out again, in any order.
type sum struct{ hi, lo uint64 }

func (s *sum) add(o sum) {
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, o.lo, 0)
	s.hi, _ = bits.Add64(s.hi, o.hi, carry)
}

func (s *sum) sub(o sum) {
	var borrow uint64
	s.lo, borrow = bits.Sub64(s.lo, o.lo, 0)
	s.hi, _ = bits.Sub64(s.hi, o.hi, borrow)
}

// sipKey is the key of all sums. It is the same everywhere and no secret:
// members of a cluster trust each other, and a sum guards against accidents.
var sipKey = [2]uint64{0x706c6c6163736c61, 0x74736574617473}

// sipHash is SipHash-2-4 with 128 bits of output (Aumasson and Bernstein 2012),
// of whole words, little-endian.
func sipHash(k0, k1 uint64, words []uint64) sum { return sipBegin(k0, k1).then(words).end(len(words)) }

// sip is the state of a hash of which some words are in. What the hashes of a table
// begin with is taken in once and gone on from.
type sip struct{ v0, v1, v2, v3 uint64 }

func sipBegin(k0, k1 uint64) sip {
	return sip{k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d ^ 0xee, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573}
}

// then takes words in.
func (s sip) then(words []uint64) sip {
	v0, v1, v2, v3 := s.v0, s.v1, s.v2, s.v3
	for _, w := range words {
		v3 ^= w
		v0, v1, v2, v3 = sipRound(v0, v1, v2, v3)
		v0, v1, v2, v3 = sipRound(v0, v1, v2, v3)
		v0 ^= w
	}
	return sip{v0, v1, v2, v3}
}

// end is the hash once all of n words are in.
func (s sip) end(n int) sum {
	v0, v1, v2, v3 := s.v0, s.v1, s.v2, s.v3
	last := uint64(n) * 8 << 56
	v3 ^= last
	v0, v1, v2, v3 = sipRound(v0, v1, v2, v3)
	v0, v1, v2, v3 = sipRound(v0, v1, v2, v3)
	v0 ^= last
	v2 ^= 0xee
	for range 4 {
		v0, v1, v2, v3 = sipRound(v0, v1, v2, v3)
	}
	lo := v0 ^ v1 ^ v2 ^ v3
	v1 ^= 0xdd
	for range 4 {
		v0, v1, v2, v3 = sipRound(v0, v1, v2, v3)
	}
	return sum{hi: v0 ^ v1 ^ v2 ^ v3, lo: lo}
}

func sipRound(v0, v1, v2, v3 uint64) (uint64, uint64, uint64, uint64) {
	v0 += v1
	v2 += v3
	v1 = bits.RotateLeft64(v1, 13) ^ v0
	v3 = bits.RotateLeft64(v3, 16) ^ v2
	v0 = bits.RotateLeft64(v0, 32)
	v2 += v1
	v0 += v3
	v1 = bits.RotateLeft64(v1, 17) ^ v2
	v3 = bits.RotateLeft64(v3, 21) ^ v0
	return v0, v1, bits.RotateLeft64(v2, 32), v3
}
