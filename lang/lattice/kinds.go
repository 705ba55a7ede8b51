package lattice

// Kinds is the table of all kinds; parser, checker, store, codec, documents and
// law tests walk it. Adding a kind is one file and one line here.
var Kinds = []*Kind{
	flag,
	maxKind,
	minKind,
	ivar,
	stream,
	gset,
	gcounter,
	bag,
	vclock,
	gmap,
	awset,
	rwset,
	twopset,
	pncounter,
	lww,
	mvreg,
	ewflag,
	dwflag,
	ormap,
	bcounter,
}
