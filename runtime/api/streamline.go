package api

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/node"
)

// appendKnown appends the line of an answer.
func appendKnown(dst []byte, k *known) []byte {
	dst = append(dst, '{')
	if !k.all {
		dst = append(dst, `"n":`...)
		dst = strconv.AppendUint(dst, k.n, 10)
		dst = append(dst, ',')
	}
	switch {
	case k.err != nil:
		fields, status := fieldsOf(k.err)
		text, err := json.Marshal(struct {
			errorFields
			Status int `json:"status"`
		}{fields, status})
		if err != nil {
			text = []byte("{}") // of texts and numbers there is always a form
		}
		dst = append(append(dst, `"error":`...), text...)
	case k.v.IsValid():
		dst = k.v.AppendJSON(append(dst, `"reply":`...))
	default:
		dst = append(dst, `"ok":true`...)
	}
	return append(dst, "}\n"...)
}

// maxNumber is the greatest number of a line, that every JSON reader has
// exactly.
const maxNumber = 1 << 53

// numbered is a line of a stream.
type numbered struct {
	line
	N      *uint64 `json:"n"`
	number uint64  // N, where the line was read
}

// readNumbered reads a line. Its error is one of the stream: there is no number
// to answer it under.
func readNumbered(l *numbered, text []byte) error {
	if quickNumbered(l, text) {
		return nil
	}
	*l = numbered{}
	if err := json.Unmarshal(text, l); err != nil {
		return notAnEvent(err)
	}
	if l.N == nil || *l.N > maxNumber {
		return refuse(http.StatusBadRequest, "L0607", `a line of a stream has a number "n" from 0 to %d`, maxNumber)
	}
	l.number = *l.N
	return nil
}

// quickNumbered reads the lines that clients write; all others are left to
// encoding/json. What it returns is part of text.
func quickNumbered(l *numbered, text []byte) bool {
	has := false
	return value.Members(text, func(name, of []byte) (ok bool) {
		switch string(name) {
		case "n":
			n, err := strconv.ParseUint(string(of), 10, 64)
			ok = !has && err == nil && n <= maxNumber
			l.number, has = n, true
		case "input":
			ok = quickText(&l.Input, of)
		case "id":
			ok = quickText(&l.ID, of)
		case "args":
			ok = l.Args == nil
			l.Args = of
		}
		return ok
	}) && has
}

// quickText reads a text that has no value yet.
func quickText(to *string, text []byte) bool {
	s, ok := value.PlainText(text)
	ok = ok && *to == "" && len(s) > 0
	*to = string(s)
	return ok
}

// requestOf is the request of a line for program p, which is nil where none says
// why.
func requestOf(p *ir.Program, none error, l *numbered) (r node.Request, err error) {
	r = node.Request{Tag: l.number, For: p, ID: l.ID}
	if len(r.ID) > maxKey {
		return r, keyTooLong(r.ID)
	}
	if none != nil {
		return r, none
	}
	r.Input, r.Args, r.Writes, err = l.read(p)
	return r, err
}
