package wire

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
)

var hash = bytes.Repeat([]byte{7}, 32)

var samples = []Message{
	&Hello{Node: "a", Inc: 3, Clock: 17, Version: 2, Hash: hash, Vectors: []GroupVector{{Vector: []byte{1}}, {Group: "eu", Vector: []byte{2, 3}, Sum: hash[:16]}}},
	&Hello{Node: "b", Order: 7, Decided: 3},
	&Retired{Node: "c", Inc: 4, Accepted: []GroupVector{{Vector: []byte{1}}}},
	&Batch{Clock: 9, Group: "eu", Delta: []byte("delta")},
	&Batch{Delta: []byte{0}, Whole: true},
	&Vectors{Clock: 1, Vectors: []GroupVector{{Vector: []byte{1, 2}, Sum: hash[:16]}}, Answer: true},
	&ProgramWant{Hash: hash},
	&Program{Artifact: []byte("artifact")},
	&Ping{N: 1 << 60, Clock: 5},
	&Pong{N: 2},
	&Order{Kind: OrderAsk, From: "n1", Hops: 3, Genesis: 1 << 50, Body: []byte("a request")},
	&Order{Kind: OrderPoke, From: "n1", To: "n2"},
	&Release{N: 3, Clock: 4, Group: "2/17", Members: []byte{1}, Vector: []byte{0xa0}, Ready: true},
	&Keep{N: 3, Clock: 4, Group: "@eu"},
	&Ask{N: 1, Clock: 2, Program: make([]byte, 32), Call: &Call{Req: "r", Input: "put", Args: [][]byte{{1}}, Seed: Seed{A: 9, B: 1}}},
	&Ask{N: 1, Program: make([]byte, 32), Call: &Call{Writes: []Mutation{{Cell: "kv", Keys: [][]byte{{1}}, Op: "set", Args: [][]byte{{2}}}}}},
	&Ask{N: 1, Program: make([]byte, 32), Read: &Read{Cell: "kv", Keys: [][]byte{{1}}}},
	&Ask{N: 1, Program: make([]byte, 32), Fetch: "2/17"},
	&Ask{N: 1, Program: make([]byte, 32), Write: &Write{ID: "x", Group: "2/17", Clock: 5, Firing: make([]byte, 32), Writes: []Mutation{{Cell: "kv", Op: "remove"}}}},
	&Ask{N: 1, Program: make([]byte, 32), Eval: []byte{0xa0}},
	&Answer{N: 1, Clock: 2, Value: []byte{1}, Deltas: [][]byte{{1}, {2}}},
	&Answer{N: 1, Err: &Failure{Code: "L0625", Message: "m", Hint: "h", At: "a"}, Away: true},
}

func TestMessagesComeBackAndAreCanonical(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range samples {
		seen[Name(m)] = true
		data := Encode(m)
		got, err := Decode(data)
		if err != nil {
			t.Fatalf("%s: %v", Name(m), err)
		}
		if !bytes.Equal(Encode(got), data) {
			t.Errorf("%s: %+v came back as %+v", Name(m), m, got)
		}
	}
	for _, r := range rows[1:] {
		if !seen[r.name] {
			t.Errorf("no sample of message %q", r.name)
		}
	}
}

// Every truncation and every flipped bit is refused or read as some message;
// nothing panics.
func TestDamagedMessages(t *testing.T) {
	for _, m := range samples {
		data := Encode(m)
		for n := range data {
			if _, err := Decode(data[:n]); err == nil {
				t.Errorf("%s cut to %d of %d bytes is read", Name(m), n, len(data))
			}
		}
		for bit := range 8 * len(data) {
			flipped := bytes.Clone(data)
			flipped[bit/8] ^= 1 << (bit % 8)
			_, _ = Decode(flipped)
		}
		if _, err := Decode(append(bytes.Clone(data), 0)); err == nil {
			t.Errorf("%s with a byte behind it is read", Name(m))
		}
	}
}

