package vm

import "reflect"

// sizer adds up the memory behind operators, each part once however many point
// at it: capacities of slices, entries of maps, structures. It follows what the
// state of one node is made of and stops at other nodes, at the machine, and at
// what belongs to other packages, programs and interned values among them. It
// reads types as they are, so that no operator has to count for itself.
type sizer struct {
	seen map[uintptr]bool
}

func newSizer() *sizer { return &sizer{seen: map[uintptr]bool{}} }

// borders are types that are not part of a node's own state.
var borders = map[reflect.Type]bool{
	reflect.TypeFor[node](): true, reflect.TypeFor[Machine](): true, reflect.TypeFor[component](): true, reflect.TypeFor[code](): true,
}

// home is the package whose structures are followed.
var home = reflect.TypeFor[Machine]().PkgPath()

// of is the memory behind a value, beside the value itself.
func (s *sizer) of(v reflect.Value) int {
	switch v.Kind() {
	case reflect.Pointer:
		t := v.Type().Elem()
		if v.IsNil() || borders[t] || t.PkgPath() != "" && t.PkgPath() != home || !s.first(v.Pointer()) {
			return 0
		}
		return int(t.Size()) + s.of(v.Elem())
	case reflect.Interface:
		if v.IsNil() {
			return 0
		}
		return s.of(v.Elem())
	case reflect.Slice:
		return s.slice(v)
	case reflect.Map:
		return s.entries(v)
	case reflect.Struct, reflect.Array:
		return s.parts(v)
	}
	return 0
}

func (s *sizer) first(at uintptr) bool {
	if s.seen[at] {
		return false
	}
	s.seen[at] = true
	return true
}

func (s *sizer) slice(v reflect.Value) int {
	if v.Cap() == 0 || !s.first(v.Pointer()) {
		return 0
	}
	n := v.Cap() * int(v.Type().Elem().Size())
	if holdsPointers(v.Type().Elem()) {
		for i := range v.Len() {
			n += s.of(v.Index(i))
		}
	}
	return n
}

// entries estimates a map: its entries, an eighth for control and as much again
// for places that are free.
func (s *sizer) entries(v reflect.Value) int {
	if v.IsNil() || !s.first(v.Pointer()) {
		return 0
	}
	t := v.Type()
	n := v.Len() * (int(t.Key().Size()+t.Elem().Size()) + 1) * 5 / 4
	if holdsPointers(t.Elem()) {
		for it := v.MapRange(); it.Next(); {
			n += s.of(it.Value())
		}
	}
	return n
}

func (s *sizer) parts(v reflect.Value) (n int) {
	if v.Kind() == reflect.Array {
		for i := range v.Len() {
			n += s.of(v.Index(i))
		}
		return n
	}
	if t := v.Type(); t.PkgPath() != "" && t.PkgPath() != home {
		return 0
	}
	for i := range v.NumField() {
		n += s.of(v.Field(i))
	}
	return n
}

// holdsPointers reports whether values of a type lead on to others that are
// counted.
func holdsPointers(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map, reflect.Struct, reflect.Array:
		return true
	}
	return false
}

// rows is the bytes of a node's rows, and apart from them those of the indexes
// on them. It comes before operator, because operators hold rows and indexes of
// other nodes.
func (s *sizer) rows(n *node) (own int, indexes []IndexStats) {
	if n.table == nil {
		return 0, nil
	}
	listed := n.table.indexes
	n.table.indexes = nil // a part of its own
	own = s.of(reflect.ValueOf(n.table))
	n.table.indexes = listed
	for _, x := range listed {
		if bytes := s.of(reflect.ValueOf(x)); bytes > 0 {
			indexes = append(indexes, IndexStats{Cols: x.cols, Bytes: int64(bytes)})
		}
	}
	return own, indexes
}

// operator is the bytes of what a node keeps beside its rows.
func (s *sizer) operator(n *node) int {
	return s.of(reflect.ValueOf(&n.out).Elem()) + s.of(reflect.ValueOf(&n.op).Elem())
}
