package model_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/model"
)

// localToy is a toy with properties of single states and steps, some of which fail.
func localToy() (model.Parts[toyEnd], model.Options[model.Pair[toyEnd]]) {
	opt := toyOptions()
	opt.Properties = slices.DeleteFunc(pairProperties(), func(p model.Property[model.Pair[toyEnd]]) bool { return p.Kind == model.Possible })
	return faultyToy{toyParts{toy{0, 1}}}, opt
}

// A search whose memory is far too small goes on on disk, and finds what one with
// enough of it finds, with both engines and every number of workers.
func TestSpill_sameReport(t *testing.T) {
	parts, opt := localToy()
	want := summary(exploreParts(t, parts, opt))
	numbers := []int{1, 2, 5}
	if testing.Short() {
		numbers = numbers[1:2] // the race detector makes it slow
	}
	for _, workers := range numbers {
		opt.Workers, opt.Spill = workers, t.TempDir()
		// What the parts take is not what is spilled, so the limits differ.
		opt.MaxMemory = 4 << 20
		wantSpilled(t, "parts", want, exploreParts(t, parts, opt), opt.Spill)
		opt.MaxMemory = 1 << 20
		wantSpilled(t, "flat", want, explore(t, model.Flatten(parts), opt), opt.Spill)
	}
}

// Where memory has no room for the first state even, everything is on disk.
func TestSpill_noMemoryAtAll(t *testing.T) {
	sys := model.System[uint64](philosophers(8))
	want := explore(t, sys, model.Options[uint64]{})
	r := explore(t, sys, model.Options[uint64]{Spill: t.TempDir(), MaxMemory: 1})
	if r.Disk == 0 || countsOf(r) != countsOf(want) {
		t.Errorf("%+v with %d bytes on disk, want %+v", countsOf(r), r.Disk, countsOf(want))
	}
}

func wantSpilled(t *testing.T, engine string, want []string, r *model.Report[model.Pair[toyEnd]], dir string) {
	t.Helper()
	if r.Disk == 0 {
		t.Errorf("%s: nothing was spilled: %d states in %d bytes", engine, r.States, r.Memory)
	}
	wantSummary(t, engine, want, r)
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%s: %v is left on disk (%v)", engine, left, err)
	}
}

// What is a matter of the whole graph stays open on disk, and the report says why.
func TestSpill_wholeGraph(t *testing.T) {
	parts, opt := localToy()
	opt.Properties = pairProperties()
	opt.Spill, opt.MaxMemory = t.TempDir(), 4<<20
	r := exploreParts(t, parts, opt)
	wantOpen(t, r, "can end", "can close at once", "from there")

	if r.Complete || !strings.Contains(r.Limit, "whole graph") {
		t.Errorf("complete %v, limit %q", r.Complete, r.Limit)
	}
}

// A search on disk that is taken up again from its checkpoint goes on on disk.
func TestSpill_checkpoint(t *testing.T) {
	parts, opt := localToy()
	whole := exploreParts(t, parts, opt)
	opt.Spill, opt.MaxMemory = t.TempDir(), 4<<20
	opt.Checkpoint = model.Checkpoint{Dir: filepath.Join(t.TempDir(), "kept"), Every: 1, Identity: "toy"}
	for opt.MaxStates = whole.States / 4; ; opt.MaxStates += whole.States / 4 {
		r := exploreParts(t, parts, opt)
		opt.Checkpoint.Resume = true
		if r.Complete {
			wantSpilled(t, "taken up again", summary(whole), r, opt.Spill)
			return
		}
		if opt.MaxStates > 2*whole.States {
			t.Fatalf("not complete at %d states: %s", r.States, r.Limit)
		}
	}
}

// A disk that can't be written to ends the search with its reason.
func TestSpill_noDisk(t *testing.T) {
	parts, opt := localToy()
	opt.Spill, opt.MaxMemory = filepath.Join(t.TempDir(), "missing"), 4<<20
	r, err := model.ExploreParts(context.Background(), parts, opt)
	if err != nil || r.Complete || !strings.Contains(r.Limit, "can't go on on disk") {
		t.Errorf("complete %v, limit %q, error %v", r.Complete, r.Limit, err)
	}
}

// wantOpen says which properties alone are undecided.
func wantOpen(t *testing.T, r *model.Report[model.Pair[toyEnd]], ids ...string) {
	t.Helper()
	for _, res := range r.Results {
		if open := slices.Contains(ids, res.ID); open != (res.Verdict == model.Undecided) {
			t.Errorf("%s: %v", res.ID, res.Verdict)
		}
	}
}
