package slab

import "syscall"

// largePages is how large the pages are that are asked for, in bytes. Only whole
// ones within the column are: its neighbours are not ours to give advice about.
const largePages = 2 << 20

// advise asks for large pages. That it fails says only that there are none.
func advise(at, size uintptr) {
	const mask = largePages - 1
	from, to := (at+mask)&^mask, (at+size)&^mask
	if from < to {
		_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, from, to-from, syscall.MADV_HUGEPAGE)
	}
}
