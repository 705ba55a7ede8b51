package replica

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/state"
	"github.com/laspc/lasp/vm"
)

// program is the program that runs, with what is looked up in it.
type program struct {
	Program
	ir      *ir.Program
	params  map[string]value.Value
	machine *vm.Machine
	ids     []state.CellID // by number of cell
	cells   map[state.CellID]int
	numbers map[string]int // of cells, by name
	homes   []home         // by number of cell
	sources map[int]int    // by node of a cell's view: its number
	inputs  map[string]int
	on      [][]int  // handlers by input
	writes  []writes // what each handler writes
	once    []once   // by number of the input
	// histories maps a cell whose history is kept to the cell that keeps it.
	histories map[int]int
	placed    bool       // some cells are not on every node
	tagsRead  [][]string // tags of what each handler reads
	// coordinates says that the program needs the agreed order; singleHandlers
	// is how many handlers one node runs alone.
	coordinates    bool
	seals          map[int][]ir.SealedCell // by cell: what holds its sealed content
	barred         map[int]bool            // cells that some statement seals by barrier
	singleHandlers int
	system         *system
	bounded        []bool                     // by cell: its leaves are bounded counters
	depths         []int                      // by cell: the maps around its leaves
	places         [][]*lattice.Kind          // by cell: the kinds of its places, from the outermost map to the leaf
	held           []held                     // invariants that the order holds
	bounds         map[string]*lattice.Bounds // of those, by the name of the cell
}

// System cells hold what the runtime itself must agree on; they are replicated
// like all others. Their names cannot be written in a program.
const (
	sysProgram = "$program" // Max[(Int, Bytes)]: version and hash of the active program
	sysAnswers = "$answers" // what was answered to each request, see answers.go
	sysThawed  = "$thawed"  // GMap[(String, Bytes), Max[Int]]: by place, the last barrier that came to nothing
	sysMembers = "$members" // Max[(Int, Bytes)]: version and list of the members of the order
	sysHolders = "$holders" // who may hold placed cells, see holders.go
	sysOutbox  = "$outbox"  // of this node alone: writes to groups that it does not hold, see outbox.go
)

func systemCells() []ir.Cell {
	return []ir.Cell{
		{Name: sysProgram, Kind: types.MaxOf(types.TupleOf(types.Int, types.Bytes))},
		{Name: sysAnswers, Kind: answersType},
		{Name: sysThawed, Kind: types.Of("GMap", types.TupleOf(types.String, types.Bytes), types.MaxOf(types.Int))},
		{Name: sysDeployed, Kind: deployedKind()},
		{Name: sysFailed, Kind: failedKind()},
		{Name: sysDeployer, Kind: deployerKind()},
		{Name: sysRetired, Kind: retiredKind()},
		{Name: sysMembers, Kind: types.MaxOf(types.TupleOf(types.Int, types.Bytes))},
		{Name: sysHolders, Kind: holdersKind()},
		{Name: sysOutbox, Kind: outboxKind(), Group: "local"},
	}
}

// cellID is a cell's name with its deployment; with the kind, which the store
// compares, it is the cell's identity.
func cellID(deployment, name string) state.CellID {
	return deployment + "/" + name
}

const deployment = "main"

// mayDeclare refuses a program with a cell that is known with another kind, or with
// a declared type that has changed what it is made of.
func (c *Core) mayDeclare(p *ir.Program) error {
	if err := c.sameParts(p); err != nil {
		return err
	}
	for _, cell := range p.Cells {
		if err := c.movedCell(cell); err != nil {
			return err
		}
		if _, err := lattice.ShapeOf(cell.Kind); err != nil {
			return &Error{Code: codeBadProgram, Message: err.Error(), At: place(cell.Pos)}
		}
	}
	for _, o := range p.Outputs {
		known := c.stores[everywhere].OutputType(o.Name)
		if known == nil {
			continue
		}
		if d := types.Difference(known, o.Type); d != "" {
			return &Error{Code: codeKindChanged, Message: fmt.Sprintf("the output `%s` holds values of %s here and cannot hold %s: %s", o.Name, known, o.Type, d),
				Hint: "give the new output another name"}
		}
	}
	return nil
}

