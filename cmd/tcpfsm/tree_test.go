package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/gen"
	"github.com/tcpfsm/tcpfsm/spec"
)

const (
	module = "github.com/tcpfsm/tcpfsm"
	root   = "../.."
)

// A rule says what the files of a package may import from this module and from
// elsewhere, besides the standard library; tests may import more.
type rule struct {
	own, other         []string
	testOwn, testOther []string
}

// anything, as the only entry of a list, allows all.
const anything = "*"

// rules is the table of docs/ARCHITECTURE.md. A package that is not here, or an
// import that its rule does not name, fails the test.
var rules = map[string]rule{
	"spec":              {testOther: []string{"pgregory.net/rapid"}},
	"spec/mutate":       {own: []string{"spec"}, testOwn: []string{"spec/tcp"}},
	"spec/tcp":          {own: []string{"spec"}},
	"gen":               {own: []string{"spec"}, other: []string{"github.com/dave/jennifer/jen"}, testOwn: []string{"spec", "spec/tcp"}, testOther: []string{"pgregory.net/rapid"}},
	"tcpfsm":            {},
	"tcpfsm/looplab":    {own: []string{"tcpfsm"}, other: []string{"github.com/looplab/fsm"}},
	"tcpfsm/endpoint":   {own: []string{"tcpfsm"}},
	"tcpfsm/sim":        {own: []string{"tcpfsm", "tcpfsm/endpoint", "tcpfsm/trace"}, testOwn: []string{"docs/scenarios"}, testOther: []string{"pgregory.net/rapid"}},
	"docs/scenarios":    {},
	"tcpfsm/trace":      {testOwn: []string{"docs/scenarios", "tcpfsm/sim", "model/tcpnet"}, testOther: []string{"pgregory.net/rapid"}},
	"model":             {},
	"model/tcpnet":      {own: []string{"model", "tcpfsm", "tcpfsm/trace"}, testOwn: []string{"spec", "spec/tcp", "gen", "tcpfsm/endpoint"}, testOther: []string{"pgregory.net/rapid"}},
	"proptest":          {own: []string{anything}, other: []string{"pgregory.net/rapid", "github.com/looplab/fsm"}},
	"proptest/gvisor":   {own: []string{anything}, other: gvisor},
	"cmd/fsmgen":        {own: []string{"spec", "gen"}},
	"cmd/tcpfsm":        {own: []string{anything}, other: []string{"github.com/spf13/cobra"}},
	"gen/internal/quic": {own: []string{"spec"}, testOwn: []string{anything}},
}

// gvisor is what the nested module proptest/gvisor imports of gVisor.
var gvisor = []string{
	"gvisor.dev/gvisor/pkg/buffer", "gvisor.dev/gvisor/pkg/tcpip", "gvisor.dev/gvisor/pkg/tcpip/adapters/gonet", "gvisor.dev/gvisor/pkg/tcpip/faketime",
	"gvisor.dev/gvisor/pkg/tcpip/header", "gvisor.dev/gvisor/pkg/tcpip/link/channel", "gvisor.dev/gvisor/pkg/tcpip/network/ipv4",
	"gvisor.dev/gvisor/pkg/tcpip/stack", "gvisor.dev/gvisor/pkg/tcpip/transport/tcp", "gvisor.dev/gvisor/pkg/waiter",
	"pgregory.net/rapid",
}

// ruleOf finds the rule of a package, or that of the folder it is in for the
// second machine, which is several packages.
func ruleOf(pkg string) (rule, bool) {
	if strings.HasPrefix(pkg, "gen/internal/quic/") {
		pkg = "gen/internal/quic"
	}
	r, ok := rules[pkg]
	return r, ok
}

func goFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() != ".." && strings.HasPrefix(d.Name(), ".")) {
			return fs.SkipDir
		}
		if strings.HasSuffix(name, ".go") {
			rel, err := filepath.Rel(root, name)
			files = append(files, filepath.ToSlash(rel))
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 30 {
		t.Fatalf("found %d Go files only: the test looks in the wrong place", len(files))
	}
	return files
}

