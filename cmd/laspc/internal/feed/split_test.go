package feed

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"testing"
)

// decoded is an event as the decoder alone reads it.
func decoded(text []byte) (l eventLine, ok bool) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	ok = dec.Decode(&l) == nil && !dec.More()
	return l, ok
}

// TestEventsAreSplitAsTheyAreDecoded changes lines at random places: whatever is
// split without the decoder is what the decoder makes of it.
func TestEventsAreSplitAsTheyAreDecoded(t *testing.T) {
	lines := []string{
		`{"cell":"ads2","op":"remove","args":[[82992,1]]}`,
		`{ "cell" : "views", "keys" : ["a", [1, {"b": "]"}]], "op" : "increment", "args" : [ ] , "time" : "1.5s" }`,
		`{"input":"post","args":{"author":"ann","text":"a \"b\" \u00e9"},"at":"c1"}`,
		`{"input":"post","args":null,"Cell":"x"}`,
		`{"cell":"a","cell":"b","keys":[1],"keys":[2],"op":"x"}`,
		`{"op":"x","cell":"é","keys":null}`,
		`{}`,
	}
	rnd := rand.New(rand.NewPCG(5, 6))
	e := schema(t).Events("in.jsonl", bytes.NewReader(nil))
	quick := 0
	for i := range 40_000 {
		text := []byte(lines[i%len(lines)])
		for range rnd.IntN(3) {
			at := rnd.IntN(len(text))
			switch rnd.IntN(3) {
			case 0:
				text[at] = `{}[]",:\ 0-ntak`[rnd.IntN(15)]
			case 1:
				text = append(text[:at], text[at+1:]...)
			default:
				text = append(text[:at], append([]byte{text[rnd.IntN(len(text))]}, text[at:]...)...)
			}
		}
		got, ok := e.quickSplit(text)
		if !ok {
			continue
		}
		quick++
		want, valid := decoded(text)
		same := got.Input == want.Input && got.Cell == want.Cell && got.Op == want.Op && got.At == want.At && got.Time == want.Time &&
			bytes.Equal(got.Keys, want.Keys) && bytes.Equal(got.Args, want.Args)
		if !valid || !same {
			t.Fatalf("%s\nis split as %+v, decoded as %+v (%v)", text, got, want, valid)
		}
	}
	if quick < 10_000 {
		t.Errorf("%d lines only were split without the decoder", quick)
	}
}
