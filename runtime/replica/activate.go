package replica

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/wire"
)

// Where a cluster has an agreed order (Config.Agreed), which program is active is
// decided in it. A deployment names the version that it takes the place of, and is
// refused where another one is active by then; so of two that are made at once, on
// two sides of a cut or not, one comes to be and the other hears of it, and the
// versions are one line, in which no two programs ever disagreed about a cell.
// A return to an earlier program, asked for or not, is such a deployment.
//
// The entry carries the program itself: what is active is then held by a majority,
// whoever is lost. What it brings about are the facts of deployments.go, so those
// who are no voters, and those who join late, learn of it as of everything else,
// and each node changes over when it does.

// codeOvertaken refuses a deployment in whose place another one is active.
const codeOvertaken = "L0634"

// submitDeploy asks for a deployment.
func (c *Core) submitDeploy(ev Deploy) error {
	if _, known := c.done(ev.Req); !known {
		if err := c.fits(ev.Program); err != nil {
			return err
		}
	}
	over, hash := c.activeProgram()
	if ev.Over != 0 && ev.Over != over {
		over, hash = ev.Over, nil // whoever leads may know more
	}
	q := wire.OrderRequest{Kind: wire.RunDeploy, Hash: ev.Program.Hash[:], Code: ev.Program.Artifact, Over: over, OverHash: hash, Version: over + 1}
	if ev.Program.Version != 0 {
		q.Version = ev.Program.Version
	}
	switch {
	case len(q.Code) == 0:
		return &Error{Code: codeBadProgram, Message: "a program without its binary form cannot be deployed"}
	case q.Version <= over:
		return &Error{Code: codeOldVersion, Message: fmt.Sprintf("version %d is not above the active version %d", q.Version, over)}
	}
	work := c.deployWork(&q)
	c.submit(request{req: ev.Req, ref: ev.Ref, reply: types.Int, ask: func() wire.OrderRequest { return q }}, &orderNeeded{}, work)
	return nil
}

// deployWork decides about a deployment, with the facts that the leader holds.
func (c *Core) deployWork(r *wire.OrderRequest) func(*turn) (*body, error) {
	return func(t *turn) (*body, error) {
		t.order.q.artifact = nil // of a trial that came to nothing
		version, hash := c.activeProgram()
		if bytes.Equal(hash, r.Hash) && (version == r.Version || version == r.Over) {
			return &body{reply: value.MakeInt(int64(version))}, nil // it is what was asked for
		}
		if version != r.Over || len(r.OverHash) > 0 && !bytes.Equal(hash, r.OverHash) {
			return nil, c.overtaken(r, version)
		}
		p, err := c.decodeProgram(r.Code)
		if err == nil {
			err = c.fits(Program{IR: p, Version: r.Version, Hash: [32]byte(r.Hash), Artifact: r.Code, Params: c.cfg.Program.Params})
		}
		if err != nil {
			return nil, err
		}
		by := t.order.q.req.Origin
		if t.order.q.internal {
			by = ""
		}
		t.order.q.artifact = r.Code
		return &body{reply: value.MakeInt(int64(r.Version))}, c.writeActive(t, r.Version, [32]byte(r.Hash), by)
	}
}

// overtaken says which deployment came first.
func (c *Core) overtaken(r *wire.OrderRequest, version uint64) error {
	msg := fmt.Sprintf("this was to take the place of version %d, and version %d is active", r.Over, version)
	if r.Over == 0 {
		msg = fmt.Sprintf("this was to be the first program, and version %d is active", version)
	}
	all := c.Deployments()
	if i := slices.IndexFunc(all, func(d Deployed) bool { return d.Version == version }); i >= 0 {
		d := all[i]
		msg += fmt.Sprintf(": program %x", d.Hash[:4])
		if d.By != "" {
			msg += ", deployed at " + d.By
		}
		if ago := time.Duration(c.now - d.At).Round(time.Second); ago > 0 {
			msg += fmt.Sprintf(" %s ago", ago)
		}
	}
	return &Error{Code: codeOvertaken, Message: msg, Hint: "nothing was changed: look at what is active with `laspc deploy --plan`, and deploy again to take its place"}
}

// fits reports why a program cannot take the place of what was deployed so far;
// nothing changes.
func (c *Core) fits(p Program) error {
	if _, err := c.prepare(p); err != nil {
		return err
	}
	return c.mayDeclare(p.IR)
}

// knowsVersions reports whether all programs are here that were deployed so far, so
// that a new one can be held against each of their cells. It asks for those that
// are not, and does without one that nobody has given it for half of the time.
func (c *Core) knowsVersions(q *asked) bool {
	missing := false
	for _, d := range c.Deployments() {
		if _, known := c.artifacts[d.Hash]; !known {
			missing = true
			c.wantProgram(d.Hash)
		}
	}
	return !missing || q.deadline-c.now < c.orderWait()/2
}

// takeArtifact keeps a program that came with an entry. Where it does not fit what
// is here, that is told when it is to be started.
func (c *Core) takeArtifact(artifact []byte) {
	hash := sha256.Sum256(artifact)
	if _, known := c.artifacts[hash]; known {
		return
	}
	p, err := c.decodeProgram(artifact)
	if err == nil {
		err = c.declare(p)
	}
	if err == nil {
		c.keepArtifact(Program{Hash: hash, Artifact: artifact})
	} else if version, active := c.activeProgram(); bytes.Equal(active, hash[:]) {
		c.startFailed(version, active, err)
	}
}

// findArtifact finds the artifact with a hash: among those that are kept, and in
// deployments that were asked for here.
func (c *Core) findArtifact(hash [32]byte) bool {
	for _, p := range c.ord.pending {
		if _, known := c.artifacts[hash]; !known && p.req.Kind == wire.RunDeploy && bytes.Equal(p.req.Hash, hash[:]) {
			c.takeArtifact(p.req.Code)
		}
	}
	_, known := c.artifacts[hash]
	return known
}

// judge has the leader propose the return from a version that is new and cannot be
// started everywhere. It is asked whenever facts have arrived, and once by each new
// leader.
func (c *Core) judge() {
	g := c.ord.group
	if g == nil || !g.Leads() {
		return
	}
	c.ord.judged, c.ord.judgeAt = g.Term(), never
	bad, last, ok := c.failing()
	if !ok {
		return
	}
	p, err := c.kept(last)
	if err != nil {
		c.ord.judgeAt = c.now + int64(askEvery) // it was asked for
		return
	}
	r := wire.OrderRequest{ID: fmt.Sprintf("$return %d %x", bad.Version, bad.Hash), Kind: wire.RunDeploy, Origin: c.actor.Node, Now: c.now,
		Hash: last.Hash[:], Code: p.Artifact, Over: bad.Version, OverHash: bad.Hash[:], Version: bad.Version + 1}
	c.enqueue(&asked{req: r, work: c.deployWork(&r), internal: true})
}
