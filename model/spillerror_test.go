package model

import (
	"os"
	"path/filepath"
	"testing"
)

// What can't be read back from disk is told, also when a later page can be read.
func TestWorker_loadKeepsTheFirstError(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "states"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := &search{width: 1, spill: &spill{file: f, width: 1}}
	w := &worker{s: s}
	s.workers = []*worker{w}
	there, err := s.spill.write([]uint64{7})
	if err != nil {
		t.Fatal(err)
	}
	if got := w.load(piece{page: there}); len(got) != 1 || got[0] != 7 {
		t.Fatalf("what was written is read back as %v", got)
	}
	if got := w.load(piece{page: extent{9, 1}}); got != nil || w.err == nil {
		t.Errorf("what was not written is read as %v, error %v", got, w.err)
	}
	if got := w.load(piece{page: there}); got != nil || w.err == nil {
		t.Errorf("after an error there are %v, error %v", got, w.err)
	}
	if s.check(nil); s.limit == "" {
		t.Error("the search goes on after an error of the disk")
	}
}
