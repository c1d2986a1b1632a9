package model_test

import (
	"context"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/model"
)

// wantRefused wants an error with some words, and an empty report.
func wantRefused[S any](t *testing.T, words string, r *model.Report[S], err error) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), words) || len(r.Results) > 0 || r.States > 0 {
		t.Errorf("error %v with %d states, want one with %q, and no report", err, r.States, words)
	}
}

// claiming says that its roles do the same, and adds something to one of them.
type claiming struct {
	toyParts
	does string
}

func (c claiming) Init(role int) toyEnd {
	if c.does == "begin" && role == 1 {
		return toyEnd{ended: true}
	}
	return toyEnd{}
}

func (c claiming) Moves(role int, e *toyEnd, dst []model.Move[toyEnd]) []model.Move[toyEnd] {
	dst = c.toyParts.Moves(role, e, dst)
	switch {
	case c.does == "move" && role == 1 && e.state == toyClosing && len(dst) > 0:
		dst = dst[1:]
	case c.does == "fault" && role == 1 && e.state == toyClosing && len(dst) > 0:
		dst[0].Fault = "fault"
	case c.does == "label":
		for i := range dst {
			dst[i].Label = uint64(role)
		}
	}
	return dst
}

func (c claiming) Accept(role int, e *toyEnd, message uint64) (model.Move[toyEnd], bool) {
	m, ok := c.toyParts.Accept(role, e, message)
	return m, ok && !(c.does == "arrival" && role == 0 && e.state == toyFinWait2)
}

func (c claiming) Joint(role int, e *toyEnd, joint int) (model.Move[toyEnd], bool) {
	m, ok := c.toyParts.Joint(role, e, joint)
	return m, ok && !(c.does == "joint" && role == 0 && e.state == toyTimeWait)
}

func (c claiming) SwapJoints() (joints []int, ok bool) {
	if c.does == "joints" {
		return []int{0, 1}, true
	}
	return []int{0}, c.does != "nothing"
}

// Parts that say that their roles do the same and lie are found out, wherever they do.
func TestSymmetry_partsThatLie(t *testing.T) {
	opt := model.Options[model.Pair[toyEnd]]{Symmetry: true, Properties: []model.Property[model.Pair[toyEnd]]{
		{ID: "ones", Kind: model.Endless, Only: func(label uint64) bool { return label == 1 }},
	}}
	for does, words := range map[string]string{
		"begin": "do not begin as the same", "move": "in both roles", "fault": "in both roles", "label": "in both roles",
		"arrival": "in both roles", "joint": "in both roles", "joints": "2 joint steps", "nothing": "offers no symmetry",
	} {
		r, err := model.ExploreParts(context.Background(), model.Parts[toyEnd](claiming{does: does}), opt)
		wantRefused(t, words, r, err)
	}
	opt.Properties = nil
	if r := exploreParts(t, model.Parts[toyEnd](claiming{}), opt); !r.Complete {
		t.Errorf("parts that do not lie: %q", r.Limit)
	}
}

// A property that is not the same of both ends would be decided wrongly: it is refused,
// when a state shows it.
func TestSymmetry_onesidedProperties(t *testing.T) {
	first := func(s *model.Pair[toyEnd]) bool { return s[0].state != toyClosing }
	both := func(s *model.Pair[toyEnd]) bool { return s[0].ended && s[1].ended }
	for _, p := range []model.Property[model.Pair[toyEnd]]{
		{Kind: model.Always, Holds: first},
		{Kind: model.Always, Holds: first, From: func(s *model.Pair[toyEnd]) bool { return !first(s) }},
		{Kind: model.Sometimes, Holds: func(s *model.Pair[toyEnd]) bool { return !first(s) }},
		{Kind: model.Possible, Holds: func(s *model.Pair[toyEnd]) bool { return s[0].ended }},
		{Kind: model.Possible, Holds: both, From: first},
	} {
		p.ID = "first"
		opt := model.Options[model.Pair[toyEnd]]{Symmetry: true, Workers: 2, Properties: []model.Property[model.Pair[toyEnd]]{p}}
		r, err := model.ExploreParts(context.Background(), model.Parts[toyEnd](toyParts{}), opt)
		wantRefused(t, "first is not the same of a state and of its mirror image", r, err)
		r, err = model.Explore(context.Background(), model.Flatten(model.Parts[toyEnd](toyParts{})), opt)
		wantRefused(t, "first is not the same", r, err)
	}
	r, err := model.ExploreParts(context.Background(), model.Parts[toyEnd](toyParts{}), model.Options[model.Pair[toyEnd]]{
		Symmetry: true, Properties: []model.Property[model.Pair[toyEnd]]{{ID: "fair", Kind: model.Leads, Holds: both}},
	})
	wantRefused(t, "fair (leads to) can't be decided with symmetry", r, err)
}

// swapping is a graph with an image for each node.
type swapping struct {
	graph
	image []uint32
}

func (s swapping) Swap(n *uint32) uint32 { return s.image[*n] }

// A system that offers a symmetry that it does not have is found out at the states that
// are looked at from both sides, and by counterexamples that are no run of it.
func TestSymmetry_systemsThatLie(t *testing.T) {
	for words, sys := range map[string]swapping{
		"initial state 0 is no initial state":           {graph{init: []int{0}, succ: [][]int{{}, {}}}, []uint32{1, 0}},
		"no step does in its mirror image":              {graph{init: []int{0, 1}, succ: [][]int{{2}, {3}, {}, {}}}, []uint32{1, 0, 2, 3}},
		"has 1 steps and its mirror image 2":            {graph{init: []int{0, 1}, succ: [][]int{{2}, {2, 0}, {}}}, []uint32{1, 0, 2}},
		"the image of the image of a state is not that": {graph{init: []int{0, 1, 2}, succ: [][]int{{}, {}, {}}}, []uint32{1, 2, 0}},
	} {
		r, err := model.Explore(context.Background(), sys, model.Options[uint32]{Symmetry: true, Workers: 1})
		wantRefused(t, words, r, err)
	}
	r, err := model.Explore(context.Background(), line(3), model.Options[uint32]{Symmetry: true})
	wantRefused(t, "offers no symmetry", r, err)
}

// A lie in a state that is not looked at from both sides shows when a trace leads there.
func TestSymmetry_systemThatLiesFarAway(t *testing.T) {
	g := graph{init: []int{0}, succ: make([][]int, 101)}
	g.succ[0] = []int{1, 2}
	image := []uint32{0}
	for i := 1; i < 99; i += 2 { // two lines that are images of each other
		g.succ[i], g.succ[i+1] = []int{i + 2}, []int{i + 3}
		image = append(image, uint32(i+1), uint32(i))
	}
	image = append(image, 100, 99)
	opt := model.Options[uint32]{Symmetry: true, Workers: 1, Properties: []model.Property[uint32]{
		{ID: "not the end", Kind: model.Always, Holds: func(s *uint32) bool { return *s < 99 }},
	}}
	r := explore(t, model.System[uint32](swapping{g, image}), opt)
	if res := r.Results[0]; res.Verdict != model.Fails || len(res.Trace.Steps) != 50 {
		t.Errorf("%v, want a trace of 50 steps", res.Verdict)
	}
	g.succ[41], g.succ[42], g.succ[43], g.succ[44] = []int{44}, []int{44}, []int{46}, []int{}
	r, err := model.Explore(context.Background(), model.System[uint32](swapping{g, image}), opt)
	wantRefused(t, "no step does in its mirror image", r, err)
}
