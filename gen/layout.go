package gen

import (
	"cmp"
	"math"
	"slices"

	"github.com/tcpfsm/tcpfsm/spec"
)

// A layering is a drawing in ranks from top to bottom, in the manner of Sugiyama:
// back edges are turned round, states get the even ranks, and every edge is cut
// at each rank that it passes. One piece carries the label and is as wide, so
// that labels have room of their own.
type layering struct {
	verts []vertex // the states first
	ranks [][]int  // vertices from left to right
	edges []edge
	chain [][]int // of each edge: its vertices from top to bottom
	back  []bool  // of each edge: it was turned round
}

// A vertex is a state or a piece of an edge. x is where lines pass, and left and
// right are what it needs on either side.
type vertex struct {
	rank, place    int
	x, left, right float64
	h              float64
	label          bool
	up, down       []link
}

// A link leads to a vertex in the next rank.
type link struct {
	to     int
	weight float64 // how much it wants to be upright
}

// autoPicture places the states of a machine that has no coordinates.
func autoPicture(p *spec.Program) *picture {
	pic := &picture{title: p.Machine.Title, start: true}
	all := edges(p)
	styles := autoStyles(p, all)
	for i, s := range p.Machine.States {
		w := max(110, textWidth(s.Name, nameSize)*1.08+32, textWidth(s.Doc, docSize)+26)
		pic.nodes = append(pic.nodes, node{box: box{w: w, h: nodeHeight}, id: s.Name, name: s.Name, doc: s.Doc, style: styles[i]})
	}
	pic.layOut(all)
	pic.addLegend()
	pic.addNotes(p.Machine.Diagram.Folds)
	return pic
}

// autoStyles takes the styles of the diagram's nodes, and makes a state terminal
// that no edge leaves.
func autoStyles(p *spec.Program, all []edge) []spec.NodeStyle {
	styles := make([]spec.NodeStyle, len(p.Machine.States))
	for i := range styles {
		if !slices.ContainsFunc(all, func(e edge) bool { return e.from == i && e.to != i }) {
			styles[i] = spec.Terminal
		}
	}
	for _, n := range p.Machine.Diagram.Nodes {
		styles[stateIndex(n.State)] = n.Style
	}
	return styles
}

func (pic *picture) layOut(all []edge) {
	l := &layering{}
	var loops []edge
	for _, e := range all {
		if e.from == e.to {
			loops = append(loops, e)
		} else {
			l.edges = append(l.edges, e)
		}
	}
	l.addStates(pic.nodes, loops)
	l.turnBackEdges(len(pic.nodes))
	l.rankStates(len(pic.nodes))
	l.cutEdges()
	l.order()
	l.placeX()
	l.draw(pic, l.bands())
	for _, e := range loops {
		pic.addLoop(e)
	}
	pic.fit()
}

// addStates makes the vertices of the states; loops need room on the right.
func (l *layering) addStates(nodes []node, loops []edge) {
	for _, n := range nodes {
		l.verts = append(l.verts, vertex{left: n.w / 2, right: n.w / 2, h: n.h})
	}
	for _, e := range loops {
		v := &l.verts[e.from]
		v.right += loopWidth + labelBox(labelLines(e), point{}).w
	}
}

// turnBackEdges finds the edges that close a cycle when the machine is walked
// from its initial state.
func (l *layering) turnBackEdges(states int) {
	l.back = make([]bool, len(l.edges))
	const active, done = 1, 2
	mark := make([]int, states)
	var walk func(s int)
	walk = func(s int) {
		mark[s] = active
		for _, i := range l.leaving(s) {
			switch to := l.edges[i].to; mark[to] {
			case active:
				l.back[i] = true
			case 0:
				walk(to)
			}
		}
		mark[s] = done
	}
	for s := range states {
		if mark[s] == 0 {
			walk(s)
		}
	}
}

// leaving lists the edges of a state by their targets in order of declaration.
func (l *layering) leaving(s int) []int {
	var is []int
	for i, e := range l.edges {
		if e.from == s {
			is = append(is, i)
		}
	}
	slices.SortStableFunc(is, func(a, b int) int { return cmp.Compare(l.edges[a].to, l.edges[b].to) })
	return is
}

