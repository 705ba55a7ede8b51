package conform

// sourceConstructs lists what accepted generated programs have to use, kinds by
// the mutators that scripts call.
func sourceConstructs() []string {
	return []string{
		"set rw", "set tp", "set mv", "removable flags", "write rw.add", "write rw.remove", "write tp.add", "write tp.remove", "write mv.set", "write ew.enable",
		"write ew.disable", "write dw.enable", "write dw.disable",
		"&", "-", "Flag", "Flag in a map", "IVar", "IVar in a map", "LWW", "Max meets Min", "Max reaches", "Min reaches", "ORMap entry", "PNCounter",
		"all", "and", "any", "append", "arithmetic", "below per key", "body for", "body if", "body match", "bound entries", "call of a function",
		"captured as data", "captured test", "closed truth in an entry", "count below", "count equals", "count minus fixed", "count reaches", "count_by",
		"difference of counts", "drop", "effect add", "effect add_all", "effect bind", "effect enable", "effect in a map", "effect increment",
		"effect join", "filter", "flat_map", "fold into a set", "for", "for pairs", "for stream", "for with condition", "function over sets",
		"generic function", "greatest of a set", "group_by", "growing element", "if or else", "if or nothing", "if over data", "in", "index",
		"least of a set", "let of a map", "let of a number", "let of a set", "let of a stream", "let of a truth", "let rec", "lifted", "list all",
		"list comprehension", "literal", "map", "map comprehension", "map filter", "map of a map", "match of a variant", "match with guard", "max of two",
		"min of two", "name", "not", "not below", "not in", "number if", "on", "on decrements", "on facts", "on grows", "on local", "on peeks",
		"on reads and sets", "on removes", "on removes keys", "or", "pair in an entry", "pair in an entry below", "pairs", "pipe", "prefix",
		"product of counts", "reach", "reach over records", "records", "recursion over removable", "remainder", "scaled", "scan", "sealed stream",
		"semi_join", "set acc", "set comprehension", "set ever(w)", "set gs[1]", "set keys(m)", "set keys(om)", "set oa[1]", "set s", "set t", "set w",
		"set {1, 2, 3}", "shortest", "show", "size", "size per key", "stream", "stream filter", "stream map", "subset", "sum of counts", "sum over a map",
		"superset", "take", "threshold per key", "top", "truth in an entry", "two generators", "union of maps", "when", "when bound", "when for",
		"write ask", "write drop_it", "write e.add", "write edges.add", "write f.enable", "write feed.append", "write feed.close", "IVar as a truth", "not in what is sealed", "less what is sealed", "write gs[%d].add", "write hi.join",
		"write iv.bind", "write ivs[%[1]d].bind", "write lo.join", "write m[%d].increment", "write mine.join", "write n.increment", "write oa.remove",
		"write oa[%d].add", "write om.remove", "write om[%d].increment", "write pn.decrement", "write pn.increment", "write put", "write reg.set",
		"write s.add", "write s.add_all", "write t.add", "write w.add", "write w.clear", "write w.remove", "zip", "|",
	}
}
