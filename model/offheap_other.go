//go:build !linux

package model

func mapWords(n int) (words []uint64, raw []byte) { return make([]uint64, n), nil }

func unmapWords([]byte) {}