// ends are the upper and the lower state of an edge.
func (l *layering) ends(i int) (up, down int) {
	if l.back[i] {
		return l.edges[i].to, l.edges[i].from
	}
	return l.edges[i].from, l.edges[i].to
}

// rankStates puts every state below all that lead to it. There are no cycles
// left, so that as many rounds as states are enough.
func (l *layering) rankStates(states int) {
	for range states {
		for i := range l.edges {
			up, down := l.ends(i)
			l.verts[down].rank = max(l.verts[down].rank, l.verts[up].rank+2)
		}
	}
}

// cutEdges makes the pieces of the edges. Pieces weigh more than states, because
// a long edge should be straight.
func (l *layering) cutEdges() {
	for i, e := range l.edges {
		up, down := l.ends(i)
		a, b := l.verts[up].rank, l.verts[down].rank
		chain := []int{up}
		for r := a + 1; r < b; r++ {
			v := vertex{rank: r, left: 6, right: 6}
			if r == (a+b)/2|1 {
				size := labelBox(labelLines(e), point{})
				v = vertex{rank: r, left: 6, right: labelGap + size.w + 4, h: size.h, label: true}
			}
			chain = append(chain, len(l.verts))
			l.verts = append(l.verts, v)
		}
		chain = append(chain, down)
		for k := 1; k < len(chain); k++ {
			w := 1.0
			if k > 1 && k < len(chain)-1 {
				w = 8
			}
			u, v := &l.verts[chain[k-1]], &l.verts[chain[k]]
			u.down, v.up = append(u.down, link{chain[k], w}), append(v.up, link{chain[k-1], w})
		}
		l.chain = append(l.chain, chain)
	}
	for v := range l.verts {
		for len(l.ranks) <= l.verts[v].rank {
			l.ranks = append(l.ranks, nil)
		}
		l.ranks[l.verts[v].rank] = append(l.ranks[l.verts[v].rank], v)
	}
	l.number()
}

// labelGap is the distance between a line and its label, px.
const labelGap = 10

// number notes every vertex's place in its rank.
func (l *layering) number() {
	for _, rank := range l.ranks {
		for i, v := range rank {
			l.verts[v].place = i
		}
	}
}

// order sorts the ranks so that few edges cross: each rank by the mean place of
// its neighbours above, then below, and so on; the best of all rounds is kept.
func (l *layering) order() {
	best, fewest := l.copyRanks(), l.crossings()
	for round := range 32 {
		for i := range l.ranks {
			r, up := i, true
			if round%2 == 1 {
				r, up = len(l.ranks)-1-i, false
			}
			l.sortRank(r, up)
		}
		l.swapNeighbours()
		if n := l.crossings(); n < fewest {
			best, fewest = l.copyRanks(), n
		}
	}
	l.ranks = best
	l.number()
}

func (l *layering) copyRanks() [][]int {
	var c [][]int
	for _, r := range l.ranks {
		c = append(c, slices.Clone(r))
	}
	return c
}

func (l *layering) sortRank(r int, up bool) {
	mean := map[int]float64{}
	for _, v := range l.ranks[r] {
		near := l.verts[v].down
		if up {
			near = l.verts[v].up
		}
		mean[v] = float64(l.verts[v].place)
		if len(near) > 0 {
			sum := 0
			for _, k := range near {
				sum += l.verts[k.to].place
			}
			mean[v] = float64(sum) / float64(len(near))
		}
	}
	slices.SortStableFunc(l.ranks[r], func(a, b int) int { return cmp.Compare(mean[a], mean[b]) })
	l.number()
}

// swapNeighbours exchanges two neighbours in a rank wherever that helps.
func (l *layering) swapNeighbours() {
	for _, rank := range l.ranks {
		for i := 1; i < len(rank); i++ {
			a, b := &l.verts[rank[i-1]], &l.verts[rank[i]]
			if l.inverted(b.up, a.up)+l.inverted(b.down, a.down) < l.inverted(a.up, b.up)+l.inverted(a.down, b.down) {
				rank[i-1], rank[i] = rank[i], rank[i-1]
				a.place, b.place = b.place, a.place
			}
		}
	}
}

// inverted counts the crossings of the links of two vertices, the first of which
// stands on the left.
func (l *layering) inverted(left, right []link) int {
	n := 0
	for _, a := range left {
		for _, b := range right {
			if l.verts[a.to].place > l.verts[b.to].place {
				n++
			}
		}
	}
	return n
}

