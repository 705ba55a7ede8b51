package replica

import (
	"bytes"
	"fmt"
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
)

func deployedKind() *types.Type {
	return types.Of("GSet", types.TupleOf(types.Int, types.Bytes, types.Int))
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
	failed, err := c.stores[everywhere].Read(cellID(deployment, sysFailed))
	if err != nil {
		return all
	}
	for _, row := range failed.Elems() {
		f := row.Elems()
		for i := range all {
			if d := &all[i]; d.Version == uint64(f[0].Int()) && string(d.Hash[:]) == f[1].Str() {
				if d.Failed == nil {
					d.Failed = map[string]string{}
				}
				d.Failed[f[2].Str()] = f[3].Str()
			}
		}
	}
	return all
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
func (c *Core) rollback() error {
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
	return c.deploy(p)
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
	v, h := value.MakeInt(int64(version)), value.MakeBytes(hash[:])
	t := c.begin(lattice.Firing{})
	err := t.in(everywhere).Mutate(cellID(deployment, sysProgram), nil, "join", []value.Value{value.MakeTuple(v, h)})
	known := slices.ContainsFunc(c.Deployments(), func(d Deployed) bool { return d.Version == version && d.Hash == hash })
	if err == nil && !known {
		err = t.in(everywhere).Mutate(cellID(deployment, sysDeployed), nil, "add", []value.Value{value.MakeTuple(v, h, value.MakeInt(c.now))})
	}
	if err != nil {
		t.abort()
		return err
	}
	t.commit()
	return nil
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

// giveUp returns to the version before, where the active one is new and cannot
// be started everywhere. It reports whether it did.
func (c *Core) giveUp() bool {
	failed, err := c.stores[everywhere].Read(cellID(deployment, sysFailed))
	if err != nil || len(failed.Elems()) == 0 {
		return false
	}
	version, hash := c.activeProgram()
	all := c.Deployments()
	i := slices.IndexFunc(all, func(d Deployed) bool { return d.Version == version && bytes.Equal(d.Hash[:], hash) })
	if i < 0 || len(all[i].Failed) == 0 || c.now-all[i].At > int64(trialTime) {
		return false
	}
	last, ok := c.before(version, hash)
	if !ok {
		return false
	}
	for node, why := range all[i].Failed {
		c.note(codeBadProgram, fmt.Sprintf("version %d is given up, because %s cannot start it (%s); version %d is active again, as version %d", version, node, why, last.Version, version+1))
		break
	}
	return c.name(version+1, last.Hash) == nil
}
