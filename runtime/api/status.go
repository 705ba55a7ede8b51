package api

import (
	"encoding/hex"
	"time"

	"github.com/laspc/lasp/runtime/node"
	"github.com/laspc/lasp/runtime/replica"
)

// statusBody is the JSON form of a node's status.
func statusBody(st node.Status) map[string]any {
	c := st.Counters
	return map[string]any{
		"node":           st.Node,
		"incarnation":    st.Incarnation,
		"incarnation_is": whyNew(st),
		"cluster":        st.Cluster,
		"addr":           st.Addr,
		"api":            st.API,
		"data":           st.Data,
		"durability":     st.Durability,
		"uptime_seconds": st.Uptime.Seconds(),
		"cut_off":        st.CutOff,
		"read_only":      st.ReadOnly,
		"replica": map[string]any{
			"version":  st.Replica.Version,
			"hash":     hex.EncodeToString(st.Replica.Hash[:]),
			"turns":    st.Replica.Turns,
			"unsynced": st.Replica.Unsynced,
			"escrow":   escrowBody(st),
			"peers":    peerRows(st),
			"holds":    orEmpty(st.Replica.Holds),
			"moving":   orEmpty(st.Replica.Moving),
			"tags":     orEmpty(st.Replica.Tags),
			"outbox":   st.Replica.Outbox,
			"requests": map[string]any{"remembered": st.Replica.Requests.Remembered, "waits_for": orEmpty(st.Replica.Requests.Waits)},
		},
		"order": orderBody(&st.Order),
		"counters": map[string]int64{
			"requests":          c.Requests,
			"messages_sent":     c.MessagesSent,
			"messages_received": c.MessagesReceived,
			"messages_refused":  c.MessagesRefused,
			"messages_dropped":  c.MessagesDropped,
			"bytes_sent":        c.BytesSent,
			"bytes_received":    c.BytesReceived,
			"emitted":           c.Emitted,
			"log_bytes":         c.LogBytes,
			"fsyncs":            c.Fsyncs,
			"checkpoints":       c.Checkpoints,
		},
	}
}

// escrowBody tells how bounded counters are doing, null where the program has
// none.
func escrowBody(st node.Status) any {
	e := st.Replica.Escrow
	if !e.Bounded {
		return nil
	}
	return map[string]any{"refused": e.Refused, "moved": e.Moved, "unheard": append([]string{}, e.Unheard...)}
}

func orEmpty(names []string) []string {
	if names == nil {
		return []string{}
	}
	return names
}

// pointRow is a place of the source that has something decided.
type pointRow struct {
	At      string  `json:"at"`
	Done    uint64  `json:"done"`
	Refused uint64  `json:"refused"`
	Waiting int     `json:"waiting"`
	Mean    float64 `json:"mean_seconds"`
	Slowest float64 `json:"slowest_seconds"`
}

// orderBody is the JSON form of the agreed order, null where none runs.
func orderBody(o *replica.OrderStatus) any {
	if !o.Running {
		return nil
	}
	points := []pointRow{}
	for _, p := range o.Points {
		points = append(points, pointRow{p.At, p.Done, p.Refused, p.Awaiting, p.Mean().Seconds(), time.Duration(p.Slowest).Seconds()})
	}
	list := func(names []string) []string { return append([]string{}, names...) }
	return map[string]any{
		"leader": o.Leader, "term": o.Term, "entries": o.Entries, "decided": o.Decided, "voters": list(o.Voters), "members": list(o.Members), "missing": list(o.Missing),
		"waits_for": list(o.Waits), "sealing": list(o.Frozen), "points": points,
	}
}

func whyNew(st node.Status) string {
	if st.NewBecause == "" {
		return "the one from before"
	}
	return "new: " + st.NewBecause
}

type peerRow struct {
	Name    string `json:"name"`
	Linked  bool   `json:"linked"`
	Lacks   uint64 `json:"lacks"` // turns that it has not acknowledged
	Version uint64 `json:"version"`
	Differs bool   `json:"differs,omitempty"` // holds another state for good
}

func peerRows(st node.Status) []peerRow {
	rows := []peerRow{}
	for _, p := range st.Replica.Peers {
		rows = append(rows, peerRow{p.Name, p.Up, p.Lacks, p.Version, p.Differs})
	}
	return rows
}
