//go:build !linux

package slab

func advise(_, _ uintptr) {}
