package node

import (
	"errors"
	"time"

	"github.com/laspc/lasp/runtime/disk"
	"github.com/laspc/lasp/runtime/wire"
)

// job is records in their form on disk.
type job struct {
	records [][]byte
	bytes   int64
	lazy    bool // nothing waits for it
	sync    bool // whatever the durability of the node
}

// fatalError is an error after which nothing can be written any more.
type fatalError struct{ error }

// add puts the records of a Ready behind those of the job.
func (j *job) add(records []wire.Record, lazy bool) {
	j.lazy = lazy && (j.lazy || len(j.records) == 0)
	for i := range records {
		data := wire.EncodeRecord(&records[i])
		j.records = append(j.records, data)
		j.bytes += int64(len(data))
		if o := records[i].Order; o != nil && !lazy {
			// A voter that forgets what it has promised makes two decisions of one.
			j.sync = j.sync || len(o.Hard)+len(o.Entries)+len(o.Snap)+len(o.Frozen) > 0 || o.ID != 0
		}
	}
}

// clear makes the job empty. Nobody else may have its memory.
func (j *job) clear() {
	clear(j.records)
	*j = job{records: j.records[:0]}
}

// commitLoop writes and syncs what the driver hands it, one job at a time.
func (n *Node) commitLoop() {
	for j := range n.commits {
		err := n.write(j)
		n.done <- err
	}
}

// write makes a job durable. While the disk is full the node is read-only: new
// requests are refused, and the job is tried again until there is space.
func (n *Node) write(j job) error {
	for {
		_, err := n.disk.Append(j.records)
		if err == nil {
			n.blocked.Store(nil)
			break
		}
		if errors.Is(err, disk.ErrBroken) {
			return fatalError{err}
		}
		if n.blocked.Swap(&err) == nil {
			n.o.Log("the log cannot be written; the node refuses inputs until it can", "because", err.Error())
		}
		select {
		case <-n.closing:
			return fatalError{err}
		case <-time.After(retryTime):
		}
	}
	n.stats.logged.Add(j.bytes)
	if j.lazy || n.o.Durability == disk.None && !j.sync {
		return nil
	}
	n.stats.syncs.Add(1)
	if err := n.disk.Sync(); err != nil {
		return fatalError{err}
	}
	return nil
}
