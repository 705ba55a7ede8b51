package ir

import "github.com/laspc/lasp/lang/op"

func runPasses(p *Program, ops *op.Table) error { return nil }
