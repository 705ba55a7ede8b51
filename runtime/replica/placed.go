package replica

import (
	"maps"
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/state"
	"github.com/laspc/lasp/vm"
)

// placedReader reads for expressions of programs that place cells. What is served
// here is read here; of the rest, a value under a key is asked for, a shard that
// is needed as a whole is fetched, and what is at a tag is read by nobody else
// than the nodes with that tag.
type placedReader struct {
	c   *Core
	t   *turn // whose own writes are seen, or nil
	job *job  // nil for work that cannot wait
}

// wrote reports whether a turn's own writes are to be seen.
func (r placedReader) wrote() bool { return r.t != nil && r.t.wrote }

// cell finds the cell whose view v is.
func (r placedReader) cell(v ir.View) (n int, whole bool) {
	p := r.c.prog
	n, ok := p.sources[v.Node]
	if !ok {
		return -1, false
	}
	cell := p.ir.Cells[n]
	return n, v.Closed == cell.View.Closed && slices.Equal(v.Keys, cell.View.Keys) && types.Equal(v.Type, cell.View.Type)
}

// View implements vm.Reader.
func (r placedReader) View(v ir.View) (value.Value, error) {
	missing, err := r.missing(v)
	if err != nil {
		return value.Value{}, err
	}
	if n, whole := r.cell(v); whole && (r.wrote() || missing) {
		return r.readCell(n)
	}
	m, err := r.machine(missing)
	if err != nil {
		return value.Value{}, err
	}
	return m.View(v)
}

// Lookup implements vm.Reader.
func (r placedReader) Lookup(v ir.View, keys ...value.Value) (value.Value, bool, error) {
	n, whole := r.cell(v)
	if !whole || len(keys) == 0 {
		m, err := r.machineFor(v)
		if err != nil {
			return value.Value{}, false, err
		}
		return m.Lookup(v, keys...)
	}
	g, _ := r.c.groupOf(n, keys)
	if r.c.serves(g) {
		if r.wrote() {
			return r.c.stores[g].Lookup(r.c.prog.ids[n], keys)
		}
		return r.c.prog.machine.Lookup(v, keys...)
	}
	if r.c.prog.homes[n].shards == 0 {
		return value.Value{}, false, &away{g}
	}
	if err := r.ownAway(g); err != nil {
		return value.Value{}, false, err
	}
	if r.job != nil && r.job.spread {
		if f, known := r.job.facts[factKey(n, keys)]; known {
			return f.v, f.ok, nil
		}
		return value.Value{}, false, &need{reads: []needRead{{g, n, slices.Clone(keys)}}}
	}
	return value.Value{}, false, &away{g}
}

// Has implements vm.Reader.
func (r placedReader) Has(v ir.View, elem value.Value) (bool, error) {
	n, whole := r.cell(v)
	if whole && r.c.prog.homes[n].shards > 0 {
		_, ok, err := r.Lookup(v, elem)
		return ok, err
	}
	if whole && r.wrote() {
		g, _ := r.c.groupOf(n, nil)
		if !r.c.serves(g) {
			return false, &away{g}
		}
		if has, can, err := r.c.stores[g].Has(r.c.prog.ids[n], elem); can || err != nil {
			return has, err
		}
	}
	m, err := r.machineFor(v)
	if err != nil {
		return false, err
	}
	return m.Has(v, elem)
}

// ownAway refuses to read what the same turn writes elsewhere: its own writes are
// not known here.
func (r placedReader) ownAway(g int) error {
	if r.t == nil {
		return nil
	}
	for _, e := range r.t.away {
		if e.group == g {
			return &Error{Code: codeNoPlace, Message: "`" + e.Cell + "` is held elsewhere and cannot be read after it was written in the same body",
				Hint: "read it before it is written, or in a handler of its own"}
		}
	}
	return nil
}

