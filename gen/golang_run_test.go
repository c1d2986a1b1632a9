package gen

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/spec"
)

// A vector is one step, and what the interpreter makes of it.
type vector struct {
	Machine, State, Event int
	Memory, Input         []uint32
	Row                   string
	Next                  int
	After, Output         []uint32
	Check                 string   // first invariant that does not hold afterwards
	Cell                  []string // ids of the rows that are tried
}

// The generated code of random machines, of the link and of TCP does in every step
// what the interpreter does: row, state, memory, output, invariants. All are built
// into one program, which runs the steps again.
func TestGo_agrees(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a module")
	}
	const machines, steps = 24, 4000
	programs := []*spec.Program{compiled(t, linkMachine()), tcpTable(t)}
	rejected := 0
	for seed := uint64(1); len(programs) < machines; seed++ {
		p, err := spec.Compile(randomMachine(seed))
		if err != nil {
			rejected++
			if rejected > 10*machines {
				t.Fatalf("only %d random machines of %d compile; the last: %v", len(programs), seed, err)
			}
			continue
		}
		programs = append(programs, p)
	}
	dir := t.TempDir()
	writeModule(t, dir, programs)
	var vectors []vector
	fired := 0
	for i, p := range programs {
		vs, rows := drawVectors(p, i, steps)
		vectors, fired = append(vectors, vs...), fired+rows
	}
	t.Logf("%d machines (%d drawn ones were invalid), %d steps, %d rows fired", len(programs), rejected, len(vectors), fired)
	runVectors(t, dir, vectors)
}

