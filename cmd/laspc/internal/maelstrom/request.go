package maelstrom

import (
	"encoding/json"
	"errors"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/node"
	"github.com/laspc/lasp/runtime/replica"
)

// request is what a client waits for; the Ref of its event.
type request struct {
	client string
	id     *int64
	op     string // the type of the request
}

// request gives a client's message to the input of that name.
func (n *driver) request(e envelope, h head) {
	req := &request{client: e.Src, id: h.MsgID, op: h.Type}
	input := inputOf(n.o.Program, h.Type)
	switch {
	case input == nil && h.Type == "topology":
		// Who should talk to whom is advice; every node talks to every other.
		n.send(e.Src, req.head())
		return
	case input == nil:
		n.send(e.Src, req.fail(codeNotSupported, "the program has no input `"+h.Type+"`"))
		return
	}
	args, err := arguments(n.o.Program, input, e.Body)
	if err != nil {
		n.send(e.Src, req.fail(codeMalformed, err.Error()))
		return
	}
	n.step(replica.Input{Name: h.Type, Args: args, Ref: req})
}

func inputOf(p *ir.Program, name string) *ir.Input {
	for _, in := range p.Inputs {
		if in.Name == name {
			return in
		}
	}
	return nil
}

// arguments takes the parameters of an input from the fields of a body. Other
// fields belong to the protocol.
func arguments(p *ir.Program, in *ir.Input, body []byte) ([]value.Value, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, err
	}
	args := map[string]json.RawMessage{}
	for _, f := range in.Params {
		switch raw, ok := fields[f.Name]; {
		case ok:
			args[f.Name] = raw
		case f.Type.Con == "Option":
			args[f.Name] = json.RawMessage("null")
		}
	}
	text, err := json.Marshal(args)
	if err != nil {
		return nil, err
	}
	return node.ReadInput(p, in.Name, text)
}

func (r *request) head() head { return head{Type: r.op + "_ok", InReplyTo: r.id} }

func (r *request) fail(code int, text string) errorBody {
	return errorBody{Type: "error", InReplyTo: r.id, Code: code, Text: text}
}

// answer is the body that tells the client how its request went.
func (r *request) answer(reply *replica.Reply) any {
	var refused *replica.Error
	switch {
	case errors.As(reply.Err, &refused):
		return r.fail(codeOf(refused), refused.Error())
	case reply.Err != nil:
		return r.fail(codeCrash, reply.Err.Error())
	case !reply.Value.IsValid():
		return r.head()
	}
	body := map[string]any{"type": r.op + "_ok", "in_reply_to": r.id}
	text, err := json.Marshal(reply.Value)
	if err != nil {
		return r.fail(codeCrash, err.Error())
	}
	var fields map[string]json.RawMessage
	if reply.Value.Kind() != value.Record || json.Unmarshal(text, &fields) != nil || fields["$"] != nil {
		fields = map[string]json.RawMessage{"value": text}
	}
	for name, v := range fields {
		body[name] = v
	}
	return body
}

// codeOf is the code for a refusal of the replica. All of them leave nothing
// behind, but for the one that says that it does not know.
func codeOf(e *replica.Error) int {
	switch {
	case e.Code == op.Failed:
		return codeOfFailure(e.Message)
	case e.Code == replica.CodeUndecided:
		return codeUnknownOutcome
	case e.Code == replica.CodeNoMajority:
		return codeUnavailable
	case e.Code < "L06": // an error of the program: the handler ended without an effect
		return codeAbort
	}
	return codeUnavailable
}
