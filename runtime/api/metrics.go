package api

import (
	"bytes"
	"fmt"
	"net/http"
	"time"

	"github.com/laspc/lasp/runtime/replica"
)

// metric is one counter.
type metric struct {
	name, help string
	value      int64
}

// metrics writes the counters in the form that Prometheus reads.
func (s *server) metrics(w http.ResponseWriter, req *http.Request) error {
	c := s.node.Counters()
	rows := []metric{
		{"requests_total", "Requests that were given to the replica.", c.Requests},
		{"messages_sent_total", "Messages sent to other nodes.", c.MessagesSent},
		{"messages_received_total", "Messages received from other nodes.", c.MessagesReceived},
		{"messages_refused_total", "Messages that could not be read.", c.MessagesRefused},
		{"messages_dropped_total", "Messages dropped because a link was slow; they are owed again.", c.MessagesDropped},
		{"link_sent_bytes_total", "Bytes of frames sent on links.", c.BytesSent},
		{"link_received_bytes_total", "Bytes of frames received on links.", c.BytesReceived},
		{"emitted_total", "Output values that became known here.", c.Emitted},
		{"log_bytes_total", "Bytes written to the log.", c.LogBytes},
		{"fsyncs_total", "Fsyncs of the log.", c.Fsyncs},
		{"checkpoints_total", "Checkpoints written.", c.Checkpoints},
	}
	if st, err := s.node.Status(req.Context()); err == nil && st.Replica.Escrow.Bounded {
		e := st.Replica.Escrow
		rows = append(rows, metric{"escrow_refused_total", "Operations on bounded counters that were refused for want of rights.", int64(e.Refused)},
			metric{"escrow_moves_total", "Turns in which rights of bounded counters were asked for or moved.", int64(e.Moved)})
	}
	var b bytes.Buffer
	for _, r := range rows {
		fmt.Fprintf(&b, "# HELP lasp_%s %s\n# TYPE lasp_%s counter\nlasp_%s %d\n", r.name, r.help, r.name, r.name, r.value)
	}
	linked := 0
	for _, m := range s.node.Members() {
		if m.Linked {
			linked++
		}
	}
	fmt.Fprintf(&b, "# HELP lasp_links Links to other nodes that stand.\n# TYPE lasp_links gauge\nlasp_links %d\n", linked)
	err := s.node.Do(req.Context(), func(c *replica.Core) error {
		o := c.Order()
		writeOrder(&b, &o)
		writePoints(&b, o.Points)
		return nil
	})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	w.Write(b.Bytes())
	return nil
}

// writeOrder writes who leads the agreed order, and what is decided in it.
func writeOrder(b *bytes.Buffer, o *replica.OrderStatus) {
	if !o.Running {
		return
	}
	fmt.Fprint(b, "# HELP lasp_order_leader Whether a node decides, as far as is known here.\n# TYPE lasp_order_leader gauge\n")
	for _, name := range o.Voters {
		leads := 0
		if name == o.Leader {
			leads = 1
		}
		fmt.Fprintf(b, "lasp_order_leader{node=%q} %d\n", name, leads)
	}
	for _, r := range []struct {
		name, kind, help string
		value            uint64
	}{
		{"order_term", "gauge", "The term of the agreed order, which grows with each election.", o.Term},
		{"order_entries_total", "counter", "Entries of the agreed order that were applied here.", o.Entries},
		{"order_decided_total", "counter", "Requests of all nodes that were decided by them.", o.Decided},
	} {
		fmt.Fprintf(b, "# HELP lasp_%s %s\n# TYPE lasp_%s %s\nlasp_%s %d\n", r.name, r.help, r.name, r.kind, r.name, r.value)
	}
}

// writePoints writes what was decided in the agreed order, by place of the source.
func writePoints(b *bytes.Buffer, points []replica.Coordination) {
	rows := []struct {
		name, kind, help string
		value            func(p *replica.Coordination) string
	}{
		{"coordinations_total", "counter", "Requests of this node that were decided.", func(p *replica.Coordination) string { return fmt.Sprint(p.Done) }},
		{"coordinations_refused_total", "counter", "Requests of this node that were refused.", func(p *replica.Coordination) string { return fmt.Sprint(p.Refused) }},
		{"coordination_seconds_sum", "counter", "Time that decisions took, in all.", func(p *replica.Coordination) string { return fmt.Sprint(time.Duration(p.Latency).Seconds()) }},
		{"coordinations_waiting", "gauge", "Requests of this node that wait for a decision.", func(p *replica.Coordination) string { return fmt.Sprint(p.Awaiting) }},
	}
	for _, r := range rows {
		if len(points) == 0 {
			return
		}
		fmt.Fprintf(b, "# HELP lasp_%s %s\n# TYPE lasp_%s %s\n", r.name, r.help, r.name, r.kind)
		for i := range points {
			fmt.Fprintf(b, "lasp_%s{at=%q} %s\n", r.name, points[i].At, r.value(&points[i]))
		}
	}
}
