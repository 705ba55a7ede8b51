package types

import "github.com/laspc/lasp/lang/value"

// The records that the built-in names `errors` and `conflicts` hold. They are
// types like those of a program and may be written in one.
var (
	// ErrorInfo is an element that was left out because its evaluation failed:
	// the code and sentence of the failure, and where in the source it was.
	ErrorInfo = record("ErrorInfo", Field{"code", String}, Field{"message", String}, Field{"position", String})
	// ConflictInfo is a single-assignment variable or an item of a stream that
	// was written twice: the cell, its keys, the values as text, and who wrote
	// each of them, in the same order.
	ConflictInfo = record("ConflictInfo", Field{"cell", String}, Field{"keys", ListOf(String)},
		Field{"values", ListOf(String)}, Field{"writers", ListOf(String)})
)

// SystemDef finds a built-in record by name, or nil.
func SystemDef(name string) *Def {
	for _, d := range []*Def{ErrorInfo, ConflictInfo} {
		if d.Name == name {
			return d
		}
	}
	return nil
}

func record(name string, fields ...Field) *Def {
	ctor := &Ctor{Name: name, Fields: fields, Value: &value.Ctor{Name: name, Type: name}}
	for _, f := range fields {
		ctor.Value.Fields = append(ctor.Value.Fields, f.Name)
	}
	return &Def{Name: name, Record: true, Ctors: []*Ctor{ctor}}
}
