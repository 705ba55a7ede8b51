package replica

import (
	"fmt"
	"slices"
	"strings"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/vm"
)

// Change says what deploying a program does to a part of it.
type Change string

// The changes.
const (
	PlanKept    Change = "kept"    // the same as now
	PlanChanged Change = "changed" // the name stays, the code is another
	PlanNew     Change = "new"
	PlanGone    Change = "gone"    // no longer declared; a cell keeps its contents, unseen
	PlanRefused Change = "refused" // the deployment would be refused, for Why
)

// PlanRow is one part of a program in a Plan.
type PlanRow struct {
	What   string `json:"what"` // cell, output, definition or handler
	Name   string `json:"name"`
	Change Change `json:"change"`
	At     string `json:"at,omitempty"`  // file:line:column in the program that declares it
	Why    string `json:"why,omitempty"` // PlanRefused: the reason
	// Fires is for how many keys a handler would fire right after the activation,
	// by what this replica holds. A changed handler has a new identity, so it fires
	// again for what its older form has fired for.
	Fires int `json:"fires,omitempty"`
}

// Plan is what deploying a program would change here.
type Plan struct {
	Version uint64    `json:"version"` // that it would get
	Same    bool      `json:"same"`    // this very program is active
	Rows    []PlanRow `json:"rows"`
}

// Refused lists the rows for which the deployment would be refused.
func (p *Plan) Refused() []PlanRow {
	return slices.DeleteFunc(slices.Clone(p.Rows), func(r PlanRow) bool { return r.Change != PlanRefused })
}

// Plan compares p with what runs and is held here. Nothing changes. The error is
// about a program that cannot run at all.
func (c *Core) Plan(p Program) (*Plan, error) {
	if err := ir.Runnable(p.IR); err != nil {
		return nil, &Error{Code: codeLater, Message: err.Error()}
	}
	active, _ := c.activeProgram()
	plan := &Plan{Version: active + 1, Same: c.prog != nil && c.prog.Hash == p.Hash && active > 0}
	now := &ir.Program{}
	if c.prog != nil {
		now = c.prog.ir
	}
	c.planCells(plan, p.IR, now)
	c.planOutputs(plan, p.IR, now)
	planDefinitions(plan, p.IR, now)
	return plan, c.planHandlers(plan, p, now)
}

func (c *Core) planCells(plan *Plan, next, now *ir.Program) {
	declared := map[string]bool{}
	for _, cell := range next.Cells {
		declared[cell.Name] = true
		row := PlanRow{What: "cell", Name: cell.Name, Change: PlanNew, At: place(cell.Pos)}
		if known, is := c.known[cellID(deployment, cell.Name)]; is {
			row.Change = PlanKept
			if d := types.Difference(known.spec.Kind, cell.Kind); d != "" {
				row.Change, row.Why = PlanRefused, fmt.Sprintf("it is of kind %s and cannot become %s: %s", known.spec.Kind, cell.Kind, d)
			} else if h := homeOf(cell); !h.same(known.home) {
				row.Change, row.Why = PlanRefused, fmt.Sprintf("it is %s and cannot become %s", known.home, h)
			}
		}
		plan.Rows = append(plan.Rows, row)
	}
	for _, cell := range now.Cells {
		if !declared[cell.Name] {
			plan.Rows = append(plan.Rows, PlanRow{What: "cell", Name: cell.Name, Change: PlanGone, At: place(cell.Pos)})
		}
	}
}

func (c *Core) planOutputs(plan *Plan, next, now *ir.Program) {
	declared := map[string]bool{}
	for _, o := range next.Outputs {
		declared[o.Name] = true
		row := PlanRow{What: "output", Name: o.Name, Change: PlanNew}
		if known := c.stores[everywhere].OutputType(o.Name); known != nil {
			row.Change = PlanKept
			if d := types.Difference(known, o.Type); d != "" {
				row.Change, row.Why = PlanRefused, fmt.Sprintf("it holds values of %s and cannot hold %s: %s", known, o.Type, d)
			}
		}
		plan.Rows = append(plan.Rows, row)
	}
	for _, o := range now.Outputs {
		if !declared[o.Name] {
			plan.Rows = append(plan.Rows, PlanRow{What: "output", Name: o.Name, Change: PlanGone})
		}
	}
}