// The imports are parsed here and not asked of 'go list', whose answer the test
// cache would keep after a violation.
func TestTree_imports(t *testing.T) {
	for _, name := range goFiles(t) {
		pkg := path.Dir(name)
		r, ok := ruleOf(pkg)
		if !ok {
			t.Errorf("%s: package %s has no rule: add it here and to docs/ARCHITECTURE.md, or remove it", name, pkg)
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.ImportsOnly)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, spec := range f.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			test := strings.HasSuffix(name, "_test.go")
			if test && imported == module+"/"+pkg {
				continue // an external test looks at its package from outside
			}
			if !r.allows(imported, test) {
				t.Errorf("%s imports %s, which the rule of %s does not allow", name, imported, pkg)
			}
		}
	}
}

func (r rule) allows(imported string, test bool) bool {
	own, other := r.own, r.other
	if test {
		own, other = slices.Concat(own, r.testOwn), slices.Concat(other, r.testOther)
	}
	if rel, ok := strings.CutPrefix(imported, module+"/"); ok {
		return slices.Contains(own, anything) || slices.Contains(own, rel) || strings.HasPrefix(rel, "gen/internal/")
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		return true // the standard library
	}
	return slices.Contains(other, imported)
}

// A file whose name ends like a platform or a test is built by accident only there.
func TestTree_fileNames(t *testing.T) {
	for _, name := range goFiles(t) {
		base := strings.TrimSuffix(path.Base(name), ".go")
		for _, suffix := range []string{"_linux", "_windows", "_darwin", "_wasm", "_arm", "_arm64", "_amd64", "_unix", "_js"} {
			if strings.HasSuffix(base, suffix) {
				t.Errorf("%s: the name's ending %s limits where the file is built: rename it", name, suffix)
			}
		}
	}
}

// Long files hide things. Generated ones may be long.
func TestTree_fileLengths(t *testing.T) {
	const limit = 600 // lines; docs/ARCHITECTURE.md's reader holds that much at once
	for _, name := range goFiles(t) {
		if strings.HasSuffix(name, "_gen.go") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(data), "\n"); n > limit {
			t.Errorf("%s has %d lines, more than %d: divide it", name, n, limit)
		}
	}
}

// What is generated is what the table gives now, and nothing is left of what was
// generated once. The generator runs in process: the test cache would not notice
// a change that only a child process reads.
func TestTree_generatedFilesAreFresh(t *testing.T) {
	p, err := spec.Load(filepath.Join(root, "spec/tcp"), "Machine")
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range []struct {
		dir     string
		targets []gen.Target
	}{
		{"tcpfsm", pick("go")},
		{"tcpfsm/looplab", []gen.Target{gen.Looplab(module + "/tcpfsm")}},
		{"docs/generated", pick("dot", "svg", "mermaid", "markdown", "json")},
	} {
		var files []gen.File
		for _, target := range out.targets {
			rendered, err := target.Render(p, "spec/tcp")
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, rendered...)
		}
		plan, err := gen.NewPlan(filepath.Join(root, out.dir), files, "spec/tcp")
		if err != nil {
			t.Fatal(err)
		}
		if !plan.Clean() {
			t.Errorf("%s is stale: run 'go generate ./...'\norphans: %v", out.dir, plan.Orphans())
		}
	}
}

func pick(names ...string) []gen.Target {
	var picked []gen.Target
	for _, target := range gen.Targets() {
		if slices.Contains(names, target.Name) {
			picked = append(picked, target)
		}
	}
	return picked
}

// Whoever reads the table as a value and whoever reads it as source read the same.
func TestTree_sourceAndValueAgree(t *testing.T) {
	fromSource, err := spec.Load(filepath.Join(root, "spec/tcp"), "Machine")
	if err != nil {
		t.Fatal(err)
	}
	fromValue, err := table()
	if err != nil {
		t.Fatal(err)
	}
	if diff := spec.Diff(fromSource, fromValue); diff != "" {
		t.Errorf("source and value differ: %s", diff)
	}
}

// No sentence of the repository speaks of the machine it was written on.
func TestTree_noLocalPaths(t *testing.T) {
	local := regexp.MustCompile(`(^|[^A-Za-z0-9_.])/(tmp|work|root|home)/`)
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == ".git" {
			return fs.SkipDir
		}
		if d.IsDir() || strings.HasSuffix(name, ".sum") || strings.HasSuffix(name, "tree_test.go") {
			return nil
		}
		data, err := os.ReadFile(name)
		if err == nil && local.Match(data) {
			t.Errorf("%s has a path of a single machine: %s", name, local.Find(data))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
