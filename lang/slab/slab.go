// Package slab makes room in large columns: slices of plain words, which hold no
// pointers and may be hundreds of megabytes.
//
// Memory that a process gets from the system is handed out page by page when it
// is first touched, and for a first load that costs more than what is done with
// the memory. So room that is not used yet is not touched here, which slices.Grow
// and append do, and for large columns the system is asked for large pages, of
// which it takes 512 times fewer. It is advice: where the system has no large
// pages all is as before.
package slab

import (
	"slices"
	"unsafe"
)

// largeBytes is from how many bytes on a column is a large one.
const largeBytes = 1 << 20

// Make is make([]E, n, room) of elements without pointers.
func Make[E any](n, room int) []E {
	var e E
	s := make([]E, n, room)
	if size := uintptr(cap(s)) * unsafe.Sizeof(e); size >= largeBytes {
		advise(uintptr(unsafe.Pointer(unsafe.SliceData(s))), size)
	}
	return s
}

// Grow is slices.Grow of elements without pointers: room for at least n more.
func Grow[S ~[]E, E any](s S, n int) S {
	var e E
	if n <= cap(s)-len(s) {
		return s
	}
	if uintptr(len(s)+n)*unsafe.Sizeof(e) < largeBytes {
		return slices.Grow(s, n)
	}
	room := max(len(s)+n, cap(s)+cap(s)/4) // as append grows large slices
	grown := Make[E](len(s), room)
	copy(grown, s)
	return grown
}

// Extend makes s longer by n elements, which hold anything: the caller sets all of
// them.
func Extend[S ~[]E, E any](s S, n int) S {
	s = Grow(s, n)
	return s[:len(s)+n]
}