// declare makes the cells and outputs of p known to the stores, or none of them.
func (c *Core) declare(p *ir.Program) error {
	if err := c.mayDeclare(p); err != nil {
		return err
	}
	for _, cell := range p.Cells {
		if err := c.declareIn(cell); err != nil {
			return err
		}
	}
	for _, o := range p.Outputs {
		if err := c.stores[everywhere].DeclareOutput(o.Name, o.Type); err != nil {
			return err
		}
	}
	return nil
}

// sameParts refuses that a cell becomes one that is made of several cells, or
// the other way round: the contents would be lost without a word.
func (c *Core) sameParts(p *ir.Program) error {
	all := slices.Sorted(maps.Keys(c.known))
	for _, cell := range p.Cells {
		if known := c.otherParts(all, cellID(deployment, cell.Name)); known != "" {
			return &Error{Code: codeKindChanged, At: place(cell.Pos),
				Message: fmt.Sprintf("`%s` cannot become a cell of this kind: here is `%s`, which is made of other kinds", cell.Name, strings.TrimPrefix(known, deployment+"/")),
				Hint:    "give the new cell another name; the old one keeps its contents"}
		}
	}
	return nil
}

// otherParts is the first of all known cells, which are in their order, that is a
// part of the cell of that name or that it is a part of; "" where there is none.
func (c *Core) otherParts(all []string, name string) string {
	for i, b := range name {
		if _, is := c.known[name[:i]]; b == '.' && is {
			return name[:i]
		}
	}
	if at, _ := slices.BinarySearch(all, name+"."); at < len(all) && strings.HasPrefix(all[at], name+".") {
		return all[at]
	}
	return ""
}

func errKindChanged(cell *ir.Cell, was *types.Type, difference string) error {
	return &Error{Code: codeKindChanged, At: place(cell.Pos),
		Message: fmt.Sprintf("`%s` is of kind %s here and cannot become %s: %s", cell.Name, was, cell.Kind, difference),
		Hint:    "give the new cell another name; the old one keeps its contents"}
}

func errPlaceChanged(cell *ir.Cell, was, is home) error {
	return &Error{Code: codeKindChanged, At: place(cell.Pos),
		Message: fmt.Sprintf("`%s` is %s here and cannot become %s: its contents would stay behind", cell.Name, was, is),
		Hint:    "give the new cell another name; the old one keeps its contents"}
}

func cellSpec(cell *ir.Cell) state.CellSpec {
	return state.CellSpec{ID: cellID(deployment, cell.Name), Kind: cell.Kind}
}

// load checks that p can run here on what the stores hold, and makes it ready;
// nothing changes when it cannot.
func (c *Core) load(p Program) (*program, error) {
	next, err := c.prepare(p)
	if err != nil {
		return nil, err
	}
	return next, c.declare(p.IR)
}

