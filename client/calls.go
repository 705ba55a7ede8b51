package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Answer is what an input was answered with.
type Answer struct {
	OK    bool            `json:"ok"`
	Reply json.RawMessage `json:"reply"` // nil without a reply
	Error *Error          `json:"error"`
}

// Input gives an event to the program: args is a map or struct of arguments by
// name, or a slice in declared order. It returns the reply, nil without one, once
// the effects are durable on the node that took it. With an empty key a new one
// is made. Many may wait at once; what they send travels together.
func (c *Client) Input(ctx context.Context, key, name string, args any) (json.RawMessage, error) {
	if key == "" {
		key = c.newKey()
	}
	body, err := json.Marshal(args)
	if err != nil {
		return nil, err
	}
	if len(name)+len(key)+len(body) <= maxLine {
		reply, err := c.streamInput(ctx, key, name, body)
		if !errors.Is(err, errNoStreams) {
			return reply, err
		}
	}
	var a Answer
	err = c.post(ctx, "/v1/inputs/"+escape(name), key, json.RawMessage(body), &a)
	return a.Reply, err
}

// Event is one event of a batch: an input with its arguments, or an operation
// on a cell.
type Event struct {
	Input string `json:"input,omitempty"`
	Cell  string `json:"cell,omitempty"`
	Keys  []any  `json:"keys,omitempty"`
	Op    string `json:"op,omitempty"`
	Args  any    `json:"args,omitempty"`
	ID    string `json:"id,omitempty"` // its Idempotency-Key
}

// Batch sends events and returns their answers, in order. An event that was
// refused has an Error in its answer; an error of Batch means that the answers
// are not complete.
func (c *Client) Batch(ctx context.Context, key string, events []Event) ([]Answer, error) {
	if key == "" {
		key = NewKey()
	}
	var body strings.Builder
	enc := json.NewEncoder(&body)
	for _, e := range events {
		if err := enc.Encode(e); err != nil {
			return nil, err
		}
	}
	answers, err := c.Lines(ctx, key, []byte(body.String()))
	if err == nil && len(answers) != len(events) {
		err = fmt.Errorf("the node answered %d of %d events", len(answers), len(events))
	}
	return answers, err
}

