package lattice

// gmap holds a cell of another kind per key; a key is present once something
// was written below it.
var gmap = &Kind{
	Name:   "GMap",
	Doc:    "A map of kinds: `m[k]` is a cell of its own; a key is present once written and stays.",
	Params: []string{"K", "L"},
	Stable: true,
	Map:    true,
	View:   "Map[K, L]",
	Rows:   RowNone,
}

// ormap is gmap with removal of keys: everything below it can be removed, as
// far as it was seen, and what was not seen survives.
var ormap = &Kind{
	Name:      "ORMap",
	Doc:       "A map of kinds whose keys can be removed; a key is present while something live is below it.",
	Params:    []string{"K", "C"},
	Causal:    true,
	Map:       true,
	Removable: true,
	Moves:     "an ORMap: keys can be removed again",
	View:      "Map[K, C]",
	Rows:      RowNone,
	Mutators: []Mutator{{
		Name:    "remove",
		Doc:     "Removes what is seen here below k; what others do at the same time survives.",
		Params:  []Param{{Name: "k", Type: "K"}},
		Removes: true,
	}},
}