// prepare is load without declaring the cells of p.
func (c *Core) prepare(p Program) (*program, error) {
	if err := ir.Runnable(p.IR); err != nil {
		return nil, &Error{Code: codeLater, Message: err.Error()}
	}
	next := &program{Program: p, ir: p.IR, params: p.Params, inputs: map[string]int{}, sources: map[int]int{}, bounds: map[string]*lattice.Bounds{}, on: make([][]int, len(p.IR.Inputs))}
	for i, in := range p.IR.Inputs {
		next.inputs[in.Name] = i
	}
	next.histories = p.IR.Histories()
	next.system = newSystem(p.IR)
	next.seals, next.barred = p.IR.Seals(), barred(p.IR)
	next.coordinates, next.singleHandlers = coordinates(p.IR), singles(p.IR)
	next.writes = make([]writes, len(p.IR.Handlers))
	for i, h := range p.IR.Handlers {
		written(p.IR, h.Body, &next.writes[i])
		next.tagsRead = append(next.tagsRead, tagsRead(p.IR, h))
		if h.Kind == ir.OnInput {
			next.on[h.Input] = append(next.on[h.Input], i)
		}
	}
	for _, on := range next.on {
		var bodies [][]*ir.Stmt
		for _, h := range on {
			bodies = append(bodies, p.IR.Handlers[h].Body)
		}
		next.once = append(next.once, onceOf(p.IR, bodies))
	}
	next.cells, next.numbers = map[state.CellID]int{}, map[string]int{}
	for _, cell := range p.IR.Cells {
		next.homes = append(next.homes, homeOf(cell))
		next.placed = next.placed || homeOf(cell).placed()
	}
	if err := c.numberHomes(next.homes); err != nil {
		return nil, &Error{Code: codeBadProgram, Message: err.Error()}
	}
	for i, cell := range p.IR.Cells {
		id := cellID(deployment, cell.Name)
		next.ids = append(next.ids, id)
		next.sources[cell.View.Node] = i
		next.cells[id], next.numbers[cell.Name] = i, i
		bounded, depth := isBounded(cell.Kind)
		next.bounded, next.depths = append(next.bounded, bounded), append(next.depths, depth)
		next.places = append(next.places, placesOf(cell.Kind))
	}
	next.held = heldBy(p.IR, next.sources)
	if err := c.findBounds(next); err != nil {
		return nil, err
	}
	m, err := c.newMachine(p.IR, p.Params)
	if err != nil {
		return nil, &Error{Code: codeBadProgram, Message: err.Error()}
	}
	next.machine = m
	return next, nil
}

func (c *Core) newMachine(p *ir.Program, params map[string]value.Value) (*vm.Machine, error) {
	return vm.New(p, c.cfg.Ops, vm.Options{Interner: c.in, Params: params, Fuel: c.cfg.Fuel, Stats: c.cfg.Stats, Clock: c.cfg.StatsClock, Interrupt: c.cfg.Interrupt, Pieces: c.cfg.Pieces})
}

// activate makes a loaded program the one that runs: derived state is built
// from the cells, and handlers fire for what they have not fired for.
func (c *Core) activate(next *program) error {
	c.dropWaiting()
	c.dropAsked()
	c.ord.late = nil
	c.heads, c.deferred = nil, nil
	c.bound(next)
	c.prog = next
	c.changed, c.changedShows = make([]bool, len(next.ir.Shows)), c.changedShows[:0]
	for i := range next.ir.Shows {
		c.noteShow(i)
	}
	c.holders.stale = true
	if err := c.startOrder(); err != nil {
		return err
	}
	turn, err := next.machine.Step(c.allRows(next))
	if err != nil {
		return err
	}
	if err := c.refresh(nil); err != nil { // shows are all told, and no handler waits for it
		return err
	}
	c.startTimers()
	c.heads = append(c.heads, turn.Heads...)
	if err := c.seedHistories(); err != nil {
		return err
	}
	return nil
}

// seedHistories puts what is in a cell into its history, which is kept from the
// first program on that asks for it.
func (c *Core) seedHistories() error {
	for _, n := range slices.Sorted(maps.Keys(c.prog.histories)) {
		h := c.prog.histories[n]
		group, one := c.groupOf(n, nil)
		if !one || c.stores[group] == nil {
			continue
		}
		now, err := c.stores[group].Read(c.prog.ids[n])
		if err != nil {
			return err
		}
		kept, err := c.stores[group].Read(c.prog.ids[h])
		if err != nil {
			return err
		}
		missing := slices.DeleteFunc(slices.Clone(now.Elems()), kept.Has)
		if len(missing) == 0 {
			continue
		}
		t := c.begin(lattice.Firing{})
		if err := t.in(group).Mutate(c.prog.ids[h], nil, "add_all", []value.Value{value.MakeList(missing)}); err != nil {
			t.abort()
			return err
		}
		t.commit()
	}
	return nil
}

