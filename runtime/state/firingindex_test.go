package state

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/laspc/lasp/lang/lattice"
)

// The index of firings finds what a map finds, whatever the hashes: spread, all in
// one place, and alike in all that the table keeps of them.
func TestFiringIndexIsAMap(t *testing.T) {
	for name, key := range map[string]func(r *rand.Rand) (k [16]byte){
		"spread": func(r *rand.Rand) (k [16]byte) {
			binary.LittleEndian.PutUint64(k[:], r.Uint64())
			return k
		},
		"one place": func(r *rand.Rand) (k [16]byte) {
			binary.LittleEndian.PutUint64(k[:], r.Uint64N(300)<<40|7)
			return k
		},
		"one hash": func(r *rand.Rand) (k [16]byte) {
			k[15] = byte(r.Uint32())
			return k
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			var f firings
			twin := map[lattice.Firing]uint32{}
			for range 3000 {
				id := lattice.Firing{Handler: [16]byte{byte(r.Uint32N(2))}, Key: key(r)}
				want, known := twin[id]
				if n, got := f.find(id); got != known || known && n != want {
					t.Fatalf("%v is %d, %v, want %d, %v", id, n, got, want, known)
				}
				if r.Uint32N(3) == 0 {
					continue
				}
				if !known {
					want = uint32(len(twin))
					twin[id] = want
				}
				if n := f.number(id); n != want {
					t.Fatalf("%v is numbered %d, want %d", id, n, want)
				}
			}
			if f.list.n != len(twin) || len(twin) < 100 {
				t.Fatalf("%d firings, want %d", f.list.n, len(twin))
			}
		})
	}
}