// Lines sends events as JSON lines, as in an events file.
func (c *Client) Lines(ctx context.Context, key string, body []byte) ([]Answer, error) {
	r := call{method: http.MethodPost, path: "/v1/inputs", media: "application/x-ndjson", body: body}
	if key != "" {
		r.header = map[string]string{"Idempotency-Key": key}
	}
	resp, err := c.do(ctx, r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var answers []Answer
	dec := json.NewDecoder(resp.Body)
	for {
		var a Answer
		if err := dec.Decode(&a); errors.Is(err, io.EOF) {
			return answers, nil
		} else if err != nil {
			return answers, fmt.Errorf("the answer of the node broke off: %w", err)
		}
		answers = append(answers, a)
	}
}

// Shown is a value with its name: as JSON, or as text where that was asked for.
type Shown struct {
	Show  string          `json:"show,omitempty"`
	Cell  string          `json:"cell,omitempty"`
	Class string          `json:"class,omitempty"`
	Type  string          `json:"type,omitempty"`
	Value json.RawMessage `json:"value,omitempty"`
	Text  string          `json:"text,omitempty"`
}

// Form is how values are wanted.
type Form string

// The forms.
const (
	JSON Form = ""
	Text Form = "?form=text"
)

// Shows returns everything that the program shows.
func (c *Client) Shows(ctx context.Context, f Form) ([]Shown, error) {
	var out struct {
		Shows []Shown `json:"shows"`
	}
	err := c.get(ctx, "/v1/shows"+string(f), &out)
	return out.Shows, err
}

// Show returns one view.
func (c *Client) Show(ctx context.Context, name string, f Form) (s Shown, err error) {
	err = c.get(ctx, "/v1/shows/"+escape(name)+string(f), &s)
	return s, err
}

// Cell returns the view of a cell.
func (c *Client) Cell(ctx context.Context, name string, f Form) (s Shown, err error) {
	err = c.get(ctx, "/v1/cells/"+escape(name)+string(f), &s)
	return s, err
}

// Query evaluates an expression on what the node holds.
func (c *Client) Query(ctx context.Context, expr string, f Form) (s Shown, err error) {
	err = c.post(ctx, "/v1/query"+string(f), "", map[string]string{"expr": expr}, &s)
	return s, err
}

// Deploy activates a program given as an artifact and returns its version. It takes
// the place of version over, or, with 0, of the one that is active at the node
// which answers; where another one is active by then, the error has the code L0634
// and nothing was done. It is done once, whichever nodes it is sent to.
func (c *Client) Deploy(ctx context.Context, artifact []byte, over uint64) (version uint64, err error) {
	var out struct {
		Version uint64 `json:"version"`
	}
	path := "/v1/programs"
	if over != 0 {
		path += fmt.Sprintf("?over=%d", over)
	}
	err = c.json(ctx, call{method: http.MethodPost, path: path, media: "application/octet-stream", body: artifact, header: map[string]string{"Idempotency-Key": NewKey()}}, &out)
	return out.Version, err
}

// PlanRow is what deploying a program would do to one part of it.
type PlanRow struct {
	What   string `json:"what"`   // cell, output, definition or handler
	Name   string `json:"name"`   // as declared
	Change string `json:"change"` // kept, changed, new, gone or refused
	At     string `json:"at"`     // file:line:column
	Why    string `json:"why"`    // the reason where it is refused
	Fires  int    `json:"fires"`  // keys for which a handler would fire at once
}

// Plan is what deploying a program would change at the node that answers.
type Plan struct {
	Version uint64    `json:"version"` // that it would get
	Same    bool      `json:"same"`    // this very program is active
	Rows    []PlanRow `json:"rows"`
}

// Plan says what deploying an artifact would change, and changes nothing.
func (c *Client) Plan(ctx context.Context, artifact []byte) (p Plan, err error) {
	err = c.json(ctx, call{method: http.MethodPost, path: "/v1/programs?plan=1", media: "application/octet-stream", body: artifact}, &p)
	return p, err
}

// Retire takes nodes that are gone for good out of the cluster's members: others
// take over the places that they held, nothing that is agreed waits for them, and
// what they did and told nobody is not taken from them any more.
func (c *Client) Retire(ctx context.Context, nodes ...string) error {
	return c.post(ctx, "/v1/retire", NewKey(), map[string][]string{"nodes": nodes}, nil)
}

// Rollback activates the program before the active one and returns its new
// version. It is done once, whichever nodes it is sent to.
func (c *Client) Rollback(ctx context.Context) (version uint64, err error) {
	var out struct {
		Version uint64 `json:"version"`
	}
	err = c.post(ctx, "/v1/rollback", NewKey(), struct{}{}, &out)
	return out.Version, err
}

// Program is a version of the deployed program.
type Program struct {
	Name    string `json:"name"`
	Version uint64 `json:"version"`
	Hash    string `json:"hash"`
	Active  bool   `json:"active"`
	By      string `json:"by,omitempty"` // the node that was told to deploy it
	// Failed says why, by node, where the version could not be started.
	Failed map[string]string `json:"failed,omitempty"`
}

// Programs lists the deployed programs.
func (c *Client) Programs(ctx context.Context) ([]Program, error) {
	var out struct {
		Programs []Program `json:"programs"`
	}
	err := c.get(ctx, "/v1/programs", &out)
	return out.Programs, err
}

// Member is a node of the cluster as the node that answers knows it.
type Member struct {
	Name        string   `json:"name"`
	Addr        string   `json:"addr"`
	API         string   `json:"api"`
	Tags        []string `json:"tags"`
	Incarnation uint64   `json:"incarnation"`
	State       string   `json:"state"` // self, linked, alive or dead
	Linked      bool     `json:"linked"`
}

// Members lists the nodes of the cluster, the one that answers first.
func (c *Client) Members(ctx context.Context) ([]Member, error) {
	var out struct {
		Members []Member `json:"members"`
	}
	err := c.get(ctx, "/v1/members", &out)
	return out.Members, err
}

// Status is how a node is doing.
type Status struct {
	Node        string  `json:"node"`
	Incarnation uint64  `json:"incarnation"`
	Why         string  `json:"incarnation_is"`
	Cluster     string  `json:"cluster"`
	Addr        string  `json:"addr"`
	API         string  `json:"api"`
	Data        string  `json:"data"`
	Durability  string  `json:"durability"`
	Uptime      float64 `json:"uptime_seconds"`
	CutOff      bool    `json:"cut_off"`
	ReadOnly    string  `json:"read_only"` // why it takes no inputs; empty when it does
	Digest      string  `json:"digest,omitempty"`
	Replica     struct {
		Version  uint64   `json:"version"`
		Hash     string   `json:"hash"`
		Turns    uint64   `json:"turns"` // known, of all nodes
		Unsynced bool     `json:"unsynced"`
		Holds    []string `json:"holds"`  // placed groups: "2/17" is shard 17 of two replicas, "@eu" a tag
		Moving   []string `json:"moving"` // those that come or go
		Tags     []string `json:"tags"`
		Outbox   int      `json:"outbox"` // writes that wait for a holder
		Requests struct {
			Remembered int      `json:"remembered"` // one by one, of those that count
			WaitsFor   []string `json:"waits_for"`  // members without which old ones cannot be forgotten
		} `json:"requests"`
		Escrow *struct {
			Refused uint64   `json:"refused"` // operations, for want of rights
			Moved   uint64   `json:"moved"`   // turns in which rights were asked for or moved
			Unheard []string `json:"unheard"` // members that rights of earlier lives wait for
		} `json:"escrow"` // nil where the program has no bounded counters
		Peers []struct {
			Name    string `json:"name"`
			Linked  bool   `json:"linked"`
			Lacks   uint64 `json:"lacks"` // turns that it has not acknowledged
			Version uint64 `json:"version"`
			Differs bool   `json:"differs"` // holds another state for good, see L0609
		} `json:"peers"`
	} `json:"replica"`
	// Order is the node's part in the agreed order, nil where no program needs one.
	Order    *Order           `json:"order"`
	Counters map[string]int64 `json:"counters"`
}

// Order is a node's part in the agreed order.
type Order struct {
	Leader   string   `json:"leader"` // empty while none is known
	Term     uint64   `json:"term"`
	Entries  uint64   `json:"entries"` // applied since the node started
	Decided  uint64   `json:"decided"` // requests in them
	Voters   []string `json:"voters"`
	Members  []string `json:"members"`
	Missing  []string `json:"missing"`   // voters that cannot be reached
	WaitsFor []string `json:"waits_for"` // members that a barrier waits for
	Sealing  []string `json:"sealing"`   // cells that are being sealed
	Points   []struct {
		At      string  `json:"at"` // file:line:column
		Done    uint64  `json:"done"`
		Refused uint64  `json:"refused"`
		Waiting int     `json:"waiting"`
		Mean    float64 `json:"mean_seconds"`
		Slowest float64 `json:"slowest_seconds"`
	} `json:"points"`
}

// Status tells how the node is doing; with digest also a hash of its state.
func (c *Client) Status(ctx context.Context, digest bool) (s Status, err error) {
	path := "/v1/status"
	if digest {
		path += "?digest=1"
	}
	err = c.get(ctx, path, &s)
	return s, err
}

// Ready reports whether the node should be given work.
func (c *Client) Ready(ctx context.Context) (bool, error) {
	err := c.get(ctx, "/readyz", nil)
	var e *Error
	if errors.As(err, &e) && e.Status == http.StatusServiceUnavailable {
		return false, nil
	}
	return err == nil, err
}

// Cut cuts the node off from all others, or connects it again.
func (c *Client) Cut(ctx context.Context, cut bool) error {
	return c.post(ctx, "/v1/cut", "", map[string]bool{"cut": cut}, nil)
}

// Leave takes the node out of the cluster; it stops.
func (c *Client) Leave(ctx context.Context) error {
	return c.post(ctx, "/v1/leave", "", map[string]bool{}, nil)
}

// StreamEvent is one server-sent event.
type StreamEvent struct {
	ID, Name string
	Data     json.RawMessage
}

// Watch follows a show: f gets its value and then each change, until it returns
// an error or the context ends.
func (c *Client) Watch(ctx context.Context, name string, form Form, f func(Shown) error) error {
	return c.stream(ctx, "/v1/watch/"+escape(name)+string(form), "", func(e StreamEvent) error {
		var s Shown
		if err := json.Unmarshal(e.Data, &s); err != nil {
			return err
		}
		return f(s)
	})
}

// Outputs follows an output from the value after the one with the id `after`
// on, or from the first when that is empty.
func (c *Client) Outputs(ctx context.Context, name, after string, f func(StreamEvent) error) error {
	return c.stream(ctx, "/v1/outputs/"+escape(name), after, f)
}

// maxEvent bounds one server-sent event, in bytes.
const maxEvent = 256 << 20

func (c *Client) stream(ctx context.Context, path, after string, f func(StreamEvent) error) error {
	r := call{method: http.MethodGet, path: path}
	if after != "" {
		r.header = map[string]string{"Last-Event-ID": after}
	}
	resp, err := c.do(ctx, r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var e StreamEvent
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(make([]byte, 64<<10), maxEvent)
	for lines.Scan() {
		key, text, _ := strings.Cut(lines.Text(), ": ")
		switch key {
		case "id":
			e.ID = text
		case "event":
			e.Name = text
		case "data":
			e.Data = json.RawMessage(text)
		case "":
			if e.Name == "" || e.Data == nil {
				continue
			}
			if err := deliver(e, f); err != nil {
				return err
			}
			e = StreamEvent{}
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("the stream of events broke off: %w", err)
	}
	return errors.New("the node ended the stream of events")
}

func deliver(e StreamEvent, f func(StreamEvent) error) error {
	if e.Name != "error" {
		return f(e)
	}
	var body struct {
		Error Error `json:"error"`
	}
	if err := json.Unmarshal(e.Data, &body); err != nil {
		return err
	}
	return &body.Error
}
