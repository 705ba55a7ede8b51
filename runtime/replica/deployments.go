package replica

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// The versions that were deployed are kept, as facts that replicate like all
// others: so that there is a version to go back to, and so that a node that
// cannot start a version is heard by all. A return is a deployment like any
// other, of the older program under a higher version, so cells keep what was
// written meanwhile. Every replica that decides on it decides alike, because what
// it decides on are facts.
const (
	sysDeployed = "$deployed" // GSet[(Int, Bytes, Int)]: version, hash, and when, in ns since the epoch
	sysFailed   = "$failed"   // GSet[(Int, Bytes, Node, String)]: version, hash, where, why
	sysDeployer = "$deployer" // GSet[(Int, Bytes, String)]: version, hash, and the node that was told to
)

func deployedKind() *types.Type {
	return types.Of("GSet", types.TupleOf(types.Int, types.Bytes, types.Int))
}

func deployerKind() *types.Type {
	return types.Of("GSet", types.TupleOf(types.Int, types.Bytes, types.String))
}

func failedKind() *types.Type {
	return types.Of("GSet", types.TupleOf(types.Int, types.Bytes, types.String, types.String))
}

// trialTime is how long after its activation a version that fails to start
// somewhere makes all return to the one before. Later it is that node's trouble.
const trialTime = time.Minute

// Deployed is a version that was deployed, or failed.
type Deployed struct {
	Version uint64
	Hash    [32]byte
	At      int64             // when it became the active one, in ns since the epoch
	By      string            // the node that was told to deploy it, "" where that is not known
	Failed  map[string]string // why, by the node that could not start it
}

// Deployments lists the versions that were deployed, the oldest first.
func (c *Core) Deployments() []Deployed {
	var all []Deployed
	rows, err := c.stores[everywhere].Read(cellID(deployment, sysDeployed))
	if err != nil {
		return nil
	}
	for _, row := range rows.Elems() { // in order of version, hash and time
		d := Deployed{Version: uint64(row.Elems()[0].Int()), At: row.Elems()[2].Int()}
		copy(d.Hash[:], row.Elems()[1].Str())
		if n := len(all); n == 0 || all[n-1].Version != d.Version || all[n-1].Hash != d.Hash {
			all = append(all, d)
		}
	}
	c.eachOf(all, sysDeployer, func(d *Deployed, row []value.Value) { d.By = row[2].Str() })
	c.eachOf(all, sysFailed, func(d *Deployed, row []value.Value) {
		if d.Failed == nil {
			d.Failed = map[string]string{}
		}
		d.Failed[row[2].Str()] = row[3].Str()
	})
	return all
}

// eachOf calls f with each row of a cell that begins with the version and the hash
// of one of the deployments.
func (c *Core) eachOf(all []Deployed, cell string, f func(*Deployed, []value.Value)) {
	rows, err := c.stores[everywhere].Read(cellID(deployment, cell))
	if err != nil {
		return
	}
	for _, row := range rows.Elems() {
		e := row.Elems()
		for i := range all {
			if d := &all[i]; d.Version == uint64(e[0].Int()) && string(d.Hash[:]) == e[1].Str() {
				f(d, e)
			}
		}
	}
}

// before is the version to return to from a version with a hash: the latest
// earlier one that is another program and failed nowhere.
func (c *Core) before(version uint64, hash []byte) (Deployed, bool) {
	all := c.Deployments()
	slices.Reverse(all)
	for _, d := range all {
		if d.Version < version && !bytes.Equal(d.Hash[:], hash) && len(d.Failed) == 0 {
			return d, true
		}
	}
	return Deployed{}, false
}

// rollback deploys the version before the active one again.
func (c *Core) rollback(ev Rollback) error {
	version, hash := c.activeProgram()
	last, ok := c.before(version, hash)
	if !ok {
		return &Error{Code: codeUnknown, Message: "there is no version before the active one to go back to", Hint: "deploy the program that is wanted: laspc deploy FILE"}
	}
	p, err := c.kept(last)
	if err != nil {
		return err
	}
	p.Version = version + 1
	return c.deployAs(Deploy{Req: ev.Req, Program: p, Ref: ev.Ref})
}

