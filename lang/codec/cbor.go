// Package codec is the one binary form of everything that leaves a process:
// canonical CBOR (RFC 8949, core deterministic encoding), decoded strictly and
// under limits. Structs go through Marshal and Unmarshal, data values through
// EncodeValue and DecodeValue, which need the type that is kept elsewhere, and
// long columns through Packer and Unpacker.
package codec

import (
	"errors"
	"fmt"
	"sync"

	"github.com/fxamacker/cbor/v2"
)

// Limits bounds what decoding may take in. The zero value means the defaults.
type Limits struct {
	Bytes    int // of the whole input, 16 MB
	Elements int // of one array, map or column, and of all parts of one value, 1,048,576
	Depth    int // of nesting, 64
}

// Fill returns l with defaults in place of zeros.
func (l Limits) Fill() Limits {
	if l.Bytes <= 0 {
		l.Bytes = 16 << 20
	}
	if l.Elements <= 0 {
		l.Elements = 1 << 20
	}
	if l.Depth <= 0 {
		l.Depth = 64
	}
	return l
}

// ErrLimit is wrapped by errors about input that is well-formed but larger than
// its limits allow.
var ErrLimit = errors.New("larger than allowed")

// encoding is canonical: shortest forms, map keys in order, no indefinite
// lengths, no tags.
var encoding = func() cbor.EncMode {
	o := cbor.CoreDetEncOptions()
	o.IndefLength = cbor.IndefLengthForbidden
	o.TagsMd = cbor.TagsForbidden
	m, err := o.EncMode()
	if err != nil {
		panic(err)
	}
	return m
}()

// Marshal encodes a struct canonically. It fails only for types that have no
// CBOR form.
func Marshal(v any) ([]byte, error) { return encoding.Marshal(v) }

// Unmarshal decodes data into the struct that v points to. Unknown fields are
// ignored; duplicate keys, indefinite lengths, tags, invalid UTF-8, bytes after
// the end and anything beyond the limits are refused. What was decoded must not
// be hashed as if it were canonical: a sender may use longer forms.
func Unmarshal(data []byte, l Limits, v any) error {
	l = l.Fill()
	if len(data) > l.Bytes {
		return fmt.Errorf("%d bytes, at most %d are taken: %w", len(data), l.Bytes, ErrLimit)
	}
	m, err := decoding(l)
	if err != nil {
		return err
	}
	return m.Unmarshal(data, v)
}

// modes keeps the decoding modes of limits that were used, as they are costly to
// make and there are few.
var modes sync.Map // Limits to cbor.DecMode

func decoding(l Limits) (cbor.DecMode, error) {
	l.Bytes = 0
	if m, ok := modes.Load(l); ok {
		return m.(cbor.DecMode), nil
	}
	m, err := cbor.DecOptions{
		DupMapKey:        cbor.DupMapKeyEnforcedAPF,
		IndefLength:      cbor.IndefLengthForbidden,
		TagsMd:           cbor.TagsForbidden,
		UTF8:             cbor.UTF8RejectInvalid,
		MaxNestedLevels:  max(l.Depth, 4),
		MaxArrayElements: max(l.Elements, 16),
		MaxMapPairs:      max(l.Elements, 16),
	}.DecMode()
	if err == nil {
		modes.Store(l, m)
	}
	return m, err
}
