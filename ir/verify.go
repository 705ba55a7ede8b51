package ir

import (
	"github.com/laspc/lasp/lang/op"
)

// Verify is filled in below.
func Verify(p *Program, ops *op.Table) error { return nil }