func (l *layering) crossings() int {
	n := 0
	for _, rank := range l.ranks {
		for i := range rank {
			for k := range i {
				n += l.inverted(l.verts[rank[k]].down, l.verts[rank[i]].down)
			}
		}
	}
	return n
}

// placeX draws every vertex to the mean of its neighbours as far as those beside
// it allow, rank after rank, down and up again; then it straightens long edges.
func (l *layering) placeX() {
	for round := range 200 {
		for i := range l.ranks {
			r := i
			if round%2 == 1 {
				r = len(l.ranks) - 1 - i
			}
			l.placeRank(l.ranks[r])
		}
	}
	for range 8 {
		for i := range l.chain {
			l.straighten(l.chain[i])
		}
	}
}

func (l *layering) placeRank(rank []int) {
	want, weight, offset := make([]float64, len(rank)), make([]float64, len(rank)), make([]float64, len(rank))
	for i, v := range rank {
		want[i], weight[i] = l.pull(v)
		if i > 0 {
			offset[i] = offset[i-1] + l.distance(rank[i-1], v)
		}
	}
	for i, x := range spread(want, weight, offset) {
		l.verts[rank[i]].x = x
	}
}

// distance is how far apart two neighbours in a rank have to be.
func (l *layering) distance(a, b int) float64 {
	return l.verts[a].right + l.verts[b].left + 22
}

// pull is where a vertex's neighbours on both sides want it, and how much.
func (l *layering) pull(v int) (x, weight float64) {
	sum := 0.0
	for _, near := range [][]link{l.verts[v].up, l.verts[v].down} {
		for _, k := range near {
			sum += k.weight * l.verts[k.to].x
			weight += k.weight
		}
	}
	if weight == 0 {
		return l.verts[v].x, 1
	}
	return sum / weight, weight
}

// spread finds the places nearest to those wanted, by least squares, at which no
// two neighbours differ by less than their offsets do: neighbours that would
// come too near are pooled and move as one.
func spread(want, weight, offset []float64) []float64 {
	type pool struct {
		x, weight float64
		n         int
	}
	var pools []pool
	for i := range want {
		pools = append(pools, pool{want[i] - offset[i], weight[i], 1})
		for n := len(pools); n > 1 && pools[n-2].x > pools[n-1].x; n-- {
			a, b := pools[n-2], pools[n-1]
			w := a.weight + b.weight
			pools = append(pools[:n-2], pool{(a.x*a.weight + b.x*b.weight) / w, w, a.n + b.n})
		}
	}
	var xs []float64
	for _, p := range pools {
		for range p.n {
			xs = append(xs, p.x+offset[len(xs)])
		}
	}
	return xs
}

// straighten puts the pieces of an edge on one vertical line if there is one on
// which all of them have room.
func (l *layering) straighten(chain []int) {
	pieces := chain[1 : len(chain)-1]
	low, high, mean := math.Inf(-1), math.Inf(1), 0.0
	for _, v := range pieces {
		rank, i := l.ranks[l.verts[v].rank], l.verts[v].place
		if i > 0 {
			low = max(low, l.verts[rank[i-1]].x+l.distance(rank[i-1], v))
		}
		if i+1 < len(rank) {
			high = min(high, l.verts[rank[i+1]].x-l.distance(v, rank[i+1]))
		}
		mean += l.verts[v].x / float64(len(pieces))
	}
	if low > high {
		return
	}
	for _, v := range pieces {
		l.verts[v].x = min(max(mean, low), high)
	}
}

// A band is what a rank covers from top to bottom. Lines cross bands upright and
// turn only between them, so that they meet neither states nor labels.
type band struct{ top, bottom float64 }

func (b band) middle() float64 { return (b.top + b.bottom) / 2 }

// bands stacks the ranks. Where lines go far to the side there is more room for
// them to turn.
func (l *layering) bands() []band {
	var bs []band
	y := 0.0
	for _, rank := range l.ranks {
		h, turn := 0.0, 0.0
		for _, v := range rank {
			h = max(h, l.verts[v].h)
			for _, k := range l.verts[v].down {
				turn = max(turn, math.Abs(l.verts[v].x-l.verts[k.to].x))
			}
		}
		bs = append(bs, band{y, y + h})
		y += h + min(24+turn/10, 48)
	}
	return bs
}

