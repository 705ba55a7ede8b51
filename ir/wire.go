package ir

// The binary form of a program. Types are texts in a table, and so are the names
// of files; code, patterns and statements are tables whose entries name their
// parts by index. Indexes of optional parts are one higher, so that 0 is none.
// Labels are part of it, so that Verify can hold them against the structure;
// what follows from the structure without judgement (hashes, views, bodies of
// recursions, sizes of frames) is not.

type wireProgram struct {
	Name     string        `cbor:"1,keyasint"`
	Files    []string      `cbor:"2,keyasint,omitempty"`
	Types    []string      `cbor:"3,keyasint,omitempty"`
	Defs     []wireDef     `cbor:"4,keyasint,omitempty"`
	Cells    []wireCell    `cbor:"5,keyasint,omitempty"`
	Params   []wireParam   `cbor:"6,keyasint,omitempty"`
	Inputs   []wireInput   `cbor:"7,keyasint,omitempty"`
	Outputs  []wireField   `cbor:"8,keyasint,omitempty"`
	Exprs    []wireExpr    `cbor:"9,keyasint,omitempty"`
	Pats     []wirePattern `cbor:"10,keyasint,omitempty"`
	Stmts    []wireStmt    `cbor:"11,keyasint,omitempty"`
	Nodes    []wireNode    `cbor:"12,keyasint,omitempty"`
	Funcs    []wireFunc    `cbor:"13,keyasint,omitempty"`
	Handlers []wireHandler `cbor:"14,keyasint,omitempty"`
	Shows    []wireNamed   `cbor:"15,keyasint,omitempty"`
	Lets     []wireNamed   `cbor:"16,keyasint,omitempty"`
}

// wirePos is file (index plus 1), line and column; none for no position.
type wirePos []int

type wireField struct {
	Name string `cbor:"1,keyasint"`
	Type int    `cbor:"2,keyasint"`
}

type wireCtor struct {
	Name   string      `cbor:"1,keyasint"`
	Fields []wireField `cbor:"2,keyasint,omitempty"`
}

type wireDef struct {
	Name   string     `cbor:"1,keyasint"`
	Record bool       `cbor:"2,keyasint,omitempty"`
	Ctors  []wireCtor `cbor:"3,keyasint"`
	// Lattice is set of records whose fields join one by one.
	Lattice bool `cbor:"4,keyasint,omitempty"`
	// Of (index plus 1), Bottom and Code are those of a hand-written lattice.
	Of     int    `cbor:"5,keyasint,omitempty"`
	Bottom []byte `cbor:"6,keyasint,omitempty"`
	Code   string `cbor:"7,keyasint,omitempty"`
}

type wireView struct {
	Type   int   `cbor:"1,keyasint"`
	Node   int   `cbor:"2,keyasint"`
	Keys   []int `cbor:"3,keyasint,omitempty"`
	Closed int   `cbor:"4,keyasint,omitempty"`
}

type wireCell struct {
	Name   string      `cbor:"1,keyasint"`
	Kind   int         `cbor:"2,keyasint"`
	View   wireView    `cbor:"3,keyasint"`
	Group  string      `cbor:"4,keyasint,omitempty"`
	Scope  string      `cbor:"5,keyasint"`
	Writer string      `cbor:"6,keyasint,omitempty"`
	ByKey  bool        `cbor:"7,keyasint,omitempty"`
	Shards int         `cbor:"8,keyasint,omitempty"`
	Tag    string      `cbor:"9,keyasint,omitempty"`
	Pos    wirePos     `cbor:"10,keyasint,omitempty"`
	Lower  []wireBound `cbor:"11,keyasint,omitempty"`
	Upper  []wireBound `cbor:"12,keyasint,omitempty"`
}

type wireBound struct {
	Param string `cbor:"1,keyasint,omitempty"`
	Plus  int64  `cbor:"2,keyasint"`
}

type wireParam struct {
	Name    string `cbor:"1,keyasint"`
	Type    int    `cbor:"2,keyasint"`
	Default []byte `cbor:"3,keyasint,omitempty"`
}

type wireInput struct {
	Name   string      `cbor:"1,keyasint"`
	Params []wireField `cbor:"2,keyasint,omitempty"`
	Reply  int         `cbor:"3,keyasint,omitempty"` // plus 1
}

type wireArm struct {
	Pat   int `cbor:"1,keyasint"`
	Guard int `cbor:"2,keyasint,omitempty"` // plus 1
	Body  int `cbor:"3,keyasint"`
}

type wireExpr struct {
	Op       int       `cbor:"1,keyasint"`
	Type     int       `cbor:"2,keyasint"`
	Name     string    `cbor:"3,keyasint,omitempty"` // or the constructor
	N        int       `cbor:"4,keyasint,omitempty"` // or the slot
	Value    []byte    `cbor:"5,keyasint,omitempty"`
	View     *wireView `cbor:"6,keyasint,omitempty"`
	Args     []int     `cbor:"7,keyasint,omitempty"`
	Arms     []wireArm `cbor:"8,keyasint,omitempty"`
	Params   []int     `cbor:"9,keyasint,omitempty"`
	Body     int       `cbor:"10,keyasint,omitempty"` // plus 1
	Captures []int     `cbor:"11,keyasint,omitempty"`
	Pat      int       `cbor:"12,keyasint,omitempty"` // plus 1
	Pos      wirePos   `cbor:"13,keyasint,omitempty"`
}

