package types

import (
	"strconv"

	"github.com/laspc/lasp/lang/value"
)

// items reads a bracketed list, calling each at every element.
func (r *jsonReader) items(want string, each func(i int) error) error {
	if !r.accept('[') {
		return r.fail(want)
	}
	for i := 0; !r.accept(']'); i++ {
		if i > 0 && !r.accept(',') {
			return r.fail("`,` or `]`")
		}
		r.path = append(r.path, "["+strconv.Itoa(i)+"]")
		if err := each(i); err != nil {
			return err
		}
		r.path = r.path[:len(r.path)-1]
	}
	return nil
}

// members reads an object, calling each at the value of every key.
func (r *jsonReader) members(want string, each func(key string) error) error {
	if !r.accept('{') {
		return r.fail(want)
	}
	for first := true; !r.accept('}'); first = false {
		if !first && !r.accept(',') {
			return r.fail("`,` or `}`")
		}
		key, err := r.text("a key in quotes")
		if err != nil {
			return err
		}
		if !r.accept(':') {
			return r.fail("`:`")
		}
		r.path = append(r.path, "."+key)
		if err := each(key); err != nil {
			return err
		}
		r.path = r.path[:len(r.path)-1]
	}
	return nil
}

func (r *jsonReader) array(elem *Type) ([]value.Value, error) {
	var xs []value.Value
	err := r.items("an array", func(int) error {
		x, err := r.read(elem)
		xs = append(xs, x)
		return err
	})
	return xs, err
}

func (r *jsonReader) tuple(parts []*Type) (value.Value, error) {
	xs := make([]value.Value, 0, len(parts))
	want := "an array of " + strconv.Itoa(len(parts))
	err := r.items(want, func(i int) error {
		if i >= len(parts) {
			return r.errorf("expected %s", want)
		}
		x, err := r.read(parts[i])
		xs = append(xs, x)
		return err
	})
	if err == nil && len(xs) < len(parts) {
		err = r.errorf("expected %s, found %d", want, len(xs))
	}
	return value.MakeTuple(xs...), err
}

// mapping reads an object where keys are text, and an array of pairs otherwise;
// the empty map is also {} with any keys.
func (r *jsonReader) mapping(k, v *Type) (value.Value, error) {
	var kvs []value.Value
	put := func(key, val value.Value) error {
		kvs = append(kvs, key, val)
		return nil
	}
	r.space()
	object := r.at < len(r.data) && r.data[r.at] == '{'
	var err error
	switch {
	case object && (k.Is("String") || k.Is("Node")):
		err = r.members("an object", func(key string) error {
			x, err := r.read(v)
			if err != nil {
				return err
			}
			if k.Is("Node") {
				return put(value.MakeNode(key), x)
			}
			return put(value.MakeString(key), x)
		})
	case object:
		err = r.members("", func(string) error { return r.errorf("a map with keys of type %s is an array of pairs", k) })
	default:
		err = r.items("an object or an array of pairs", func(int) error {
			pair, err := r.tuple([]*Type{k, v})
			if err != nil {
				return err
			}
			return put(pair.Elems()[0], pair.Elems()[1])
		})
	}
	if err != nil {
		return value.Value{}, err
	}
	m := value.MakeMap(kvs)
	if m.Len() < len(kvs)/2 {
		return value.Value{}, r.errorf("a key occurs twice")
	}
	return m, nil
}

// option reads null or the content; an Option in an Option has the form of a
// variant, so that Some(None) is not None.
func (r *jsonReader) option(elem *Type) (value.Value, error) {
	if r.word("null") {
		return value.None(), nil
	}
	if !elem.Is("Option") {
		v, err := r.read(elem)
		return value.Some(v), err
	}
	inner, err := r.taggedOption(elem.Resolve().Args[0])
	return value.Some(inner), err
}

