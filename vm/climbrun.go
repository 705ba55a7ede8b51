package vm

import (
	"slices"

	"github.com/laspc/lasp/lang/value"
)

// climbRun is what a rule makes of keys that came off the queue together, a batch
// of candidates at a time. What the rule reads of the joined rows is put into the
// registers of batches (columns), and nothing else: where the feed gives the key
// that is derived, most rules read two words, a value and a weight.
//
// In which order candidates come, and that a key may have got better since its
// value was read, changes nothing: it is queued again then.
type climbRun struct {
	n     int
	from  []uint32 // by row: the key whose value it has
	at    []uint32 // by row: the key that it derives, where the feed gives it
	row   []value.Word
	keys  [][]value.Word // by column: the keys that rows derive, where rules make them
	value []value.Word   // of rows with the same value
	fills [][]value.Word // by column: of rows with the same word in their keys
}

// climbRead is a column of the joined row that batches of a rule read.
type climbRead struct {
	slot  int32
	rec   int // the column of the recursive relation that it is, or -1
	need  int // else its place among the columns of the feed that are kept
	truth bool
}

// fewCandidates is up to how many candidates of one key are made one by one.
const fewCandidates = 8

// plan finds out what batches of a rule read and where their results are. A rule
// whose code does not run on columns has no plan.
func (r *climbRule) plan(keys int) {
	results := r.cols
	if r.to != nil {
		results = []int{0}
	}
	reads, truths := make([]bool, len(r.op.row)), make([]bool, len(r.op.row))
	r.results, r.reads, r.keyed = nil, nil, !r.whole
	for _, c := range results {
		switch {
		case r.f.project != nil:
			r.results = append(r.results, outCol{from: outInput, reg: int32(r.f.project[c])})
		case r.f.batch != nil:
			r.results = append(r.results, r.f.batch.outs[c])
		default:
			return
		}
	}
	for _, o := range r.results {
		if o.from == outInput {
			reads[o.reg] = true
		}
	}
	if r.f.batch != nil {
		for _, l := range r.f.batch.loads {
			reads[l.col], truths[l.col] = true, l.truth
		}
	}
	for _, c := range r.needs { // a row that fails is told whole
		reads[r.feedAt+c] = true
	}
	for slot, is := range reads {
		if is {
			at := r.read(slot, truths[slot], keys)
			r.reads, r.keyed = append(r.reads, at), r.keyed || at.rec >= 0 && at.rec < keys
		}
	}
}

// read is where a column of the joined row comes from.
func (r *climbRule) read(slot int, truth bool, keys int) climbRead {
	at := climbRead{slot: int32(slot), rec: slot - r.recAt, truth: truth}
	if at.rec >= 0 && at.rec <= keys {
		return at
	}
	col := slot - r.feedAt
	if i := slices.Index(r.feedKey, col); i >= 0 {
		at.rec = r.recKey[i]
		return at
	}
	at.rec, at.need = -1, slices.Index(r.needs, col)
	return at
}

// fireAll makes candidates of the values of keys that come together.
func (k *climb) fireAll(m *Machine, r *climbRule, ids []uint32) error {
	g := &k.run
	if g.from == nil {
		g.from, g.at, g.row = make([]uint32, batchRows), make([]uint32, batchRows), make([]value.Word, k.keys+1)
		g.keys, g.fills = make([][]value.Word, k.keys), make([][]value.Word, k.keys)
	}
	for _, id := range ids {
		if r.keyed {
			copy(g.row, k.ids.key(id))
		}
		g.row[k.keys] = k.best[id]
		j := id
		if !r.whole {
			j = k.join(r, g.row, r.recKey)
		}
		if err := k.gather(m, r, id, r.edges.of(j), r.edges.wide); err != nil {
			return err
		}
		if err := k.gather(m, r, id, r.late.list(j, 0), true); err != nil {
			return err
		}
	}
	return k.flush(m, r)
}

// gather adds the joined rows of a key with rows of the feed, given as words.
func (k *climb) gather(m *Machine, r *climbRule, id uint32, list []uint32, wide bool) error {
	g, stride := &k.run, r.stride(wide)
	for len(list) > 0 {
		n := min(batchRows-g.n, len(list)/stride)
		part := list[:n*stride]
		list = list[len(part):]
		r.columns(g, &m.columns, part, stride, wide)
		from := g.from[g.n : g.n+n]
		for i := range from {
			from[i] = id
		}
		if g.n += n; g.n == batchRows {
			if err := k.flush(m, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// columns puts what rows of a feed, and the row of a key before them, give into the
// columns that are read.
func (r *climbRule) columns(g *climbRun, s *columns, part []uint32, stride int, wide bool) {
	first := 0
	if r.to != nil {
		first = 1
		for i, n := 0, g.n; i < len(part); i, n = i+stride, n+1 {
			g.at[n] = part[i]
		}
	}
	for _, c := range r.reads {
		to := s.input(c.slot)[g.n:][:len(part)/stride]
		switch {
		case c.rec >= 0:
			w := g.row[c.rec]
			for i := range to {
				to[i] = w
			}
		case wide:
			at := part[first+2*c.need:]
			for i := range to {
				to[i] = value.Word(at[i*stride]) | value.Word(at[i*stride+1])<<32
			}
		default:
			at := part[first+c.need:]
			for i := range to {
				to[i] = value.Word(at[i*stride])
			}
		}
	}
}

// flush makes candidates of the rows that have been gathered.
func (k *climb) flush(m *Machine, r *climbRule) error {
	g, s := &k.run, &m.columns
	n := g.n
	if g.n = 0; n == 0 {
		return nil
	}
	if err := m.x.spend(int64(n)); err != nil {
		return err
	}
	b := r.f.batch
	if b == nil { // the rule only chooses columns
		s.n = n
		k.offerAll(r, s, nil)
		return nil
	}
	s.prepare(b, n)
	for _, c := range r.reads {
		if c.truth {
			to := s.truth(c.slot)
			for i, w := range s.input(c.slot)[:n] {
				to[i] = byte(w)
			}
		}
	}
	if err := s.run(&m.x, b); err != nil {
		return err
	}
	kept := s.kept[:n]
	if b.straight && !s.leaves {
		kept = nil
	}
	k.offerAll(r, s, kept)
	return k.leave(m, r)
}

// leave makes candidates, one by one, of the rows that left the batch.
func (k *climb) leave(m *Machine, r *climbRule) error {
	s := &m.columns
	if !s.leaves {
		return nil
	}
	for i := range s.n {
		if s.left[i] == 0 {
			continue
		}
		k.place(r, k.run.from[i])
		for _, c := range r.needs {
			r.op.row[r.feedAt+c] = s.input(int32(r.feedAt + c))[i]
		}
		if err := k.try(m, r, k.run.at[i]); err != nil {
			return err
		}
	}
	return nil
}

// offerAll offers the results of a batch, of the rows that are kept or of all.
func (k *climb) offerAll(r *climbRule, s *columns, kept []byte) {
	values := s.result(r.results[len(r.results)-1], &k.run.value)
	if r.to != nil {
		k.room()
		for i, id := range k.run.at[:s.n] {
			if kept == nil || kept[i] != 0 {
				k.offer(id, values[i])
			}
		}
		return
	}
	for c := range k.keys {
		k.run.keys[c] = s.result(r.results[c], &k.run.fills[c])
	}
	key := k.run.row[:k.keys]
	for i, v := range values {
		if kept != nil && kept[i] == 0 {
			continue
		}
		for c, words := range k.run.keys {
			key[c] = words[i]
		}
		id := k.ids.id(key)
		k.room()
		k.offer(id, v)
	}
}
