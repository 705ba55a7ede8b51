package replica

import "github.com/laspc/lasp/runtime/wire"

func (c *Core) freeze(id uint64, places []wire.OrderPlace) {}
func (c *Core) thaw(b *barrier)                            {}
func (c *Core) thawLost(places []wire.OrderPlace)          {}
func (c *Core) tickFrozen()                                {}
func (c *Core) sealAll(t *turn, q *asked) error            { return nil }
