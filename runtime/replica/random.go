package replica

import "fmt"

// splitmix is the generator behind random() and fresh(): small, fast, and the
// same everywhere. Its seed comes with the event, so that an event replayed
// from the log, or the same step of a test, has the same facts.
type splitmix uint64

func (s *splitmix) next() uint64 {
	*s += 0x9e3779b97f4a7c15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (s *splitmix) float() float64 { return float64(s.next()>>11) / (1 << 53) }

// text is 128 bits in hexadecimal.
func (s *splitmix) text() string { return fmt.Sprintf("%016x%016x", s.next(), s.next()) }
