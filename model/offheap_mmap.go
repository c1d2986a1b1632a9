//go:build linux

package model

import (
	"fmt"
	"syscall"
	"unsafe"
)

// mapWords maps n zeroed words, in huge pages where the system has them.
func mapWords(n int) (words []uint64, raw []byte) {
	raw, err := syscall.Mmap(-1, 0, n*8, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE|syscall.MAP_NORESERVE)
	if err != nil {
		panic(fmt.Sprintf("model: the system has no %d bytes left: %v", n*8, err))
	}
	_ = syscall.Madvise(raw, syscall.MADV_HUGEPAGE) // a wish; everything works without
	return unsafe.Slice((*uint64)(unsafe.Pointer(&raw[0])), n), raw
}

func unmapWords(raw []byte) { _ = syscall.Munmap(raw) }