// allRows lists every row of every cell of p as an appearance.
func (c *Core) allRows(p *program) []vm.Change {
	all := p.system.all()
	for _, st := range c.stores {
		all = append(all, rowsOf(p, st, 1)...)
	}
	return all
}

// cellRows lists every row of the cell with number n as an appearance.
func cellRows(st *state.Store, id state.CellID, n int) (all []vm.Change) {
	for leaf, relation := range st.Shape(id).Relations {
		var rows []value.Word
		count := 0
		_ = st.Rows(id, leaf, func(row []value.Word) bool {
			rows = append(rows, row...)
			count++
			return true
		})
		switch {
		case count == 0:
		case len(relation.Cols) > 0:
			all = append(all, vm.Change{Cell: n, Leaf: leaf, Row: rows, Mult: 1})
		default:
			all = append(all, vm.Change{Cell: n, Leaf: leaf, Mult: int64(count)})
		}
	}
	return all
}

// deployAs carries out a deployment: by the order where that decides about it, else
// at once.
func (c *Core) deployAs(ev Deploy) error {
	if c.cfg.Agreed && c.ord.group != nil {
		return c.submitDeploy(ev)
	}
	if ev.Program.Version == 0 {
		version, _ := c.activeProgram()
		ev.Program.Version = version + 1
	}
	if err := c.deploy(ev.Program); err != nil {
		return err
	}
	c.answer(ev.Req, ev.Ref, value.MakeInt(int64(ev.Program.Version)), nil)
	return nil
}

// deploy activates p as a new version, for this replica and, through the
// system cell, for all.
func (c *Core) deploy(p Program) error {
	version, hash := c.activeProgram()
	if p.Version < version || p.Version == version && bytes.Compare(p.Hash[:], hash) < 0 {
		return &Error{Code: codeOldVersion, Message: fmt.Sprintf("version %d is not above the active version %d", p.Version, version)}
	}
	next, err := c.load(p)
	if err != nil {
		return err
	}
	c.keepArtifact(p)
	if err := c.name(p.Version, p.Hash); err != nil {
		return err
	}
	return c.activate(next)
}

// activeProgram is what the system cell says. The hash is not to be changed.
func (c *Core) activeProgram() (version uint64, hash []byte) {
	const id = deployment + "/" + sysProgram
	if edits := c.stores[everywhere].Edits(id); edits != c.active.edits {
		c.active = activeProgram{edits: edits}
		if v, err := c.stores[everywhere].Read(id); err == nil && v.Kind() == value.Tuple {
			c.active.version, c.active.hash = uint64(v.Elems()[0].Int()), []byte(v.Elems()[1].Str())
		}
	}
	return c.active.version, c.active.hash
}

// activeProgram is the system cell as it was last read.
type activeProgram struct {
	edits   uint64
	version uint64
	hash    []byte
}

// follow switches to the program that the system cell names, once its artifact
// is here.
func (c *Core) follow() {
	if c.cfg.Agreed {
		c.judge()
	} else {
		for c.giveUp() {
		}
	}
	version, hash := c.activeProgram()
	if version == 0 || version == c.broken || c.prog != nil && bytes.Equal(hash, c.prog.Hash[:]) && version == c.prog.Version {
		return
	}
	if !c.findArtifact([32]byte(hash)) {
		c.wantProgram([32]byte(hash))
		return
	}
	artifact := c.artifacts[[32]byte(hash)]
	p, err := c.decodeProgram(artifact)
	if err == nil {
		var next *program
		if next, err = c.load(Program{IR: p, Version: version, Hash: [32]byte(hash), Artifact: artifact, Params: c.cfg.Program.Params}); err == nil {
			err = c.activate(next)
		}
	}
	if err != nil {
		c.startFailed(version, hash, err)
		c.follow()
		return
	}
	c.noteReturn(version, hash)
}