// draw turns vertices into boxes and chains into paths.
func (l *layering) draw(pic *picture, bands []band) {
	for i := range pic.nodes {
		n := &pic.nodes[i]
		n.box = centred(point{l.verts[i].x, bands[l.verts[i].rank].middle()}, n.w, n.h)
	}
	for i, e := range l.edges {
		chain := l.chain[i]
		a := arrow{edge: e, from: e.from, to: e.to, label: labelLines(e)}
		ps := []point{l.port(pic, chain[0], i, false)}
		for _, v := range chain[1 : len(chain)-1] {
			x, b := l.verts[v].x, bands[l.verts[v].rank]
			ps = append(ps, point{x, b.top}, point{x, b.bottom})
			if l.verts[v].label {
				a.at = point{x + labelGap + labelBox(a.label, point{}).w/2, b.middle()}
			}
		}
		ps = append(ps, l.port(pic, chain[len(chain)-1], i, true))
		if l.back[i] {
			slices.Reverse(ps)
		}
		a.path = flow(ps)
		pic.arrows = append(pic.arrows, a)
	}
}

// port is where an edge meets a state: below or above its next piece if it can,
// at a distance from the state's other edges.
func (l *layering) port(pic *picture, state, edge int, top bool) point {
	next := func(i int) float64 {
		if c := l.chain[i]; top {
			return l.verts[c[len(c)-2]].x
		} else {
			return l.verts[c[1]].x
		}
	}
	var is []int
	for i, c := range l.chain {
		if top && c[len(c)-1] == state || !top && c[0] == state {
			is = append(is, i)
		}
	}
	slices.SortStableFunc(is, func(a, b int) int { return cmp.Compare(next(a), next(b)) })
	b := pic.nodes[state].box
	p := point{ports(b, is, next)[slices.Index(is, edge)], b.y}
	if !top {
		p.y += b.h
	}
	return p
}

// ports spreads edges over a side of a box.
func ports(b box, is []int, next func(int) float64) []float64 {
	const inset = 20
	n := float64(len(is) - 1)
	gap := 0.0
	if n > 0 {
		gap = min(26, (b.w-2*inset)/n)
	}
	var want, weight, offset []float64
	for i, e := range is {
		k := float64(i)
		want = append(want, min(max(next(e), b.x+inset+k*gap), b.x+b.w-inset-(n-k)*gap))
		weight, offset = append(weight, 1), append(offset, k*gap)
	}
	return spread(want, weight, offset)
}

// flow is a smooth path that is vertical at each of its points.
func flow(ps []point) []point {
	path := ps[:1:1]
	for i := 1; i < len(ps); i++ {
		p, q := ps[i-1], ps[i]
		if p == q {
			continue
		}
		mid := (p.y + q.y) / 2
		path = append(path, point{p.x, mid}, point{q.x, mid}, q)
	}
	return path
}

func (pic *picture) addLoop(e edge) {
	b := pic.nodes[e.from].box
	a := arrow{edge: e, from: e.from, to: e.to, label: labelLines(e), path: selfLoop(b)}
	a.at = point{b.x + b.w + loopWidth*0.75 + 12 + labelBox(a.label, point{}).w/2, b.centre().y}
	pic.arrows = append(pic.arrows, a)
}

// fit moves everything to the margin and sets the picture's size.
func (pic *picture) fit() {
	low, high := point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	cover := func(b box) {
		low = point{min(low.x, b.x), min(low.y, b.y)}
		high = point{max(high.x, b.x+b.w), max(high.y, b.y+b.h)}
	}
	for _, b := range pic.obstacles() {
		cover(b)
	}
	for _, a := range pic.arrows {
		for _, p := range samples(a.path, 16) {
			cover(box{x: p.x, y: p.y})
		}
	}
	d := point{margin - low.x, margin + startLength - low.y}
	for i := range pic.nodes {
		pic.nodes[i].x += d.x
		pic.nodes[i].y += d.y
	}
	for i := range pic.arrows {
		a := &pic.arrows[i]
		a.at = point{a.at.x + d.x, a.at.y + d.y}
		for k, p := range a.path {
			a.path[k] = point{p.x + d.x, p.y + d.y}
		}
	}
	pic.w, pic.h = high.x+d.x+margin, high.y+d.y+margin
}