// planDefinitions compares definitions by the hashes of their nodes: of code, of
// what they read, and of the cells behind it.
func planDefinitions(plan *Plan, next, now *ir.Program) {
	before := map[string]string{}
	for _, l := range now.Lets {
		before[l.Name] = viewHash(now, l.View)
	}
	for _, l := range next.Lets {
		row := PlanRow{What: "definition", Name: l.Name, Change: PlanNew, At: place(l.Pos)}
		if hash, known := before[l.Name]; known {
			row.Change = PlanChanged
			if hash == viewHash(next, l.View) {
				row.Change = PlanKept
			}
			delete(before, l.Name)
		}
		plan.Rows = append(plan.Rows, row)
	}
	for _, l := range now.Lets {
		if _, gone := before[l.Name]; gone {
			plan.Rows = append(plan.Rows, PlanRow{What: "definition", Name: l.Name, Change: PlanGone, At: place(l.Pos)})
		}
	}
}

func viewHash(p *ir.Program, v ir.View) string {
	var b strings.Builder
	b.WriteString(v.Type.String())
	for _, n := range append([]int{v.Node}, v.Keys...) {
		if n >= 0 && n < len(p.Nodes) {
			b.Write(p.Nodes[n].Hash[:])
		}
	}
	return b.String()
}

// planHandlers compares the handlers that fire by themselves by their identity,
// and the others not: an event runs what is active then.
func (c *Core) planHandlers(plan *Plan, p Program, now *ir.Program) error {
	before := map[[16]byte]bool{}
	names := map[string]bool{}
	for _, h := range now.Handlers {
		if h.Kind == ir.When {
			before[h.ID] = true
			names[h.Name] = true
		}
	}
	fires := map[int]int{}
	if len(plan.Refused()) == 0 {
		var err error
		if fires, err = c.wouldFire(p); err != nil {
			return err
		}
	}
	kept := map[[16]byte]bool{}
	for i, h := range p.IR.Handlers {
		if h.Kind != ir.When {
			continue
		}
		row := PlanRow{What: "handler", Name: h.Name, Change: PlanNew, At: place(h.Pos), Fires: fires[i]}
		switch {
		case before[h.ID]:
			row.Change = PlanKept
			kept[h.ID] = true
		case names[h.Name]:
			row.Change = PlanChanged
		}
		plan.Rows = append(plan.Rows, row)
	}
	for _, h := range now.Handlers {
		if h.Kind == ir.When && !kept[h.ID] && !slices.ContainsFunc(p.IR.Handlers, func(o *ir.Handler) bool { return o.Name == h.Name }) {
			plan.Rows = append(plan.Rows, PlanRow{What: "handler", Name: h.Name, Change: PlanGone, At: place(h.Pos)})
		}
	}
	return nil
}

// wouldFire evaluates p beside the program that runs, on what the cells hold
// now, and counts the rows at the heads of its handlers that have not fired.
func (c *Core) wouldFire(p Program) (map[int]int, error) {
	m, err := c.newMachine(p.IR, p.Params)
	if err != nil {
		return nil, &Error{Code: codeBadProgram, Message: err.Error()}
	}
	turn, err := m.Step(c.heldRows(p.IR))
	if err != nil {
		return nil, &Error{Code: codeBadProgram, Message: err.Error()}
	}
	fires := map[int]int{}
	for _, head := range turn.Heads {
		h := p.IR.Handlers[head.Handler]
		if _, fired := c.firedHere(lattice.Firing{Handler: h.ID, Key: keyHash(head.Row)}); !fired {
			fires[head.Handler]++
		}
	}
	return fires, nil
}

// heldRows lists what is held of the cells of a program that may not be declared
// here yet.
func (c *Core) heldRows(p *ir.Program) []vm.Change {
	var all []vm.Change
	for n, cell := range p.Cells {
		id := cellID(deployment, cell.Name)
		for _, st := range c.stores {
			if st != nil && st.Shape(id) != nil {
				all = append(all, cellRows(st, id, n)...)
			}
		}
	}
	return all
}
