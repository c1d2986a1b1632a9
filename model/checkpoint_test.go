package model_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/model"
)

func toyOptions() model.Options[model.Pair[toyEnd]] {
	return model.Options[model.Pair[toyEnd]]{Properties: pairProperties(), KeepGoing: true, Workers: 2}
}

// A search that a limit ends again and again, and that is taken up again each time,
// reports what one that was never interrupted does, with both engines.
func TestCheckpoint_sameReport(t *testing.T) {
	parts := model.Parts[toyEnd](faultyToy{toyParts{toy{0, 0}}})
	for name, search := range map[string]func(model.Options[model.Pair[toyEnd]]) (*model.Report[model.Pair[toyEnd]], error){
		"parts": func(o model.Options[model.Pair[toyEnd]]) (*model.Report[model.Pair[toyEnd]], error) {
			return model.ExploreParts(context.Background(), parts, o)
		},
		"flat": func(o model.Options[model.Pair[toyEnd]]) (*model.Report[model.Pair[toyEnd]], error) {
			return model.Explore(context.Background(), model.Flatten(parts), o)
		},
	} {
		whole, err := search(toyOptions())
		if err != nil {
			t.Fatal(err)
		}
		opt := toyOptions()
		opt.Checkpoint = model.Checkpoint{Dir: filepath.Join(t.TempDir(), "kept"), Every: 1, Identity: "toy"}
		var r *model.Report[model.Pair[toyEnd]]
		rounds := 0
		for opt.MaxStates = whole.States / 9; ; opt.MaxStates += whole.States / 9 {
			if r, err = search(opt); err != nil {
				t.Fatalf("%s, round %d: %v", name, rounds, err)
			}
			opt.Checkpoint.Resume = true
			if rounds++; r.Complete {
				break
			}
		}
		if rounds < 5 {
			t.Errorf("%s: complete after %d rounds: nothing was interrupted", name, rounds)
		}
		if got, want := summary(r), summary(whole); !slices.Equal(got, want) {
			t.Errorf("%s: after %d rounds the report is\n%s\nwant\n%s", name, rounds, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// A search that stopped at a counterexample and is taken up again stops there, too.
func TestCheckpoint_atACounterexample(t *testing.T) {
	parts := model.Parts[toyEnd](faultyToy{toyParts{toy{0, 0}}})
	opt := toyOptions()
	opt.KeepGoing = false
	opt.Checkpoint = model.Checkpoint{Dir: filepath.Join(t.TempDir(), "kept"), Every: 1, Identity: "toy"}
	want := summary(exploreParts(t, parts, opt))
	opt.Checkpoint.Resume = true
	if got := summary(exploreParts(t, parts, opt)); !slices.Equal(got, want) {
		t.Errorf("taken up again, the report is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// killedDir is where the child process of the next test keeps its checkpoint.
const killedDir = "MODEL_TEST_KILLED_DIR"

func killedOptions(dir string) model.Options[model.Pair[toyEnd]] {
	opt := model.Options[model.Pair[toyEnd]]{Properties: toyPairProperties(), Workers: 1}
	opt.Checkpoint = model.Checkpoint{Dir: dir, Every: 1, Identity: "toy to be killed"}
	return opt
}

// A process that is killed in the middle of a search leaves a checkpoint from which
// another one finishes it.
func TestCheckpoint_killed(t *testing.T) {
	parts := model.Parts[toyEnd](toyParts{toy{1, 0}})
	if dir := os.Getenv(killedDir); dir != "" {
		_, err := model.ExploreParts(context.Background(), parts, killedOptions(dir))
		t.Fatalf("the search ended before it was killed: %v", err)
	}
	dir := filepath.Join(t.TempDir(), "kept")
	child := exec.Command(os.Args[0], "-test.run=^TestCheckpoint_killed$")
	child.Env = append(os.Environ(), killedDir+"="+dir)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	for range 2000 {
		info, err := os.Stat(filepath.Join(dir, "log"))
		if err == nil && info.Size() > 200_000 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	_ = child.Process.Kill()
	_ = child.Wait()
	opt := killedOptions(dir)
	opt.Checkpoint.Resume = true
	r := exploreParts(t, parts, opt)
	if want := (counts{1_547_716, 13_669_560, 26, 249_875}); countsOf(r) != want || !r.Complete {
		t.Errorf("%+v, complete %v; want %+v", countsOf(r), r.Complete, want)
	}
}

// What is not the checkpoint of this search is refused, and left as it is.
func TestCheckpoint_refused(t *testing.T) {
	parts := model.Parts[toyEnd](toyParts{toy{0, 0}})
	dir := filepath.Join(t.TempDir(), "kept")
	try := func(change func(*model.Checkpoint)) error {
		opt := toyOptions()
		opt.MaxStates = 3000
		opt.Checkpoint = model.Checkpoint{Dir: dir, Every: 1, Identity: "toy", Resume: true}
		change(&opt.Checkpoint)
		_, err := model.ExploreParts(context.Background(), parts, opt)
		return err
	}
	wantError := func(why, want string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", why, err, want)
		}
	}
	wantError("nothing there", "no checkpoint in", try(func(*model.Checkpoint) {}))
	if err := try(func(c *model.Checkpoint) { c.Resume = false }); err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(dir, "state.json")
	before, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	wantError("begun anew", "resume it, or choose another", try(func(c *model.Checkpoint) { c.Resume = false }))
	wantError("another system", `of another system: "toy", not "another"`, try(func(c *model.Checkpoint) { c.Identity = "another" }))
	if after, _ := os.ReadFile(state); string(after) != string(before) {
		t.Error("a checkpoint that was refused is changed")
	}
	for text, want := range map[string]string{
		"{": "damaged",
		strings.Replace(string(before), `"version":2`, `"version":99`, 1):      "version 99",
		strings.Replace(string(before), `"part_words":1`, `"part_words":7`, 1): "not as it was written",
	} {
		if err := os.WriteFile(state, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		wantError(text[:1], want, try(func(*model.Checkpoint) {}))
	}
	if err := os.WriteFile(state, before, 0o644); err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(dir, "log")
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	spoiled := slices.Clone(text)
	spoiled[len(text)/2] ^= 4
	for _, b := range [][]byte{spoiled, text} {
		if err := os.WriteFile(log, b, 0o644); err != nil {
			t.Fatal(err)
		}
		if b[len(b)/2] != text[len(b)/2] {
			wantError("a bit of the log has changed", "log is not as it was written", try(func(*model.Checkpoint) {}))
		}
	}
	if err := os.Truncate(filepath.Join(dir, "log"), 8); err != nil {
		t.Fatal(err)
	}
	wantError("a log too short", "are missing", try(func(*model.Checkpoint) {}))
	wantError("a file for a directory", "can't be made", try(func(c *model.Checkpoint) { c.Dir = state }))
}
