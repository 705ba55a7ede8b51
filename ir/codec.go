package ir

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/laspc/lasp/lang/codec"
)

// An artifact is a program in a file:
//
//	8 bytes   "LASPX\r\n\x1a", which also tells transfers that mangle line ends
//	2 bytes   version of the format, big-endian
//	32 bytes  SHA-256 of all that follows
//	the rest  the program as canonical CBOR (wire.go)
//
// Code is not nested but a table in which parts stand before what they are part
// of, so that decoding needs no deep recursion and its memory is bounded by the
// size of the input.

// FormatVersion is the version of artifacts that this release writes and reads.
const FormatVersion = 1

// MaxArtifact is the largest artifact that is read, in bytes.
const MaxArtifact = 16 << 20

var magic = []byte("LASPX\r\n\x1a")

const headerSize = 8 + 2 + sha256.Size

// Errors that say why an artifact is refused; what Decode returns wraps one.
var (
	ErrNotArtifact = errors.New("this is not an artifact of laspc build")
	ErrVersion     = errors.New("the artifact has another version of the format")
	ErrTruncated   = errors.New("the artifact is cut off")
	ErrDamaged     = errors.New("the artifact is damaged: its contents do not have the hash that it names")
	ErrTooLarge    = errors.New("the artifact is too large")
	ErrMalformed   = errors.New("the artifact is malformed")
)

// Encode writes a program as an artifact. The same program gives the same bytes.
func Encode(p *Program) ([]byte, error) {
	body, err := codec.Marshal(newEncoder(p).program())
	if err != nil {
		return nil, fmt.Errorf("encoding the program: %w", err)
	}
	if len(body)+headerSize > MaxArtifact {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are read", ErrTooLarge, len(body)+headerSize, MaxArtifact)
	}
	sum := sha256.Sum256(body)
	out := binary.BigEndian.AppendUint16(append([]byte(nil), magic...), FormatVersion)
	return append(append(out, sum[:]...), body...), nil
}

// Decode reads an artifact strictly and checks that the program holds together.
// Whoever runs it also calls Verify with the operator table.
func Decode(artifact []byte) (*Program, error) {
	body, err := content(artifact)
	if err != nil {
		return nil, err
	}
	var w wireProgram
	if err := codec.Unmarshal(body, codec.Limits{Bytes: MaxArtifact, Depth: 32}, &w); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	p, err := newDecoder(&w).program()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if err := verifyGraph(p, nil); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	settleAll(p)
	bodies(p)
	rehash(p)
	again, err := codec.Marshal(newEncoder(p).program())
	if err != nil || !bytes.Equal(again, body) {
		return nil, fmt.Errorf("%w: it is not in the canonical form", ErrMalformed)
	}
	return p, nil
}

// content checks the header and returns what follows it.
func content(artifact []byte) ([]byte, error) {
	n := min(len(artifact), len(magic))
	switch {
	case !bytes.Equal(artifact[:n], magic[:n]):
		return nil, ErrNotArtifact
	case len(artifact) < headerSize:
		return nil, ErrTruncated
	case len(artifact) > MaxArtifact:
		return nil, fmt.Errorf("%w: %d bytes, at most %d are read", ErrTooLarge, len(artifact), MaxArtifact)
	}
	if v := binary.BigEndian.Uint16(artifact[8:]); v != FormatVersion {
		return nil, fmt.Errorf("%w: %d, this laspc reads %d; build it again with this release", ErrVersion, v, FormatVersion)
	}
	body := artifact[headerSize:]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], artifact[10:headerSize]) {
		return nil, ErrDamaged
	}
	return body, nil
}

// ContentHash is the hash that an artifact names, which identifies the program;
// ok is false where it is no artifact.
func ContentHash(artifact []byte) (sum [32]byte, ok bool) {
	if _, err := content(artifact); err != nil {
		return sum, false
	}
	copy(sum[:], artifact[10:headerSize])
	return sum, true
}
