package value_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/laspc/lasp/lang/value"
)

// FuzzMembers holds Members against encoding/json: what it accepts is an object
// with the same members, and what it refuses is none, unless a name has to be
// decoded or it is nested too deep.
func FuzzMembers(f *testing.F) {
	for _, seed := range []string{
		`{}`, ` { } `, `{"a":1}`, `{"a":1,"b":[true,false,null,{"c":"d"}]}`, `{"a":-0.5e+7,"a":2}`, `{"n":17,"input":"inc","args":{},"id":"K"}`,
		`{"a":01}`, `{"a":1,}`, `{,}`, `{"a" 1}`, `{"a":}`, `{"a":1}x`, `[]`, ``, `{"a":"\u12g4"}`, `{"a":"\ud800\"\\"}`, `{"a":+1}`, `{"a":1.}`, `{"a":.5}`, `{"a":1e}`,
		"{\"a\":\"\n\"}", `{"a":tru}`, `{"\u0061":1}`, `{"ä":1}`, `{"a":"ä"}`, `{"a":[1 2]}`, `{"a":{"b":1 "c":2}}`, `{"a":{1:2}}`, `{"a":[}`, `{"a":-}`, "{\"a\":\"\x7f\xff\"}",
		`{"a":` + strings.Repeat("[", 1002) + strings.Repeat("]", 1002) + `}`, `{"a":` + strings.Repeat("[", 900) + strings.Repeat("]", 900) + `}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got := map[string]string{}
		ok := value.Members(data, func(name, text []byte) bool {
			got[string(name)] = string(text)
			if s, plain := value.PlainText(text); plain {
				var full string
				if err := json.Unmarshal(text, &full); err != nil || full != string(s) {
					t.Errorf("the text of %s is %q, not %q", text, full, s)
				}
			}
			return true
		})
		var want map[string]json.RawMessage
		err := json.Unmarshal(data, &want)
		isObject := err == nil && want != nil
		if !ok {
			if isObject && !hard(data) {
				t.Errorf("%s is refused", data)
			}
			return
		}
		if !isObject || len(got) != len(want) {
			t.Fatalf("%s is accepted: %v", data, err)
		}
		for name, text := range want {
			if got[name] != string(text) {
				t.Errorf("%s of %s is %q, not %q", name, data, got[name], text)
			}
		}
	})
}

// hard reports whether an object may be left to a full decoder.
func hard(data []byte) bool {
	if bytes.Count(data, []byte("["))+bytes.Count(data, []byte("{")) > 1000 {
		return true
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	for {
		token, err := dec.Token()
		if err != nil {
			return false
		}
		if s, ok := token.(string); ok {
			text, _ := json.Marshal(s)
			if _, plain := value.PlainText(text); !plain {
				return true
			}
		}
		if bytes.Contains(data, []byte(`\`)) {
			return true
		}
	}
}

func TestMembersStopsWhenItIsTold(t *testing.T) {
	var names []string
	ok := value.Members([]byte(`{"a":1,"b":2,"c":3}`), func(name, _ []byte) bool {
		names = append(names, string(name))
		return len(names) < 2
	})
	if ok || strings.Join(names, "") != "ab" {
		t.Errorf("%v, names %v", ok, names)
	}
}

func TestItems(t *testing.T) {
	for text, want := range map[string]string{
		`[]`:                          "",
		` [ ] `:                       "",
		`[1, "a]" ,[2,[3]],{"b":4} ]`: `1|"a]"|[2,[3]]|{"b":4}|`,
		`[null,true,-0.5e3]`:          "null|true|-0.5e3|",
	} {
		got := ""
		if ok := value.Items([]byte(text), func(item []byte) bool { got += string(item) + "|"; return true }); !ok || got != want {
			t.Errorf("%s: %s (%v), want %s", text, got, ok, want)
		}
	}
	for _, text := range []string{``, `[`, `[1`, `[1,]`, `[,1]`, `[1 2]`, `[1] 2`, `{"a":1}`, `[01]`, `["a]`, `[1]]`} {
		if value.Items([]byte(text), func([]byte) bool { return true }) {
			t.Errorf("%s is taken for an array", text)
		}
	}
	n := 0
	if value.Items([]byte(`[1,2,3]`), func([]byte) bool { n++; return n < 2 }) || n != 2 {
		t.Errorf("%d items came, and the second should have been the last", n)
	}
}
