package typecheck

import (
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/types"
)

// typeTest checks the steps of a test. Replicas are names that the test itself
// declares.
func (c *checker) typeTest(d *ast.TestDecl) {
	c.body = &bodyContext{place: inTest, replicas: map[string]*Special{}}
	defer func() { c.body = nil }()
	key := "test " + d.Name
	if first, twice := c.at[key]; twice {
		c.declaredTwice(d.Name, d.Span(), first)
	}
	c.at[key] = d.Span()
	c.push()
	defer c.pop()
	for _, s := range d.Steps {
		c.step(s)
	}
}

func (c *checker) step(s ast.Step) {
	switch s := s.(type) {
	case *ast.ReplicasStep:
		for _, r := range s.Names {
			if c.body.replicas[r.Name] != nil {
				c.replicaTwice(r)
			}
			c.body.replicas[r.Name] = &Special{Name: r.Name}
			c.replica(r)
		}
	case *ast.AtStep:
		c.replica(s.Replica)
		c.block(s.Body)
	case *ast.PartitionStep:
		for _, g := range s.Groups {
			for _, r := range g {
				c.replica(r)
			}
		}
	case *ast.CrashStep:
		c.replica(s.Replica)
	case *ast.RestartStep:
		c.replica(s.Replica)
	case *ast.WaitStep:
		c.check(s.For, types.Duration)
	case *ast.ParamStep:
		c.paramStep(s)
	case *ast.ExpectStep:
		c.expect(s)
	case *ast.ExpectFailsStep:
		c.replica(s.Replica)
		c.block(s.Body)
	case *ast.DeployStep:
		// Its file is read by who runs the test.
	}
}

// replica notes the use of a replica's name.
func (c *checker) replica(r *ast.Ident) {
	if r == nil {
		return
	}
	o := c.body.replicas[r.Name]
	if o == nil {
		c.unknownReplica(r)
		return
	}
	c.info.Uses[r] = o
}

func (c *checker) paramStep(s *ast.ParamStep) {
	p, ok := c.globals[s.Name.Name].(*Param)
	if !ok {
		c.unknownParam(s.Name)
		c.infer(s.Value)
		return
	}
	c.use(s.Name, p)
	c.check(s.Value, p.Type)
}

func (c *checker) expect(s *ast.ExpectStep) {
	c.replica(s.Replica)
	c.body.place = inExpect
	defer func() { c.body.place = inTest }()
	before := len(c.info.Calls)
	c.condition(s.Cond)
	if s.Replica == nil && len(c.info.Calls) > before {
		walk(s.Cond, func(e ast.Expr) {
			if call := c.info.Calls[e]; call != nil && call.Input != nil {
				c.inputNeedsReplica(e)
			}
		})
	}
}
