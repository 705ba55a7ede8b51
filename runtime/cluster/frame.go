package cluster

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/laspc/lasp/runtime/wire"
)

// MaxFrame bounds the payload of a frame. A receiver allocates a frame only as
// its bytes arrive, so a huge length costs the sender, not the receiver.
const MaxFrame = wire.MaxMessage

const frameStep = 256 << 10

// writeFrame writes length (4 bytes, big endian) and payload.
func writeFrame(w *bufio.Writer, payload []byte) error {
	if len(payload) > MaxFrame {
		return fmt.Errorf("a frame of %d bytes is above the limit of %d", len(payload), MaxFrame)
	}
	var head [4]byte
	binary.BigEndian.PutUint32(head[:], uint32(len(payload)))
	if _, err := w.Write(head[:]); err != nil {
		return err
	}
	_, err := w.Write(payload)
	return err
}

// readFrame reads one frame of at most limit bytes into memory of its own.
func readFrame(r *bufio.Reader, limit int) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint32(head[:]))
	if n > limit {
		return nil, fmt.Errorf("a frame of %d bytes is above the limit of %d", n, limit)
	}
	payload := make([]byte, 0, min(n, frameStep))
	for len(payload) < n {
		step := min(n-len(payload), max(frameStep, len(payload)))
		at := len(payload)
		payload = append(payload, make([]byte, step)...)
		if _, err := io.ReadFull(r, payload[at:]); err != nil {
			return nil, fmt.Errorf("a frame of %d bytes was cut short: %w", n, err)
		}
	}
	return payload, nil
}
