package cluster

import (
	"bufio"
	"bytes"
	"testing"
)

// FuzzFrame reads frames from any bytes: what is read was written so, and no
// frame is larger than the limit.
func FuzzFrame(f *testing.F) {
	f.Add([]byte{0, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 0})
	f.Add([]byte{255, 255, 255, 255, 1})
	f.Add([]byte{0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		const limit = 1 << 10
		r := bufio.NewReader(bytes.NewReader(data))
		var out bytes.Buffer
		w := bufio.NewWriter(&out)
		for {
			frame, err := readFrame(r, limit)
			if err != nil {
				break
			}
			if len(frame) > limit {
				t.Fatalf("a frame of %d bytes", len(frame))
			}
			if err := writeFrame(w, frame); err != nil {
				t.Fatal(err)
			}
		}
		w.Flush()
		if !bytes.HasPrefix(data, out.Bytes()) {
			t.Fatalf("read %x from %x", out.Bytes(), data)
		}
	})
}
