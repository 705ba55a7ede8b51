package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/wire"
	"github.com/laspc/lasp/runtime/workers"
	"github.com/laspc/lasp/stdlib"
)

// recover rebuilds the replica from the checkpoint and the log above it. What
// is damaged is left out and named, the rest is used, and what is missing comes
// from the peers.
func (n *Node) recover() error {
	chunks, err := n.disk.Snapshot()
	if err != nil {
		n.o.Log("the checkpoint is damaged and set aside; its contents come from the other nodes", "because", err.Error())
		if err := n.disk.DropCheckpoint(); err != nil {
			return err
		}
		chunks = nil
		if err := n.renew("the checkpoint was damaged"); err != nil {
			return err
		}
	}
	n.held = sizeOf(chunks)
	records, err := n.replay()
	if err != nil {
		return err
	}
	n.actor = lattice.Actor{Node: n.o.Name, Inc: n.recovery.Inc}
	config := replica.Config{
		Actor: n.actor,
		// Where the directory is new and there are others to join, this may be
		// the node's second life.
		Blank:   n.recovery.NewInc != "" && (!n.recovery.Fresh || len(n.o.Join) > 0),
		Ops:     stdlib.Table(),
		Decode:  n.o.Decode,
		Seed:    n.actor.Inc,
		Tags:    n.o.Tags,
		First:   n.recovery.Fresh && len(n.o.Join) == 0,
		Agreed:  true,
		Options: n.o.Replica,
	}
	if config.Pieces == nil {
		config.Pieces = workers.New()
	}
	if err := n.takeUpOrder(&config); err != nil {
		return err
	}
	// In a full mesh everybody gets deltas from their origin.
	config.Mesh = n.o.Membership == "" || n.o.Membership == "full"
	if config.Founders, err = n.founders(); err != nil {
		return err
	}
	n.core, err = replica.Restore(config, time.Now().UnixNano(), chunks, records)
	if err != nil {
		return fmt.Errorf("the data directory %s cannot be used: %w", n.o.Data, err)
	}
	n.durable = n.disk.Last()
	if left := n.core.LeftOut(); left > 0 {
		n.o.Log("a part of the log rests on what is missing and was left out; what the other nodes know of it comes from them", "deltas", left)
	}
	if len(n.recovery.Warnings) > 0 || config.OrderLost && !n.recovery.Fresh {
		// So that the same damage is not met at the next start.
		if err := n.disk.Checkpoint(n.durable, n.core.Snapshot()); err != nil {
			return err
		}
	}
	if config.OrderLost {
		return n.disk.PutFact(factOrder, nil)
	}
	return nil
}

// takeUpOrder says what this node was and is in the agreed order. A node that is
// the first of its cluster founds one, should a program need it; a node whose
// log may lack what it told others about it is not the one that it was.
func (n *Node) takeUpOrder(config *replica.Config) error {
	fact, err := n.disk.Fact(factOrder)
	if err != nil {
		return err
	}
	config.Gaps = n.recovery.NewInc != "" && !n.recovery.Whole && !n.recovery.Fresh
	config.OrderLost = string(fact) == orderLost || config.Gaps
	if n.recovery.Fresh && len(n.o.Join) == 0 {
		fact = []byte(orderFounder)
		err = n.disk.PutFact(factOrder, fact)
	}
	config.Lone = len(n.o.Join) == 0 && len(n.knownMembers()) == 0
	if string(fact) == orderFounder || config.Lone {
		config.Voters = []string{n.o.Name}
	}
	return err
}

// FoundersFile is the file in the TLS directory that names, one in a line, the
// nodes that share the rights of bounded counters which exist from the beginning.
// It must be the same for all nodes and stay as it is; there may be none.
const FoundersFile = "founders"

// founders reads the founders of the cluster.
func (n *Node) founders() ([]string, error) {
	if n.o.Founders != nil || n.o.TLS == "" {
		return n.o.Founders, nil
	}
	data, err := os.ReadFile(filepath.Join(n.o.TLS, FoundersFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	names := strings.Fields(string(data))
	slices.Sort(names)
	return slices.Compact(names), err
}

// replay reads the log above the checkpoint.
func (n *Node) replay() ([]wire.Record, error) {
	var records []wire.Record
	bad := ""
	err := n.disk.Replay(func(index uint64, data []byte) error {
		r, err := wire.DecodeRecord(data)
		if err != nil {
			// Its checksum is right, so it was written so: by another version.
			if bad == "" {
				bad = fmt.Sprintf("log record %d: %v", index, err)
			}
			return nil
		}
		records = append(records, *r)
		n.unsaved += int64(len(data))
		return nil
	})
	if err == nil && bad != "" {
		err = fmt.Errorf("%s of the data directory %s cannot be understood by this version of laspc: use the version that wrote it", bad, n.o.Data)
	}
	return records, err
}

func (n *Node) renew(why string) error {
	inc, err := n.disk.Renew()
	if err != nil {
		return err
	}
	n.recovery.Inc, n.recovery.Whole = inc, false
	if n.recovery.NewInc == "" {
		n.recovery.NewInc = why
	}
	return nil
}

// checkpoint writes a checkpoint when enough log has gathered. The snapshot is
// taken here, on the driver; writing it takes no time of the driver.
func (n *Node) checkpoint() {
	n.unsaved += n.stats.logged.Load() - n.stats.counted
	n.stats.counted = n.stats.logged.Load()
	if n.unsaved < max(n.o.CheckpointBytes, n.held) || !n.saving.CompareAndSwap(false, true) {
		return
	}
	chunks, index := n.core.Snapshot(), n.durable
	n.unsaved, n.held = 0, sizeOf(chunks)
	n.saves.Add(1)
	go func() {
		defer n.saves.Done()
		defer n.saving.Store(false)
		if err := n.disk.Checkpoint(index, chunks); err != nil {
			n.o.Log("no checkpoint was written", "because", err.Error())
			return
		}
		n.stats.checkpoints.Add(1)
	}()
}

// sizeOf is how many bytes chunks have together.
func sizeOf(chunks [][]byte) (n int64) {
	for _, c := range chunks {
		n += int64(len(c))
	}
	return n
}