// taggedOption reads {"$":"None"} or {"$":"Some","value":..} of an Option[elem].
func (r *jsonReader) taggedOption(elem *Type) (value.Value, error) {
	out, got := value.None(), ""
	want := `{"$":"None"} or {"$":"Some","value":...}`
	err := r.members(want, func(key string) error {
		switch {
		case key == "$" && got == "":
			tag, err := r.text("None or Some")
			got = tag
			return err
		case key == "value" && got == "Some":
			v, err := r.optionPart(elem)
			out = value.Some(v)
			return err
		}
		return r.errorf("expected %s", want)
	})
	if err == nil && got != "None" && (got != "Some" || out.IsNone()) {
		err = r.errorf("expected %s", want)
	}
	return out, err
}

func (r *jsonReader) optionPart(elem *Type) (value.Value, error) {
	if elem.Is("Option") {
		return r.taggedOption(elem.Resolve().Args[0])
	}
	return r.read(elem)
}

// ivar reads null, a value, or {"$conflict":[..]}.
func (r *jsonReader) ivar(elem *Type) (value.Value, error) {
	if r.word("null") {
		return value.MakeUnbound(), nil
	}
	if xs, ok, err := r.wrapped("$conflict", elem); ok || err != nil {
		return value.MakeConflict(xs), err
	}
	return r.read(elem)
}

// stream reads an array, which is closed, or {"$open":[..]}.
func (r *jsonReader) stream(elem *Type) (value.Value, error) {
	if xs, ok, err := r.wrapped("$open", elem); ok || err != nil {
		return value.MakeOpen(xs), err
	}
	xs, err := r.array(elem)
	return value.MakeList(xs), err
}

// wrapped reads {"key":[..]}; ok is false, and nothing is taken, where something
// else stands.
func (r *jsonReader) wrapped(key string, elem *Type) (xs []value.Value, ok bool, err error) {
	start := r.at
	if !r.accept('{') || !r.word(`"`+key+`"`) || !r.accept(':') {
		r.at = start
		return nil, false, nil
	}
	if xs, err = r.array(elem); err == nil && !r.accept('}') {
		err = r.fail("`}`")
	}
	return xs, true, err
}

// constructor reads a record, or a variant with its constructor in "$", which
// comes first. The "$" may be left out where there is one constructor.
func (r *jsonReader) constructor(def *Def) (value.Value, error) {
	ctor := def.soleCtor()
	var fields []value.Value
	if ctor != nil {
		fields = make([]value.Value, len(ctor.Fields))
	}
	err := r.members("an object for "+def.Name, func(key string) error {
		if key == "$" && !def.Record && len(fields) == 0 {
			name, err := r.text("the name of a constructor")
			if err != nil {
				return err
			}
			if ctor = def.ctor(name); ctor == nil {
				return r.errorf("%s has no constructor %s", def.Name, name)
			}
			fields = make([]value.Value, len(ctor.Fields))
			return nil
		}
		if ctor == nil {
			return r.errorf(`a %s begins with "$" and the name of its constructor`, def.Name)
		}
		return r.field(ctor, fields, key)
	})
	if err == nil && ctor == nil {
		err = r.errorf(`a %s names its constructor in "$"`, def.Name)
	}
	if err != nil {
		return value.Value{}, err
	}
	for i, f := range fields {
		if !f.IsValid() {
			return value.Value{}, r.errorf("the field %s of %s is missing", ctor.Fields[i].Name, ctor.Name)
		}
	}
	return value.MakeRecord(ctor.Value, fields...), nil
}

func (r *jsonReader) field(ctor *Ctor, fields []value.Value, key string) error {
	for i, f := range ctor.Fields {
		if f.Name != key {
			continue
		}
		if fields[i].IsValid() {
			return r.errorf("given twice")
		}
		v, err := r.read(f.Type)
		fields[i] = v
		return err
	}
	return r.errorf("%s has no field of this name", ctor.Name)
}

// soleCtor is the constructor that needs no naming: that of a record, and the
// one that has the name of its type.
func (d *Def) soleCtor() *Ctor {
	if d.Record {
		return d.Ctors[0]
	}
	return d.ctor(d.Name)
}

func (d *Def) ctor(name string) *Ctor {
	for _, c := range d.Ctors {
		if c.Name == name {
			return c
		}
	}
	return nil
}
