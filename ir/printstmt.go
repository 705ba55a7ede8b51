package ir

import "strings"

// stmts writes the statements of a body, one a line, indented by depth.
func (w *printer) stmts(ss []*Stmt, depth int) {
	for _, s := range ss {
		w.stmt(s, depth)
	}
}

func (w *printer) stmt(s *Stmt, depth int) {
	in := strings.Repeat("  ", depth)
	w.f("%s%s", in, stmtNames[s.Op])
	switch s.Op {
	case SMutate, SSeal:
		w.target(s)
	case SEmit:
		w.f(" %s", w.p.Outputs[s.N].Name)
	}
	if s.Barrier {
		w.f(" barrier")
	}
	if s.Pat != nil {
		w.f(" ")
		w.pattern(s.Pat)
		w.f(" =")
	}
	for _, a := range s.Args {
		w.f(" {")
		w.code(a, nil)
		w.f("}")
	}
	if s.Cond != nil {
		w.f(" if {")
		w.code(s.Cond, nil)
		w.f("}")
	}
	if w.bare != nil {
		w.f("\n")
	} else {
		w.pos(s.Pos)
	}
	w.branch("then", s.Then, depth)
	w.branch("else", s.Else, depth)
	for _, c := range s.Cases {
		w.f("%s  case ", in)
		w.pattern(c.Pat)
		if c.Guard != nil {
			w.f(" if {")
			w.code(c.Guard, nil)
			w.f("}")
		}
		w.f("\n")
		w.stmts(c.Body, depth+2)
		w.f("%s  end\n", in)
	}
}

// target writes the cell of a write, the keys and the mutator.
func (w *printer) target(s *Stmt) {
	if w.bare != nil {
		w.f(" %s", w.bare.cell(s.Cell))
	} else {
		w.f(" %s", w.p.Cells[s.Cell].Name)
	}
	for _, k := range s.Keys {
		w.f("[{")
		w.code(k, nil)
		w.f("}]")
	}
	if s.Op == SMutate {
		w.f(".%s", s.Name)
	}
}

func (w *printer) branch(word string, ss []*Stmt, depth int) {
	if len(ss) == 0 {
		return
	}
	in := strings.Repeat("  ", depth)
	w.f("%s  %s\n", in, word)
	w.stmts(ss, depth+2)
	w.f("%s  end\n", in)
}
