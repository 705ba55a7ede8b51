package node_test

import (
	"encoding/json"
	"testing"

	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/runtime/node"
)

// bodies is a program whose inputs and cells take arguments of many types.
const bodies = `
type Ad { id: String, publisher: Option[String] }
type Vote = Yes | No | Abstain(reason: String)
shared seen: GSet[Int]
shared best: GMap[String, GMap[Int, Max[Int]]]
shared last: LWW[(Float, List[Duration])]
input all(ad: Ad, v: Vote, t: (Int, Option[Nat]), m: Map[Int, Set[String]], b: Bytes, n: Node)
input none()
on all(ad, v, t, m, b, n) { seen.add(t.0) }
on none() { seen.add(1) }
`

// FuzzBody gives bodies of requests to what reads them: a body is refused with a
// code, or its values have the declared types and are the same again when they
// are written and read once more.
func FuzzBody(f *testing.F) {
	p, err := decode([]byte(bodies))
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		`{}`, `[]`, ``, `null`, `{"ad":{"id":"a","publisher":null},"v":{"$":"Abstain","reason":"ill"},"t":[1,2],"m":[[1,["a"]]],"b":{"$bytes":"AA=="},"n":"n1"}`,
		`{"cell":"seen","op":"add","args":[1]}`, `{"cell":"best","keys":["a",2],"op":"join","args":[3]}`, `{"cell":"last","op":"set","args":[[{"$float":"NaN"},["5s"]]]}`,
		`[[[[[[[[`, `{"input":"all","args":7}`, `{"cell":"best","keys":"a"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, in := range p.Inputs {
			args, err := node.ReadInput(p, in.Name, body)
			if err != nil {
				if node.AsError(err).Code == "L0600" {
					t.Errorf("a body is refused without a code of its own: %v", err)
				}
				continue
			}
			for i, v := range args {
				text := v.AppendJSON(nil)
				again, err := types.FromJSON(in.Params[i].Type, text)
				if err != nil || again.String() != v.String() {
					t.Errorf("%s becomes %v, %v", text, again, err)
				}
			}
		}
		var line node.Line
		if json.Unmarshal(body, &line) == nil {
			if _, err := node.ReadMutation(p, line); err != nil && node.AsError(err).Code == "L0600" {
				t.Errorf("a write is refused without a code of its own: %v", err)
			}
		}
	})
}
