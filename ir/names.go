package ir

import "github.com/laspc/lasp/lang/op"

// The words of the text form, by value of their type.
var (
	nodeNames = [...]string{
		Source: "source", Const: "const", Map: "map", FlatMap: "flatmap", Join: "join",
		SemiJoin: "semijoin", AntiJoin: "antijoin", Union: "union", Distinct: "distinct",
		Group: "group", Rec: "rec", Fix: "fix", Compute: "compute", Stream: "stream",
		Threshold: "threshold", Seal: "seal", Decide: "decide", Sink: "sink",
	}
	algebraNames = [...]string{Lattice: "lattice", ZSet: "zset", ScalarAlg: "scalar"}
	ruleNames    = [...]string{
		op.Scalar: "scalar", op.Linear: "linear", op.Bilinear: "bilinear",
		op.Aggregate: "aggregate", op.Recompute: "recompute", op.Unfold: "unfold",
	}
	handlerNames = [...]string{OnInput: "on", OnEvery: "every", OnStart: "start", When: "when", Held: "held"}
	stmtNames    = [...]string{
		SMutate: "mutate", SEmit: "emit", SReply: "reply", SSeal: "seal", SIf: "if", SFor: "for",
		SLet: "let", SMatch: "match", SCoordinate: "coordinate", SFail: "fail",
	}
)

// String is the word for the kind in the text form.
func (k NodeKind) String() string { return nodeNames[k] }

// String is the word for the algebra in the text form.
func (a Algebra) String() string { return algebraNames[a] }
