package model

import "sync"

// hugeWords is the size from which a block lies outside the Go heap: there the
// collector neither scans nor counts it, and huge pages make random access cheaper.
const hugeWords = 1 << 17

// A heap hands out zeroed blocks of words and takes them all back at once.
type heap struct {
	mu     sync.Mutex
	mapped map[*uint64][]byte
	bytes  uint64 // handed out and not taken back
	log    uint64 // of these, for the log
	logs   [][]uint64
}

// alloc gives n zeroed words. It panics when the system has none left, as make does.
func (h *heap) alloc(n int) []uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.bytes += uint64(n) * 8
	if n < hugeWords {
		return make([]uint64, n)
	}
	words, raw := mapWords(n)
	if raw != nil {
		if h.mapped == nil {
			h.mapped = map[*uint64][]byte{}
		}
		h.mapped[&words[0]] = raw
	}
	return words
}

// free takes back a block that alloc gave.
func (h *heap) free(words []uint64) {
	if len(words) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.bytes -= uint64(len(words)) * 8
	if raw, ok := h.mapped[&words[0]]; ok {
		delete(h.mapped, &words[0])
		unmapWords(raw)
	}
}

// allocLog is alloc for the log, which is taken back as a whole.
func (h *heap) allocLog(n int) []uint64 {
	words := h.alloc(n)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.logs = append(h.logs, words)
	h.log += uint64(n) * 8
	return words
}

func (h *heap) freeLog() {
	for _, words := range h.logs {
		h.free(words)
	}
	h.logs, h.log = nil, 0
}

// close takes everything back.
func (h *heap) close() {
	for _, raw := range h.mapped {
		unmapWords(raw)
	}
	h.mapped = nil
}