func TestRefusalsSayWhatIsWrong(t *testing.T) {
	long := strings.Repeat("x", 300)
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "too short"},
		{"zeros", make([]byte, 10), "not a message"},
		{"later message", []byte{20, 1, 0xa0}, "later version of laspc"},
		{"later version", []byte{1, 9, 0xa0}, "later version of laspc"},
		{"no fields", []byte{1, 1}, "cannot be read"},
		{"no name", Encode(&Hello{}), "name has 0 bytes"},
		{"long name", Encode(&Hello{Node: long}), "name has 300 bytes"},
		{"short hash", Encode(&ProgramWant{Hash: []byte{1}}), "instead of 32"},
		{"negative clock", Encode(&Batch{Clock: -1}), "out of range"},
		{"groups twice", Encode(&Vectors{Vectors: []GroupVector{{Group: "a"}, {Group: "a"}}}), "not in order"},
		{"short sum", Encode(&Vectors{Vectors: []GroupVector{{Sum: []byte{1}}}}), "sum has 1 bytes instead of 16"},
		{"huge length", []byte{7, 1, 0xa1, 1, 0x5b, 0x7f, 255, 255, 255, 255, 255, 255, 255}, "cannot be read"},
		{"nothing asked", Encode(&Ask{Program: make([]byte, 32)}), "0 things"},
		{"two things asked", Encode(&Ask{Program: make([]byte, 32), Fetch: "2/1", Eval: []byte{1}}), "2 things"},
		{"no program asked", Encode(&Ask{Fetch: "2/1"}), "instead of 32"},
		{"a write of nobody", Encode(&Ask{Program: make([]byte, 32), Write: &Write{Firing: []byte{1}}}), "no proper identity"},
		{"no artifact", Encode(&Program{}), "empty"},
	} {
		_, err := Decode(c.data)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want something with %q", c.name, err, c.want)
		}
	}
	if _, err := Decode([]byte{20, 1, 0xa0}); !errors.Is(err, ErrUnknown) {
		t.Errorf("a later message is not ErrUnknown: %v", err)
	}
}

func TestRecords(t *testing.T) {
	r := &Record{Clock: 4, Deltas: []GroupDelta{{"", []byte{1}}, {"local", []byte{2}}}, Artifact: []byte("a"), Timers: []Timer{{"on every 5s", 12}}}
	got, err := DecodeRecord(EncodeRecord(r))
	if err != nil || !reflect.DeepEqual(got, r) {
		t.Errorf("%+v came back as %+v, %v", r, got, err)
	}
	data := EncodeRecord(r)
	for n := range data {
		if _, err := DecodeRecord(data[:n]); err == nil {
			t.Errorf("a record cut to %d bytes is read", n)
		}
	}
	data[0] = 9
	if _, err := DecodeRecord(data); !errors.Is(err, ErrUnknown) {
		t.Errorf("a later record is not ErrUnknown: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, m := range samples {
		f.Add(Encode(m))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Decode(data)
		if err != nil {
			return
		}
		again, err := Decode(Encode(m))
		if err != nil {
			t.Fatalf("%+v is not read back: %v", m, err)
		}
		if !bytes.Equal(Encode(again), Encode(m)) {
			t.Fatalf("%+v came back as %+v", m, again)
		}
	})
}

func FuzzDecodeRecord(f *testing.F) {
	f.Add(EncodeRecord(&Record{Clock: 1, Deltas: []GroupDelta{{"", []byte{1}}}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := DecodeRecord(data); err == nil {
			if _, err := DecodeRecord(EncodeRecord(r)); err != nil {
				t.Fatalf("%+v is not read back: %v", r, err)
			}
		}
	})
}

// TestTurnsAreEncodedAsTheirForm holds the form that is written by hand against
// Marshal.
func TestTurnsAreEncodedAsTheirForm(t *testing.T) {
	for _, r := range []Record{
		{}, {Clock: 1}, {Clock: -1 << 62}, {Clock: 1 << 62, Deltas: []GroupDelta{{"", []byte{1, 2}}}},
		{Deltas: []GroupDelta{{"@eu", bytes.Repeat([]byte{7}, 300)}, {"2/17", []byte{}}, {"", nil}}},
	} {
		if got, want := EncodeRecord(&r), append([]byte{recordVersion}, marshal(&r)...); !bytes.Equal(got, want) {
			t.Errorf("%+v is %x, want %x", r, got, want)
		}
	}
}
