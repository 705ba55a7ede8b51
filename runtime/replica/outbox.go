package replica

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/wire"
)

// Writes of a turn to groups that are served elsewhere are put into an outbox, in
// the same record of the log as the rest of the turn, and sent to an owner until
// one has said that they are done. They carry an id by which they count once: the
// identity of the firing, which owners know from the group's own firings; else
// one made from the request or the turn, which owners remember with the answers
// of the group.

// sysOutbox is ORMap[String, LWW[Bytes]], of this node alone: by id, what is to
// be sent, and nothing where a firing was sent and done.
func outboxKind() *types.Type { return types.Of("ORMap", types.String, types.Of("LWW", types.Bytes)) }

var outboxID = cellID(deployment, sysOutbox)

// effect is a write to a group that is served elsewhere.
type effect struct {
	group int
	Mutation
}

// parcel is what one turn writes to one group.
type parcel struct {
	group int
	write *wire.Write
	sent  bool // and not answered yet
	// done is told once: when it is done, refused, or nobody can be reached.
	done func(error)
}

// writeAway takes in a write to a group that is served elsewhere.
func (t *turn) writeAway(g int, m Mutation) error {
	if t.job == nil || !t.job.spread {
		return &away{g}
	}
	if !t.firing.IsZero() && !t.run && t.c.isPosted(t.parcelID(g, "")) {
		return nil
	}
	t.away = append(t.away, effect{g, m})
	return nil
}

// parcelID names what a turn writes to a group.
func (t *turn) parcelID(g int, req string) string {
	name := t.c.groups.name(g)
	switch {
	case !t.firing.IsZero() && !t.run:
		f := t.firing.Identity()
		return hex.EncodeToString(append(f.Handler[:], f.Key[:]...)) + " " + name
	case req != "":
		return "=" + req + " " + name
	}
	a := t.c.actor
	return "-" + a.Node + " " + strconv.FormatUint(a.Inc, 10) + " " + strconv.FormatInt(t.clock, 10) + " " + name
}

// isPosted reports whether a parcel is in the outbox, or was and is done.
func (c *Core) isPosted(id string) bool {
	_, ok, err := c.stores[here].Lookup(outboxID, []value.Value{value.MakeString(id)})
	return ok && err == nil
}

// post puts the writes of a turn to other nodes into the outbox and sends them;
// done is called when all are done.
func (c *Core) post(t *turn, req string, done func(error)) {
	byGroup := map[int][]wire.Mutation{}
	for _, e := range t.away {
		byGroup[e.group] = append(byGroup[e.group], wire.Mutation{Cell: e.Cell, Keys: encodeValues(e.Keys), Op: e.Op, Args: encodeValues(e.Args)})
	}
	open, failed := len(byGroup), error(nil)
	one := func(err error) {
		if err != nil && failed == nil {
			failed = err
		}
		if open--; open == 0 {
			if done != nil {
				done(failed)
			}
		}
	}
	groups := slices.Sorted(maps.Keys(byGroup))
	for _, g := range groups {
		w := &wire.Write{ID: t.parcelID(g, req), Group: c.groups.name(g), Clock: t.clock, Writes: byGroup[g]}
		if !t.firing.IsZero() {
			w.Firing = append(append([]byte(nil), t.firing.Handler[:]...), t.firing.Key[:]...)
			w.Run = t.run
		}
		data, err := codec.Marshal(w)
		if err != nil {
			panic("replica: a write has no encoding: " + err.Error())
		}
		c.keepParcel(w.ID, data)
		p := &parcel{group: g, write: w}
		if done != nil {
			p.done = one
		}
		c.parcels[w.ID] = p
	}
	for _, id := range slices.Sorted(maps.Keys(c.parcels)) {
		c.sendParcel(id)
	}
}

// keepParcel remembers a parcel in the outbox; no data says that it is done, and
// is remembered of firings only, which come again at each start.
func (c *Core) keepParcel(id string, data []byte) {
	t := c.begin(lattice.Firing{})
	key := value.MakeString(id)
	err := t.in(here).Mutate(outboxID, []value.Value{key}, "set", []value.Value{value.MakeBytes(data)})
	if len(data) == 0 && (id[0] == '=' || id[0] == '-') {
		err = t.in(here).Mutate(outboxID, nil, "remove", []value.Value{key})
	}
	if err != nil {
		panic("replica: the outbox takes no entry: " + err.Error())
	}
	t.commit()
}

// sendParcel sends a parcel to somebody who serves its group.
func (c *Core) sendParcel(id string) {
	p := c.parcels[id]
	if p == nil || p.sent || c.prog == nil {
		return
	}
	p.sent = true
	c.inquire(&question{group: p.group, msg: func() *wire.Ask { return &wire.Ask{Write: p.write} }, done: func(a *wire.Answer, err error) {
		p.sent = false
		if a == nil && err == nil {
			err = c.applyWrite(p.write)
		}
		refused := err != nil && asError(err).Code != codeNoHolder && asError(err).Code != codeOldVersion
		if err == nil || refused {
			delete(c.parcels, id)
			c.keepParcel(id, nil)
		}
		switch {
		case p.done != nil:
			p.done(err)
			p.done = nil
		case refused:
			c.note(asError(err).Code, fmt.Sprintf("a write to %s was refused: %s", c.groups.name(p.group), err.Error()))
		}
	}})
}