// missing reports whether v needs shards that are not served here; the error asks
// for those that were not fetched yet.
func (r placedReader) missing(v ir.View) (bool, error) {
	missing := false
	var fetch []int
	for _, n := range r.c.prog.cellsOf(v) {
		h := r.c.prog.homes[n]
		switch {
		case !h.placed():
			continue
		case h.shards == 0:
			if !r.c.serves(h.number) {
				return false, &away{h.number}
			}
			continue
		}
		for _, g := range r.c.groups.shards[h.shards] {
			if r.c.serves(g) {
				continue
			}
			missing = true
			if err := r.ownAway(g); err != nil {
				return false, err
			}
			if r.job == nil || !r.job.spread {
				return false, &away{g}
			}
			if r.job.guests[g] == nil && !slices.Contains(fetch, g) {
				fetch = append(fetch, g)
			}
		}
	}
	if len(fetch) > 0 {
		return false, &need{groups: fetch}
	}
	return missing, nil
}

// store is where a group is read: here, or what was fetched of it.
func (r placedReader) store(g int) *state.Store {
	if r.c.serves(g) {
		return r.c.stores[g]
	}
	return r.job.guests[g]
}

// readCell reads a whole cell from the stores.
func (r placedReader) readCell(n int) (value.Value, error) {
	h, id := r.c.prog.homes[n], r.c.prog.ids[n]
	if h.shards == 0 {
		return r.c.stores[h.number].Read(id)
	}
	var entries []value.Value
	for _, g := range r.c.groups.shards[h.shards] {
		v, err := r.store(g).Read(id)
		if err != nil {
			return v, err
		}
		entries = append(entries, v.Elems()...)
	}
	return value.MakeMap(entries), nil
}

func (r placedReader) machineFor(v ir.View) (*vm.Machine, error) {
	missing, err := r.missing(v)
	if err != nil {
		return nil, err
	}
	return r.machine(missing)
}

// machine is the one that derives: the replica's own, or one made for the purpose
// where it must see a turn's own writes or what was fetched.
func (r placedReader) machine(missing bool) (*vm.Machine, error) {
	switch {
	case !missing && !r.wrote():
		return r.c.prog.machine, nil
	case !missing:
		return ownWrites{r.t}.machine()
	case r.wrote() && r.t.scratch != nil:
		return r.t.scratch, nil
	case !r.wrote() && r.job.machine != nil:
		return r.job.machine, nil
	}
	m, err := r.c.newMachine(r.c.prog.ir, r.c.prog.params)
	if err != nil {
		return nil, err
	}
	if _, err := m.Step(r.rows()); err != nil {
		return nil, err
	}
	r.c.rebuilt++
	if r.wrote() {
		r.t.scratch = m
	} else {
		r.job.machine = m
	}
	return m, nil
}

// rows lists all that is read: what is served here, and what was fetched.
func (r placedReader) rows() []vm.Change {
	all := r.c.prog.system.all()
	for g, st := range r.c.stores {
		if st != nil && r.c.serves(g) {
			all = append(all, rowsOf(r.c.prog, st, 1)...)
		}
	}
	for _, g := range slices.Sorted(maps.Keys(r.job.guests)) {
		if !r.c.serves(g) {
			all = append(all, rowsOf(r.c.prog, r.job.guests[g], 1)...)
		}
	}
	return all
}

// cellsOf lists the cells that a view is computed from.
func (p *program) cellsOf(v ir.View) []int {
	if n, ok := p.sources[v.Node]; ok {
		return []int{n}
	}
	if v.Node < 0 || v.Node >= len(p.ir.Nodes) {
		return nil
	}
	return slices.Sorted(maps.Keys(p.ir.Nodes[v.Node].Quals))
}

// tagsRead lists the tags of the cells that a handler reads.
func tagsRead(p *ir.Program, h *ir.Handler) []string {
	read := map[int]bool{}
	of := func(v ir.View) {
		if v.Node >= 0 && v.Node < len(p.Nodes) {
			for n := range p.Nodes[v.Node].Quals {
				read[n] = true
			}
		}
	}
	for _, s := range h.Body {
		s.Exprs(func(e **ir.Expr) {
			ir.WalkExpr(*e, func(x *ir.Expr) bool {
				switch x.Op {
				case ir.EView, ir.ELookup, ir.EHas:
					of(x.View)
				}
				return true
			})
		})
	}
	if h.Kind == ir.When {
		of(ir.View{Node: h.Head})
	}
	var tags []string
	for _, n := range slices.Sorted(maps.Keys(read)) {
		if tag := p.Cells[n].Tag; tag != "" && !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}
