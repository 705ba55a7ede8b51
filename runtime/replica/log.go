package replica

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/runtime/state"
	"github.com/laspc/lasp/runtime/wire"
)

// timerBlank is the timer that is 1 while a replica that lost its disk does not
// know yet what it wrote before, and 0 afterwards.
const timerBlank = "$blank"

// setTimer remembers a time under a name, in the log.
func (c *Core) setTimer(name string, at int64) {
	c.timers[name], c.firm = at, true
	c.record.Timers = append(c.record.Timers, wire.Timer{Handler: name, Last: at})
}

// keepArtifact remembers a program in the log.
func (c *Core) keepArtifact(p Program) {
	if len(p.Artifact) == 0 {
		return
	}
	if _, known := c.artifacts[p.Hash]; !known {
		c.artifacts[p.Hash] = p.Artifact
		c.firm = true
		if c.record.Artifact == nil {
			c.record.Artifact = p.Artifact
		} else {
			c.record.Artifacts = append(c.record.Artifacts, p.Artifact)
		}
	}
}

// Snapshot returns the chunks of a checkpoint that stands for everything up to
// now. Restore reads them.
func (c *Core) Snapshot() [][]byte {
	var chunks [][]byte
	for _, hash := range slices.SortedFunc(maps.Keys(c.artifacts), func(a, b [32]byte) int { return slices.Compare(a[:], b[:]) }) {
		chunks = append(chunks, wire.EncodeRecord(&wire.Record{Clock: c.clock, Artifact: c.artifacts[hash]}))
	}
	head := wire.Record{Clock: c.clock}
	for _, name := range slices.Sorted(maps.Keys(c.timers)) {
		head.Timers = append(head.Timers, wire.Timer{Handler: name, Last: c.timers[name]})
	}
	chunks = append(chunks, wire.EncodeRecord(&head))
	if part := c.orderCheckpoint(); part != nil {
		chunks = append(chunks, wire.EncodeRecord(&wire.Record{Clock: c.clock, Order: part}))
	}
	for g, st := range c.stores {
		if st == nil {
			continue
		}
		for d := range st.Snapshot(state.Limits{}) {
			chunks = append(chunks, wire.EncodeRecord(&wire.Record{Clock: c.clock, Deltas: []wire.GroupDelta{{Group: c.groups.name(g), Delta: encodeDeltaFor(d, lattice.DeltaVersion)}}}))
		}
	}
	c.Reclaim()
	return chunks
}

// replay applies a snapshot and log records.
func (c *Core) replay(snapshot [][]byte, records []wire.Record) error {
	if c.cfg.Program.IR != nil {
		// A conflict of kinds is reported when the program is started.
		_ = c.declare(c.cfg.Program.IR)
	}
	for i, chunk := range snapshot {
		r, err := wire.DecodeRecord(chunk)
		if err == nil {
			err = c.replayRecord(r)
		}
		if err != nil {
			return fmt.Errorf("chunk %d of the checkpoint: %w", i, err)
		}
	}
	for i := range records {
		if err := c.replayRecord(&records[i]); err != nil {
			return fmt.Errorf("record %d of the log: %w", i, err)
		}
	}
	return nil
}

func (c *Core) replayRecord(r *wire.Record) error {
	c.seeClock(r.Clock)
	for _, t := range r.Timers {
		c.timers[t.Handler] = t.Last
		if name, given := strings.CutPrefix(t.Handler, timerGiven); given {
			if g, err := c.findGroup(name); err == nil {
				c.stores[g], c.holdings[g], c.held = nil, nil, nil
			}
		}
	}
	if r.Order != nil {
		c.replayOrder(r.Order)
	}
	for _, artifact := range append([][]byte{r.Artifact}, r.Artifacts...) {
		if len(artifact) == 0 {
			continue
		}
		p, err := c.decodeProgram(artifact)
		if err != nil {
			return err
		}
		c.artifacts[sha256.Sum256(artifact)] = artifact
		if err := c.declare(p); err != nil {
			return err
		}
	}
	for i := range r.Deltas {
		if err := c.replayDelta(&r.Deltas[i]); err != nil {
			if !c.cfg.Gaps {
				return err
			}
			c.leftOut++
		}
	}
	return nil
}

func (c *Core) replayDelta(g *wire.GroupDelta) error {
	n, err := c.findGroup(g.Group)
	if err != nil {
		return err
	}
	if c.stores[n] == nil {
		c.hold(n)
	}
	d, err := c.decodeDelta(n, g.Delta)
	if err != nil {
		return err
	}
	_, _, err = c.stores[n].Apply(d)
	return err
}

// LeftOut is how many deltas of the log could not be used at the start, because what
// they rest on was lost with other records; see Config.Gaps.
func (c *Core) LeftOut() int { return c.leftOut }

// decodeProgram reads an artifact and checks that this replica can run it.
func (c *Core) decodeProgram(artifact []byte) (*ir.Program, error) {
	decode := c.cfg.Decode
	if decode == nil {
		decode = ir.Decode
	}
	p, err := decode(artifact)
	if err != nil {
		return nil, err
	}
	return p, ir.Verify(p, c.cfg.Ops)
}

// deltaLimits bound what a delta may hold.
var deltaLimits = codec.Limits{Bytes: 256 << 20, Elements: 64 << 20}

func (c *Core) decodeDelta(group int, data []byte) (*lattice.Delta, error) {
	d, err := lattice.DecodeDelta(data, c.stores[group], deltaLimits)
	if err == nil && d.Group != c.groups.name(group) {
		err = fmt.Errorf("a delta of the group %q came as one of %q", d.Group, c.groups.name(group))
	}
	return d, err
}

func encodeDelta(d *lattice.Delta) []byte { return encodeDeltaFor(d, 0) }

// encodeDeltaFor encodes for a reader of versions of deltas up to the given one.
func encodeDeltaFor(d *lattice.Delta, version uint64) []byte {
	data, err := lattice.EncodeDeltaFor(d, version)
	if err != nil {
		panic("replica: a delta that this replica made has no encoding: " + err.Error())
	}
	return data
}

func encodeVector(v *lattice.Vector) []byte {
	data, err := lattice.EncodeVector(v)
	if err != nil {
		panic("replica: a vector of this replica has no encoding: " + err.Error())
	}
	return data
}
