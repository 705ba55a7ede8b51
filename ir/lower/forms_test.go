package lower_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/stdlib"
)

// compiled calls f with every example program.
func compiled(t *testing.T, f func(t *testing.T, p *ir.Program)) {
	for _, file := range examples(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(file), func(t *testing.T) { f(t, compile(t, filepath.Base(file), string(text))) })
	}
}

func encode(t testing.TB, p *ir.Program) []byte {
	t.Helper()
	b, err := ir.Encode(p)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestTextReadsBack: Parse gives back what Print wrote, to the byte of the
// artifact and to the hash of every node.
func TestTextReadsBack(t *testing.T) {
	compiled(t, func(t *testing.T, p *ir.Program) {
		text := ir.Print(p)
		again, err := ir.Parse(text, stdlib.Table())
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if got := ir.Print(again); got != text {
			t.Errorf("printed again it is\n%s\ninstead of\n%s", got, text)
		}
		if !bytes.Equal(encode(t, p), encode(t, again)) {
			t.Error("the artifact differs")
		}
		same(t, p, again)
	})
}

// TestArtifactReadsBack: Decode gives back what Encode wrote.
func TestArtifactReadsBack(t *testing.T) {
	compiled(t, func(t *testing.T, p *ir.Program) {
		again, err := ir.Decode(encode(t, p))
		if err != nil {
			t.Fatal(err)
		}
		if err := ir.Verify(again, stdlib.Table()); err != nil {
			t.Fatal(err)
		}
		if got, want := ir.Print(again), ir.Print(p); got != want {
			t.Errorf("printed again it is\n%s\ninstead of\n%s", got, want)
		}
		same(t, p, again)
	})
}

// same compares what is not part of the text: hashes, bodies, views.
func same(t *testing.T, p, q *ir.Program) {
	t.Helper()
	for i, n := range p.Nodes {
		m := q.Nodes[i]
		if n.Hash != m.Hash || len(n.Views) != len(m.Views) || len(n.Body) != len(m.Body) || n.Rec != m.Rec {
			t.Errorf("node n%d differs: %+v and %+v", i, n, m)
		}
	}
	for i, h := range p.Handlers {
		if h.ID != q.Handlers[i].ID || h.Slots != q.Handlers[i].Slots {
			t.Errorf("handler %s differs", h.Name)
		}
	}
}

// seal puts the right hash into an artifact whose contents were changed, as
// somebody who wants it to be read would.
func seal(artifact []byte) []byte {
	sum := sha256.Sum256(artifact[42:])
	copy(artifact[10:], sum[:])
	return artifact
}

// TestBadArtifacts: whatever is done to an artifact, it is refused for a named
// reason and never crashes; changed contents under a right hash are refused or
// are a program that holds together.
func TestBadArtifacts(t *testing.T) {
	text, err := os.ReadFile("../../examples/ads/ads.lasp")
	if err != nil {
		t.Fatal(err)
	}
	good := encode(t, compile(t, "ads.lasp", string(text)))
	for n := range good {
		if _, err := ir.Decode(good[:n]); err == nil {
			t.Fatalf("cut off after %d bytes it is read", n)
		}
	}
	for _, c := range []struct {
		name   string
		change func([]byte) []byte
		want   error
	}{
		{"empty", func([]byte) []byte { return nil }, ir.ErrTruncated},
		{"source text", func([]byte) []byte { return text }, ir.ErrNotArtifact},
		{"version", func(b []byte) []byte { binary.BigEndian.PutUint16(b[8:], 99); return b }, ir.ErrVersion},
		{"flipped", func(b []byte) []byte { b[len(b)/2] ^= 1; return b }, ir.ErrDamaged},
		{"longer", func(b []byte) []byte { return append(b, 0) }, ir.ErrDamaged},
		{"longer, sealed", func(b []byte) []byte { return seal(append(b, 0)) }, ir.ErrMalformed},
		{"huge length", func(b []byte) []byte {
			return seal(append(b[:42], 0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))
		}, ir.ErrMalformed},
		{"huge", func(b []byte) []byte { return append(b, make([]byte, ir.MaxArtifact)...) }, ir.ErrTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ir.Decode(c.change(bytes.Clone(good)))
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	for i := 42; i < len(good); i++ {
		for _, bit := range []byte{1, 0x10, 0x80} {
			b := bytes.Clone(good)
			b[i] ^= bit
			readable(t, seal(b))
		}
	}
}

// readable reads an artifact; where that works, the program must verify or be
// refused, and must survive its own text form.
func readable(t testing.TB, artifact []byte) {
	p, err := ir.Decode(artifact)
	if err != nil {
		return
	}
	if ir.Verify(p, stdlib.Table()) != nil {
		return
	}
	if !bytes.Equal(encode(t, p), artifact) {
		t.Error("an artifact in another than the canonical form was read")
	}
	ir.Print(p)
}

// FuzzDecode reads arbitrary contents under a right header.
func FuzzDecode(f *testing.F) {
	files, _ := filepath.Glob("../../examples/*/*.lasp")
	for _, file := range files {
		if filepath.Base(filepath.Dir(file)) == "rejected" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(encode(f, compile(f, filepath.Base(file), string(text))))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		readable(t, b)
		if len(b) > 42 {
			readable(t, seal(bytes.Clone(b)))
		}
	})
}
