package model_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tcpfsm/tcpfsm/model"
)

// FuzzCheckpoint: whatever stands in a checkpoint's state, a search resumes, or says
// why it can't.
func FuzzCheckpoint(f *testing.F) {
	parts := model.Parts[toyEnd](toyParts{toy{0, 0}})
	dir := filepath.Join(f.TempDir(), "kept")
	opt := toyOptions()
	opt.MaxStates = 3000
	opt.Checkpoint = model.Checkpoint{Dir: dir, Every: 1, Identity: "toy"}
	if _, err := model.ExploreParts(f.Context(), parts, opt); err != nil {
		f.Fatal(err)
	}
	kept := map[string][]byte{}
	for _, name := range []string{"state.json", "log", "parts0", "parts1"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			f.Fatal(err)
		}
		kept[name] = text
	}
	f.Add(kept["state.json"], byte(0))
	f.Add([]byte(`{"version":2,"identity":"toy","words":1,"part_words":1,"levels":[1]}`), byte(1))
	f.Fuzz(func(t *testing.T, state []byte, spoil byte) {
		here := t.TempDir()
		for name, text := range kept {
			if name == "state.json" {
				text = state
			} else if spoil > 0 && len(text) > 0 {
				text = append([]byte(nil), text...)
				text[int(spoil)%len(text)] ^= spoil
			}
			if err := os.WriteFile(filepath.Join(here, name), text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		again := opt
		again.Checkpoint.Dir, again.Checkpoint.Resume = here, true
		if r, err := model.ExploreParts(t.Context(), parts, again); err == nil && r == nil {
			t.Errorf("%s gives neither a report nor an error", state)
		}
	})
}