func tcpTable(t *testing.T) *spec.Program {
	t.Helper()
	p, err := spec.Load("../spec/tcp", "Machine")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// writeModule writes a package for each program and a main package that runs
// vectors on them.
func writeModule(t *testing.T, dir string, programs []*spec.Program) {
	t.Helper()
	imports, cases := "", ""
	for i, p := range programs {
		pkg := fmt.Sprint("p", i)
		for _, f := range rendered(t, p, "test/"+p.Machine.Name) {
			writeFile(t, filepath.Join(dir, pkg, f.Name), f.Data)
		}
		imports += fmt.Sprintf("\t%s \"vectors/%s\"\n", pkg, pkg)
		typ := p.Machine.Type
		if typ == "" {
			typ = "Machine"
		}
		cases += strings.NewReplacer("PKG", pkg, "NUMBER", fmt.Sprint(i), "TYPE", typ).Replace(runnerCase)
	}
	writeFile(t, filepath.Join(dir, "go.mod"), []byte("module vectors\n\ngo 1.26\n"))
	main := strings.NewReplacer("IMPORTS\n", imports, "CASES\n", cases).Replace(runnerMain)
	writeFile(t, filepath.Join(dir, "main.go"), []byte(main))
}

func writeFile(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

const runnerMain = `package main

import (
	"encoding/gob"
	"fmt"
	"os"
	"reflect"
IMPORTS
)

type vector struct {
	Machine, State, Event int
	Memory, Input         []uint32
	Row                   string
	Next                  int
	After, Output         []uint32
	Check                 string
	Cell                  []string
}

func run(v vector) (got vector) {
	got = v
	got.Cell = nil
	switch v.Machine {
CASES
	}
	return got
}

func name(err error) string {
	if err == nil {
		return ""
	}
	return reflect.ValueOf(err).Elem().FieldByName("Name").String()
}

func main() {
	var vectors []vector
	if err := gob.NewDecoder(os.Stdin).Decode(&vectors); err != nil {
		panic(err)
	}
	for i, v := range vectors {
		if got := run(v); !reflect.DeepEqual(got, v) {
			fmt.Printf("step %d\n got %+v\nwant %+v\n", i, got, v)
			os.Exit(1)
		}
	}
	fmt.Println(len(vectors), "steps agree")
}
`

const runnerCase = `	case NUMBER:
		t := PKG.TYPE{State: PKG.State(v.State)}
		t.SetValues(v.Memory)
		ev := PKG.Event{Kind: PKG.EventKind(v.Event)}
		ev.SetValues(v.Input)
		var out PKG.Output
		got.Row = t.Step(&ev, &out).String()
		got.Next, got.After, got.Output = int(t.State), t.AppendValues(nil), out.AppendValues(nil)
		got.Check = name(t.Check())
		got.Input = ev.AppendValues(nil)
		for r := range PKG.RowsOf(PKG.State(v.State), ev.Kind) {
			got.Cell = append(got.Cell, r.Name)
		}
`

// drawVectors lets a machine run, and throws it somewhere else now and then. It
// reports how many different rows fired.
func drawVectors(p *spec.Program, machine, n int) ([]vector, int) {
	r := rand.New(rand.NewPCG(uint64(machine), 2))
	d := valueDraw{r, p, valueBits(p)}
	fired := map[int]bool{}
	var vectors []vector
	state, memory := 0, make([]uint32, len(p.Layout.Machine))
	for i := range n {
		if i%8 == 0 {
			state, memory = r.IntN(len(p.Cells)), d.list(len(p.Layout.Machine), machineList)
		}
		v := vector{Machine: machine, State: state, Event: r.IntN(len(p.Machine.Events)), Memory: slices.Clone(memory),
			Input: d.list(len(p.Layout.Input), inputList), Output: make([]uint32, len(p.Layout.Output))}
		rule, next := p.Step(state, memory, v.Event, v.Input, v.Output)
		fired[rule.Index] = true
		v.Row, v.Next, v.After = rule.ID, next, slices.Clone(memory)
		v.Check = broken(p, next, memory)
		for _, r := range p.Cells[v.State][v.Event] {
			v.Cell = append(v.Cell, r.ID)
		}
		vectors = append(vectors, v)
		state = next
	}
	return vectors, len(fired)
}

// broken is the first invariant that does not hold.
func broken(p *spec.Program, state int, memory []uint32) string {
	for _, c := range p.Checks {
		if slices.Contains(c.States, state) && p.Eval(c.Expr, memory, nil, nil) == 0 {
			return c.Name
		}
	}
	return ""
}

// The lists that values are drawn for.
const (
	machineList = iota
	inputList
)

// A valueDraw draws values that fit their places.
type valueDraw struct {
	*rand.Rand
	p    *spec.Program
	bits [2][]uint32 // for each place the bits that it may have
}

// valueBits finds the places of flags and of words of bits.
func valueBits(p *spec.Program) [2][]uint32 {
	b := [2][]uint32{make([]uint32, len(p.Layout.Machine)), make([]uint32, len(p.Layout.Input))}
	b[machineList][spec.AtArmed] = 1<<len(p.Machine.Timers) - 1
	used := [2]map[int]bool{{spec.AtOptions: true, spec.AtArmed: true}, {}}
	for _, s := range p.Symbols {
		list := inputList
		switch s.Kind {
		case spec.VarSymbol, spec.ParamSymbol, spec.OptionSymbol:
			list = machineList
		case spec.SlotSymbol, spec.SlotFlagSymbol, spec.OutSymbol:
			continue
		}
		used[list][s.Index] = true
		switch {
		case s.Bit >= 0:
			b[list][s.Index] |= 1 << s.Bit
		case s.Type == spec.Flag:
			b[list][s.Index] = 1
		default:
			b[list][s.Index] = ^uint32(0)
		}
	}
	return b
}

func (d valueDraw) list(n, which int) []uint32 {
	list := make([]uint32, n)
	near := d.Uint32()
	for i := range list {
		list[i] = d.value(near) & d.bits[which][i]
	}
	return list
}

// value draws small numbers, numbers near one that the others are near to, and
// numbers half of the circle away.
func (d valueDraw) value(near uint32) uint32 {
	small := uint32(d.IntN(6)) - 1
	switch d.IntN(6) {
	case 0, 1:
		return small
	case 2, 3:
		return near + small
	case 4:
		return near + 1<<31 + small
	}
	return d.Uint32()
}

func runVectors(t *testing.T, dir string, vectors []vector) {
	t.Helper()
	var in bytes.Buffer
	if err := gob.NewEncoder(&in).Encode(vectors); err != nil {
		t.Fatal(err)
	}
	// Random tables say x = x and p || p, which only vet minds.
	for _, args := range [][]string{{"vet", "./p0", "./p1"}, {"vet", "-assign=false", "-bools=false", "./..."}, {"run", "."}} {
		cmd := exec.Command("go", args...)
		cmd.Dir, cmd.Stdin = dir, bytes.NewReader(in.Bytes())
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out[:min(len(out), 8000)])
		}
	}
}
