package api

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"

	"github.com/laspc/lasp/runtime/replica"
)

// health says that the process answers; nothing else, and to everybody.
func (s *server) health(w http.ResponseWriter, _ *http.Request) {
	writeStatus(w, http.StatusOK, map[string]bool{"ok": true})
}

// readiness says whether the node should be given work: it has a program, takes
// inputs, and is not alone where it knows of others.
func (s *server) readiness(w http.ResponseWriter, req *http.Request) error {
	st, err := s.node.Status(req.Context())
	if err != nil {
		return err
	}
	members := s.node.Members()
	linked := len(members) == 0
	for _, m := range members {
		linked = linked || m.Linked
	}
	_, err = s.program()
	ready := err == nil && st.ReadOnly == "" && linked && !st.CutOff
	status := http.StatusOK
	if !ready {
		status = http.StatusServiceUnavailable
	}
	writeStatus(w, status, map[string]any{"ready": ready, "program": err == nil, "linked": linked, "read_only": st.ReadOnly, "cut_off": st.CutOff})
	return nil
}

// deploy activates the program in the body, or with ?plan=1 only says what that
// would change.
func (s *server) deploy(w http.ResponseWriter, req *http.Request) error {
	artifact, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxArtifact))
	if err != nil {
		return err
	}
	if req.URL.Query().Get("plan") != "" {
		plan, err := s.node.Plan(req.Context(), artifact)
		if err != nil {
			return err
		}
		return writeJSON(w, plan)
	}
	key, err := requestKey(req)
	if err != nil {
		return err
	}
	var over uint64
	if text := req.URL.Query().Get("over"); text != "" {
		if over, err = strconv.ParseUint(text, 10, 64); err != nil {
			return refuse(http.StatusBadRequest, "L0607", "?over=%s is not the number of a version", text)
		}
	}
	version, err := s.node.Deploy(req.Context(), key, artifact, over)
	if err != nil {
		return err
	}
	return writeJSON(w, map[string]any{"ok": true, "version": version})
}

// rollback activates the program before the active one.
func (s *server) rollback(w http.ResponseWriter, req *http.Request) error {
	key, err := requestKey(req)
	if err != nil {
		return err
	}
	version, err := s.node.Rollback(req.Context(), key)
	if err != nil {
		return err
	}
	return writeJSON(w, map[string]any{"ok": true, "version": version})
}

// programRow is a version as `GET /v1/programs` tells of it.
type programRow struct {
	Name    string            `json:"name,omitempty"` // of the active one
	Version uint64            `json:"version"`
	Hash    string            `json:"hash"`
	Active  bool              `json:"active"`
	By      string            `json:"by,omitempty"`     // the node that was told to deploy it
	Failed  map[string]string `json:"failed,omitempty"` // why, by node
}

// programs lists the versions that were deployed, the active one first.
func (s *server) programs(w http.ResponseWriter, req *http.Request) error {
	list := []programRow{}
	err := s.node.Do(req.Context(), func(c *replica.Core) error {
		p := c.Program()
		if p.IR != nil {
			list = append(list, programRow{Name: p.IR.Name, Version: p.Version, Hash: hex.EncodeToString(p.Hash[:]), Active: true})
		}
		for _, d := range slices.Backward(c.Deployments()) {
			if d.Version == p.Version && d.Hash == p.Hash {
				list[0].By = d.By
				continue
			}
			list = append(list, programRow{Version: d.Version, Hash: hex.EncodeToString(d.Hash[:]), By: d.By, Failed: d.Failed})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return writeJSON(w, map[string]any{"programs": list})
}

// memberRow is a node as `GET /v1/members` tells of it.
type memberRow struct {
	Name   string   `json:"name"`
	Addr   string   `json:"addr"`
	API    string   `json:"api,omitempty"`
	Tags   []string `json:"tags,omitempty"`
	Inc    uint64   `json:"incarnation,omitempty"`
	State  string   `json:"state"` // self, linked, alive or dead
	Linked bool     `json:"linked"`
}

func (s *server) members(w http.ResponseWriter, req *http.Request) error {
	st, err := s.node.Status(req.Context())
	if err != nil {
		return err
	}
	rows := []memberRow{{Name: st.Node, Addr: st.Addr, API: st.API, Inc: st.Incarnation, State: "self"}}
	for _, m := range s.node.Members() {
		state := "dead"
		switch {
		case m.Linked:
			state = "linked"
		case m.Alive:
			state = "alive"
		}
		rows = append(rows, memberRow{m.Name, m.Addr, m.API, m.Tags, m.Inc, state, m.Linked})
	}
	return writeJSON(w, map[string]any{"members": rows})
}

// cut cuts the node off from all others, or connects it again, for
// demonstrations and tests.
func (s *server) cut(w http.ResponseWriter, req *http.Request) error {
	var c struct {
		Cut *bool `json:"cut"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, req.Body, maxInput)).Decode(&c); err != nil || c.Cut == nil {
		return refuse(http.StatusBadRequest, "L0607", `the body must be {"cut": true} or {"cut": false}`)
	}
	s.node.Isolate(*c.Cut)
	return writeJSON(w, map[string]bool{"ok": true, "cut": *c.Cut})
}

// retire gives up nodes that are gone for good.
func (s *server) retire(w http.ResponseWriter, req *http.Request) error {
	var r struct {
		Node  string   `json:"node,omitempty"`
		Nodes []string `json:"nodes,omitempty"`
	}
	err := json.NewDecoder(http.MaxBytesReader(w, req.Body, maxInput)).Decode(&r)
	if r.Node != "" {
		r.Nodes = append(r.Nodes, r.Node)
	}
	if err != nil || len(r.Nodes) == 0 {
		return refuse(http.StatusBadRequest, "L0607", `the body must be {"node": "NAME"} or {"nodes": ["NAME", ..]}`)
	}
	key, err := requestKey(req)
	if err != nil {
		return err
	}
	if err := s.node.Retire(req.Context(), key, r.Nodes); err != nil {
		return err
	}
	return writeJSON(w, map[string]any{"ok": true, "nodes": r.Nodes})
}

// leave answers and then takes the node out of the cluster.
func (s *server) leave(w http.ResponseWriter, _ *http.Request) error {
	if s.o.Leave == nil {
		return refuse(http.StatusNotImplemented, "L0611", "this node cannot be told to leave")
	}
	writeStatus(w, http.StatusOK, map[string]bool{"ok": true})
	if err := http.NewResponseController(w).Flush(); err != nil {
		return nil
	}
	s.o.Leave()
	return nil
}

// status tells how the node is doing, with ?digest=1 also the digest of its
// state.
func (s *server) status(w http.ResponseWriter, req *http.Request) error {
	st, err := s.node.Status(req.Context())
	if err != nil {
		return err
	}
	body := statusBody(st)
	if req.URL.Query().Get("digest") != "" {
		digest, err := s.node.Digest(req.Context())
		if err != nil {
			return err
		}
		body["digest"] = hex.EncodeToString(digest[:])
	}
	return writeJSON(w, body)
}