// openOutbox finds what is in the outbox after a start.
func (c *Core) openOutbox() {
	v, err := c.stores[here].Read(outboxID)
	if err != nil {
		panic("replica: the outbox cannot be read: " + err.Error())
	}
	for entry := range slices.Chunk(v.Elems(), 2) {
		if len(entry[1].Elems()) != 1 || entry[1].Elems()[0].Str() == "" {
			continue
		}
		w := new(wire.Write)
		g := 0
		err := codec.Unmarshal([]byte(entry[1].Elems()[0].Str()), codec.Limits{}, w)
		if err == nil {
			g, err = c.findGroup(w.Group)
		}
		if err != nil {
			c.note(codeNoPlace, "a write in the outbox cannot be read: "+err.Error())
			continue
		}
		c.parcels[entry[0].Str()] = &parcel{group: g, write: w}
	}
}

// sendOutbox tries again what could not be sent, once a period.
func (c *Core) sendOutbox() {
	if len(c.parcels) == 0 || c.now-c.postedAt < c.period() && c.now >= c.postedAt {
		return
	}
	c.postedAt = c.now
	for _, id := range slices.Sorted(maps.Keys(c.parcels)) {
		c.sendParcel(id)
	}
}

// receiveWrite does a write for another node.
func (c *Core) receiveWrite(ref remoteRef, w *wire.Write) error {
	g, err := c.findGroup(w.Group)
	if err != nil {
		return err
	}
	if !c.serves(g) {
		c.answerPeer(ref, &wire.Answer{Away: true}, nil)
		return nil
	}
	c.answerPeer(ref, &wire.Answer{}, c.applyWrite(w))
	return nil
}

// applyWrite does a parcel to a group that is served here, unless it is done.
func (c *Core) applyWrite(w *wire.Write) error {
	g, err := c.findGroup(w.Group)
	if err != nil {
		return err
	}
	var firing lattice.Firing
	if len(w.Firing) == 32 {
		firing = lattice.Firing{Handler: [16]byte(w.Firing[:16]), Key: [16]byte(w.Firing[16:])}
	}
	named := firing.IsZero() || w.Run // it is known by its id as well, or alone
	if !firing.IsZero() && c.stores[g].Fired(firing) || named && c.answerIn(g, w.ID) != "" {
		return nil
	}
	t := c.begin(firing)
	t.clock, t.run = w.Clock, w.Run
	for i := range w.Writes {
		m, err := c.readMutation(&w.Writes[i])
		n := c.cellNumber(w.Writes[i].Cell)
		if err == nil {
			var in int
			if in, err = c.groupOfWrite(n, m.Keys, m.Args); err == nil && in != g {
				err = &Error{Code: codeUnknown, Message: "a write came to another group than its own"}
			}
		}
		if err == nil {
			err = t.write(n, m.Keys, m.Op, m.Args)
		}
		if err != nil {
			t.abort()
			return err
		}
	}
	if named {
		if err := c.rememberIn(g, t, w.ID, (&answer{kind: replyNone, did: true}).encode()); err != nil {
			t.abort()
			return err
		}
	}
	t.commit()
	return nil
}

// readMutation reads a write of another node against the cell that it names.
func (c *Core) readMutation(m *wire.Mutation) (Mutation, error) {
	n := c.cellNumber(m.Cell)
	if n < 0 {
		return Mutation{}, &Error{Code: codeUnknown, Message: fmt.Sprintf("the program has no cell `%s`", m.Cell)}
	}
	cell := c.prog.ir.Cells[n]
	out := Mutation{Cell: m.Cell, Op: m.Op}
	var err error
	if out.Keys, err = readKeys(cell.Kind, m.Keys); err != nil {
		return out, err
	}
	probe := out
	probe.Args = make([]value.Value, len(m.Args))
	if err := checkWrite(cell, &probe); err != nil {
		return out, err
	}
	kinds := argTypes(cell, len(m.Keys), m.Op)
	for i, b := range m.Args {
		v, err := codec.DecodeValue(b, kinds[i], codec.Limits{})
		if err != nil {
			return out, err
		}
		out.Args = append(out.Args, v)
	}
	return out, nil
}

// readKeys reads the keys of a path into a cell of a kind.
func readKeys(kind *types.Type, data [][]byte) ([]value.Value, error) {
	var keys []value.Value
	t := kind.Resolve()
	for _, b := range data {
		k := lattice.Lookup(t.Con)
		if k == nil || !k.Map {
			return nil, &Error{Code: codeUnknown, Message: fmt.Sprintf("a %s has no place %d keys deep", kind, len(data))}
		}
		v, err := codec.DecodeValue(b, t.Args[0], codec.Limits{})
		if err != nil {
			return nil, err
		}
		keys, t = append(keys, v), t.Args[len(t.Args)-1].Resolve()
	}
	return keys, nil
}

// argTypes are the types of a mutator's arguments, depth maps deep in a cell.
func argTypes(cell *ir.Cell, depth int, name string) []*types.Type {
	t := cell.Kind.Resolve()
	for range depth {
		t = t.Args[len(t.Args)-1].Resolve()
	}
	k := lattice.Lookup(t.Con)
	m := k.Mutator(name)
	if m == nil {
		return nil
	}
	vars := map[string]*types.Type{}
	for i, p := range k.Params {
		vars[p] = t.Args[i]
	}
	out := make([]*types.Type, len(m.Params))
	for i, p := range m.Params {
		var err error
		if out[i], err = types.ParseType(p.Type, vars); err != nil {
			panic("replica: a mutator of " + t.Con + " has no type: " + err.Error())
		}
	}
	return out
}

// groupOfWrite is the group that a write goes to.
func (c *Core) groupOfWrite(n int, keys, args []value.Value) (int, error) {
	path := keys
	if len(path) == 0 && c.prog.homes[n].shards > 0 && len(args) > 0 {
		path = args[:1] // `remove(k)` of the map
	}
	g, one := c.groupOf(n, path)
	if !one {
		return 0, &Error{Code: codeUnknown, Message: fmt.Sprintf("`%s` is sharded and is written key by key", c.prog.ir.Cells[n].Name)}
	}
	return g, nil
}
