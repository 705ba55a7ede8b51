package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/laspc/lasp/lang/value"
)

// keepAlive is how often an idle stream of events says something.
const keepAlive = 15 * time.Second

// events is a stream of server-sent events.
type events struct {
	w   http.ResponseWriter
	rc  *http.ResponseController
	req *http.Request
}

func startEvents(w http.ResponseWriter, req *http.Request) *events {
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	return &events{w, http.NewResponseController(w), req}
}

// send writes one event; id may be empty.
func (e *events) send(name, id string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if id != "" {
		fmt.Fprintf(e.w, "id: %s\n", id)
	}
	if _, err := fmt.Fprintf(e.w, "event: %s\ndata: %s\n\n", name, data); err != nil {
		return err
	}
	return e.rc.Flush()
}

// lookAgain is how often a view is read whose changes other nodes make.
const lookAgain = time.Second

// wait returns true when there may be something new, false when the caller has
// gone. Of what other nodes hold nobody tells; it is looked at again.
func (e *events) wait(woken <-chan struct{}, remote bool) bool {
	var again <-chan time.Time
	if remote {
		again = time.After(lookAgain)
	}
	for {
		select {
		case <-woken:
			return true
		case <-again:
			return true
		case <-e.req.Context().Done():
			return false
		case <-time.After(keepAlive):
			if _, err := fmt.Fprint(e.w, ": still here\n\n"); err != nil || e.rc.Flush() != nil {
				return false
			}
		}
	}
}

// fail tells an error of a stream that has begun.
func (e *events) fail(err error) {
	fields, _ := fieldsOf(err)
	e.send("error", "", errorBody{fields}) // an error means that the caller has gone
}

// watch follows a show: first its value, then each value that it changes to.
// Who reads slowly sees fewer of them, always the latest.
func (s *server) watch(w http.ResponseWriter, req *http.Request) error {
	p, err := s.program()
	if err != nil {
		return err
	}
	sh, err := findShow(p, req.PathValue("name"))
	if err != nil {
		return err
	}
	woken, cancel := s.node.WatchShow(sh.Name)
	defer cancel()
	var last value.Value
	stream, name := startEvents(w, req), "snapshot"
	for {
		v, remote, err := s.node.View(req.Context(), sh.Name)
		if err != nil {
			stream.fail(err)
			return nil
		}
		if !last.IsValid() || !value.Equal(last, v) {
			if stream.send(name, "", shown{Show: sh.Name, Class: sh.Class}.with(req, v)) != nil {
				return nil
			}
			last, name = v, "change"
		}
		if !stream.wait(woken, remote) {
			return nil
		}
	}
}

// outputs follows an output: all its values that this node holds and then new
// ones, each with a stable id. A consumer that resumes at the same node with
// Last-Event-ID gets what came after it; elsewhere it gets all again, and knows
// by the ids what it has.
func (s *server) outputs(w http.ResponseWriter, req *http.Request) error {
	p, err := s.program()
	if err != nil {
		return err
	}
	name, names := req.PathValue("name"), []string(nil)
	for _, o := range p.Outputs {
		names = append(names, o.Name)
	}
	if !slices.Contains(names, name) {
		hint := "it has none"
		if len(names) > 0 {
			hint = "its outputs are " + strings.Join(names, ", ")
		}
		return refuse(http.StatusNotFound, "L0602", "the program has no output %q", name).hint(hint)
	}
	woken, cancel := s.node.WatchOutput(name)
	defer cancel()
	at, err := s.node.OutputAfter(req.Context(), name, req.Header.Get("Last-Event-ID"))
	if err != nil {
		return err
	}
	stream := startEvents(w, req)
	if err := stream.rc.Flush(); err != nil {
		return nil
	}
	for {
		fresh, err := s.node.OutputFrom(req.Context(), name, at)
		if err != nil {
			stream.fail(err)
			return nil
		}
		for _, e := range fresh {
			if stream.send("emit", e.ID, map[string]any{"emit": name, "id": e.ID, "value": e.Value}) != nil {
				return nil
			}
			at++
		}
		if !stream.wait(woken, false) {
			return nil
		}
	}
}
