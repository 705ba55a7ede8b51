package replica

import (
	"encoding/binary"
	"fmt"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/runtime/wire"
)

// Seed makes random() and fresh() of an event. It is as wide as what fresh()
// gives, so that the ids of any number of events differ.
type Seed = wire.Seed

// facts makes random() and fresh(). Its seed comes with the event, so that an
// event replayed from the log, or the same step of a test, has the same facts.
type facts struct {
	a, b, chance splitmix
}

func factsOf(s Seed) facts {
	return facts{splitmix(s.A), splitmix(s.B), splitmix(mix(s, 0).A)}
}

func (f *facts) random() float64 { return float64(f.chance.next()>>11) / (1 << 53) }

// fresh is 128 bits in hexadecimal.
func (f *facts) fresh() string { return fmt.Sprintf("%016x%016x", f.a.next(), f.b.next()) }

// splitmix is a generator that is small, fast, and the same everywhere: after
// Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators.
type splitmix uint64

func (s *splitmix) next() uint64 {
	*s += 0x9e3779b97f4a7c15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// mix takes numbers into a seed, in order. Each half is stirred after every
// number, and the two meet it in different ways, so that what makes one collide
// says nothing about the other.
func mix(s Seed, parts ...uint64) Seed {
	for _, p := range parts {
		a, b := splitmix(s.A^p), splitmix(s.B+p*0xd1342543de82ef95)
		s.A, s.B = a.next(), b.next()
	}
	return s
}

// mixText takes a text into a seed.
func mixText(s Seed, text string) Seed {
	s = mix(s, uint64(len(text)))
	for len(text) > 0 {
		var b [8]byte
		n := copy(b[:], text)
		text = text[n:]
		s = mix(s, binary.LittleEndian.Uint64(b[:]))
	}
	return s
}

// seed begins the seed of something that happens at this node, in this life.
func (c *Core) seed() Seed {
	return mix(mixText(Seed{}, c.actor.Node), c.cfg.Seed, c.actor.Inc)
}

// firingSeed is the seed of a firing, which is the same on every replica that is
// configured alike.
func (c *Core) firingSeed(id lattice.Firing) Seed {
	return mixText(mix(Seed{}, c.cfg.Seed), string(id.Handler[:])+string(id.Key[:]))
}
