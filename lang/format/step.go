package format

import "github.com/laspc/lasp/lang/ast"

func (p *printer) test(d *ast.TestDecl) doc {
	var items []item
	for _, s := range d.Steps {
		items = append(items, item{s, func() doc { return p.step(s) }})
	}
	return cat(text(`test "`+escaped(d.Name)+`" `), p.body(items, d, nil))
}

func (p *printer) step(s ast.Step) doc {
	switch s := s.(type) {
	case *ast.ReplicasStep:
		return cat(text("replicas "), p.idents(s.Names))
	case *ast.AtStep:
		return cat(text("at "), p.ident(s.Replica), text(" "), p.block(s.Body))
	case *ast.SyncStep:
		return text("sync")
	case *ast.PartitionStep:
		d := text("partition ")
		for i, g := range s.Groups {
			if i > 0 {
				d = cat(d, text(" | "))
			}
			d = cat(d, p.idents(g))
		}
		return d
	case *ast.HealStep:
		return text("heal")
	case *ast.CrashStep:
		return cat(text("crash "), p.ident(s.Replica))
	case *ast.RestartStep:
		d := cat(text("restart "), p.ident(s.Replica))
		if s.Blank {
			d = cat(d, text(" blank"))
		}
		return d
	case *ast.WaitStep:
		return cat(text("wait "), p.expr(s.For))
	case *ast.ParamStep:
		return p.assigned(cat(text("param "), p.ident(s.Name), text(" =")), s.Value)
	case *ast.DeployStep:
		return cat(text("deploy "), p.within(s), text(quoted(s.Path, s.PathAt.Text())))
	case *ast.ExpectStep:
		if s.Replica == nil {
			return cat(text("expect "), p.expr(s.Cond))
		}
		return cat(text("expect at "), p.ident(s.Replica), text(" "), p.expr(s.Cond))
	case *ast.ExpectFailsStep:
		return cat(text("expect fails "), p.ident(s.Code), text(" at "), p.ident(s.Replica), text(" "), p.block(s.Body))
	}
	return nothing
}