// kept is a version whose artifact is here.
func (c *Core) kept(d Deployed) (Program, error) {
	artifact, here := c.artifacts[d.Hash]
	if !here {
		c.wantProgram(d.Hash)
		return Program{}, &Error{Code: codeUnknown, Message: fmt.Sprintf("the artifact of version %d is not here yet", d.Version), Hint: "it has been asked for: try again, or at another node"}
	}
	p, err := c.decodeProgram(artifact)
	return Program{IR: p, Version: d.Version, Hash: d.Hash, Artifact: artifact, Params: c.cfg.Program.Params}, err
}

// name makes a version the active one, for all, and remembers that it was.
func (c *Core) name(version uint64, hash [32]byte) error {
	t := c.begin(lattice.Firing{})
	if err := c.writeActive(t, version, hash, ""); err != nil {
		t.abort()
		return err
	}
	t.commit()
	return nil
}

// writeActive writes the facts of a deployment; by is the node that was told to, ""
// for none.
func (c *Core) writeActive(t *turn, version uint64, hash [32]byte, by string) error {
	v, h := value.MakeInt(int64(version)), value.MakeBytes(hash[:])
	known := slices.ContainsFunc(c.Deployments(), func(d Deployed) bool { return d.Version == version && d.Hash == hash })
	err := t.in(everywhere).Mutate(cellID(deployment, sysProgram), nil, "join", []value.Value{value.MakeTuple(v, h)})
	if err == nil && !known {
		err = t.in(everywhere).Mutate(cellID(deployment, sysDeployed), nil, "add", []value.Value{value.MakeTuple(v, h, value.MakeInt(c.now))})
	}
	if err == nil && by != "" {
		err = t.in(everywhere).Mutate(cellID(deployment, sysDeployer), nil, "add", []value.Value{value.MakeTuple(v, h, value.MakeString(by))})
	}
	return err
}

// startFailed tells everybody, once, that this node cannot start a version.
func (c *Core) startFailed(version uint64, hash []byte, why error) {
	if c.broken == version {
		return
	}
	c.broken = version
	c.note(codeBadProgram, "the active program cannot run here: "+why.Error())
	row := value.MakeTuple(value.MakeInt(int64(version)), value.MakeBytes(hash), value.MakeString(c.actor.Node), value.MakeString(why.Error()))
	t := c.begin(lattice.Firing{})
	if err := t.in(everywhere).Mutate(cellID(deployment, sysFailed), nil, "add", []value.Value{row}); err != nil {
		t.abort()
		return
	}
	t.commit()
}

// failing finds the active version, where it is new and cannot be started
// everywhere, and the one to return to.
func (c *Core) failing() (bad, last Deployed, found bool) {
	failed, err := c.stores[everywhere].Read(cellID(deployment, sysFailed))
	if err != nil || len(failed.Elems()) == 0 {
		return bad, last, false
	}
	version, hash := c.activeProgram()
	all := c.Deployments()
	i := slices.IndexFunc(all, func(d Deployed) bool { return d.Version == version && bytes.Equal(d.Hash[:], hash) })
	if i < 0 || len(all[i].Failed) == 0 || c.now-all[i].At > int64(trialTime) {
		return bad, last, false
	}
	last, found = c.before(version, hash)
	return all[i], last, found
}

// giveUp returns to the version before, where there is no order that decides about
// it: every replica does so by itself, and all alike. It reports whether it did.
func (c *Core) giveUp() bool {
	bad, last, found := c.failing()
	return found && c.name(bad.Version+1, last.Hash) == nil
}

// noteReturn says why a version is active again, where it is.
func (c *Core) noteReturn(version uint64, hash []byte) {
	all := c.Deployments()
	i := slices.IndexFunc(all, func(d Deployed) bool { return d.Version+1 == version && len(d.Failed) > 0 })
	if i < 0 {
		return
	}
	bad := all[i]
	last, ok := c.before(bad.Version, bad.Hash[:])
	if !ok || !bytes.Equal(last.Hash[:], hash) {
		return
	}
	node := slices.Min(slices.Collect(maps.Keys(bad.Failed)))
	c.note(codeBadProgram, fmt.Sprintf("version %d was given up, because %s cannot start it (%s); version %d is active again, as version %d", bad.Version, node, bad.Failed[node], last.Version, version))
}