type wirePattern struct {
	Op    int    `cbor:"1,keyasint"`
	Slot  int    `cbor:"2,keyasint,omitempty"`
	Type  int    `cbor:"3,keyasint,omitempty"` // of the value, plus 1
	Value []byte `cbor:"4,keyasint,omitempty"`
	Ctor  string `cbor:"5,keyasint,omitempty"`
	Args  []int  `cbor:"6,keyasint,omitempty"`
}

type wireCase struct {
	Pat   int   `cbor:"1,keyasint"`
	Guard int   `cbor:"2,keyasint,omitempty"` // plus 1
	Body  []int `cbor:"3,keyasint,omitempty"`
}

type wireStmt struct {
	Op      int        `cbor:"1,keyasint"`
	Cell    int        `cbor:"2,keyasint,omitempty"`
	Keys    []int      `cbor:"3,keyasint,omitempty"`
	Name    string     `cbor:"4,keyasint,omitempty"`
	N       int        `cbor:"5,keyasint,omitempty"`
	Args    []int      `cbor:"6,keyasint,omitempty"`
	Pat     int        `cbor:"7,keyasint,omitempty"` // plus 1
	Cond    int        `cbor:"8,keyasint,omitempty"` // plus 1
	Then    []int      `cbor:"9,keyasint,omitempty"`
	Else    []int      `cbor:"10,keyasint,omitempty"`
	Cases   []wireCase `cbor:"11,keyasint,omitempty"`
	Barrier bool       `cbor:"12,keyasint,omitempty"`
	Pos     wirePos    `cbor:"13,keyasint,omitempty"`
}

type wireAggregate struct {
	Row  string `cbor:"1,keyasint,omitempty"`
	Arg  int    `cbor:"2,keyasint,omitempty"` // plus 1
	Type int    `cbor:"3,keyasint"`
}

type wireNode struct {
	Kind    int             `cbor:"1,keyasint"`
	In      []int           `cbor:"2,keyasint,omitempty"`
	Cols    []int           `cbor:"3,keyasint,omitempty"`
	Type    int             `cbor:"4,keyasint,omitempty"` // plus 1
	Cell    int             `cbor:"5,keyasint,omitempty"`
	Leaf    int             `cbor:"6,keyasint,omitempty"`
	Rows    [][][]byte      `cbor:"7,keyasint,omitempty"`
	Cond    int             `cbor:"8,keyasint,omitempty"` // plus 1
	Out     []int           `cbor:"9,keyasint,omitempty"`
	HasOut  bool            `cbor:"10,keyasint,omitempty"` // no columns are not the same as all of them
	Each    int             `cbor:"11,keyasint,omitempty"` // plus 1
	LKey    []int           `cbor:"12,keyasint,omitempty"`
	RKey    []int           `cbor:"13,keyasint,omitempty"`
	Keys    int             `cbor:"14,keyasint,omitempty"`
	Aggs    []wireAggregate `cbor:"15,keyasint,omitempty"`
	Rec     int             `cbor:"16,keyasint,omitempty"`
	Peers   []int           `cbor:"17,keyasint,omitempty"`
	Limit   int             `cbor:"18,keyasint,omitempty"`
	Quals   map[int]int     `cbor:"19,keyasint,omitempty"`
	Class   string          `cbor:"20,keyasint"`
	Algebra int             `cbor:"21,keyasint,omitempty"`
	Rule    int             `cbor:"22,keyasint,omitempty"`
	Pos     wirePos         `cbor:"23,keyasint,omitempty"`
}

type wireFunc struct {
	Name   string  `cbor:"1,keyasint"`
	Key    string  `cbor:"2,keyasint"`
	Params int     `cbor:"3,keyasint,omitempty"`
	Body   int     `cbor:"4,keyasint"`
	Type   int     `cbor:"5,keyasint"`
	Pos    wirePos `cbor:"6,keyasint,omitempty"`
}

type wireHandler struct {
	Kind    int     `cbor:"1,keyasint"`
	Name    string  `cbor:"2,keyasint"`
	Input   int     `cbor:"3,keyasint"`
	Period  int64   `cbor:"4,keyasint,omitempty"`
	Head    int     `cbor:"5,keyasint"`
	Types   []int   `cbor:"6,keyasint,omitempty"`
	HeadPat int     `cbor:"7,keyasint,omitempty"` // plus 1
	Writer  string  `cbor:"8,keyasint,omitempty"`
	Slots   int     `cbor:"9,keyasint,omitempty"`
	Body    []int   `cbor:"10,keyasint,omitempty"`
	Pos     wirePos `cbor:"11,keyasint,omitempty"`
}

type wireNamed struct {
	Name  string   `cbor:"1,keyasint"`
	View  wireView `cbor:"2,keyasint"`
	Class string   `cbor:"3,keyasint"`
	Lazy  bool     `cbor:"4,keyasint,omitempty"`
	Pos   wirePos  `cbor:"5,keyasint,omitempty"`
}
