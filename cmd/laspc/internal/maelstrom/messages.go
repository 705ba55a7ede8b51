package maelstrom

import (
	"encoding/json"
	"strings"
)

// envelope is a line of the protocol in either direction.
type envelope struct {
	Src  string          `json:"src"`
	Dest string          `json:"dest"`
	Body json.RawMessage `json:"body"`
}

// head is what every body has.
type head struct {
	Type      string `json:"type"`
	MsgID     *int64 `json:"msg_id,omitempty"`
	InReplyTo *int64 `json:"in_reply_to,omitempty"`
}

// initBody is the first message that a node gets.
type initBody struct {
	NodeID  string   `json:"node_id"`
	NodeIDs []string `json:"node_ids"`
}

// peerType is the type of messages between nodes; their content is a message of
// runtime/wire.
const peerType = "lasp"

type peerBody struct {
	Type string `json:"type"`
	Wire []byte `json:"wire"`
}

// errorBody answers a request that failed.
type errorBody struct {
	Type      string `json:"type"`
	InReplyTo *int64 `json:"in_reply_to,omitempty"`
	Code      int    `json:"code"`
	Text      string `json:"text"`
}

// Codes of errors, as the workbench knows them. Of all but two it takes for
// certain that the operation did not happen and never will.
const (
	codeUnknownOutcome = 0 // timeout: it may or may not have happened
	codeNotSupported   = 10
	codeUnavailable    = 11 // temporarily-unavailable
	codeMalformed      = 12
	codeCrash          = 13 // it may or may not have happened
	codeAbort          = 14
)

// failures maps what a program says with `fail("NAME")` or `fail("NAME: more")`
// to codes. What is not in it is an abort.
var failures = map[string]int{
	"not-supported":           codeNotSupported,
	"temporarily-unavailable": codeUnavailable,
	"malformed-request":       codeMalformed,
	"abort":                   codeAbort,
	"key-does-not-exist":      20,
	"key-already-exists":      21,
	"precondition-failed":     22,
	"txn-conflict":            30,
}

// codeOfFailure is the code for the text of a `fail`.
func codeOfFailure(text string) int {
	name, _, _ := strings.Cut(text, ":")
	if code, ok := failures[strings.TrimSpace(name)]; ok {
		return code
	}
	return codeAbort
}
