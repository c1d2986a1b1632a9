package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
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
	"spec/tcp":          {own: []string{"spec"}},
	"gen":               {own: []string{"spec"}, other: []string{"github.com/dave/jennifer/jen"}, testOwn: []string{"spec", "spec/tcp"}, testOther: []string{"pgregory.net/rapid"}},
	"tcpfsm":            {testOwn: []string{"tcpfsm"}},
	"tcpfsm/looplab":    {own: []string{"tcpfsm"}, other: []string{"github.com/looplab/fsm"}, testOwn: []string{"tcpfsm"}},
	"tcpfsm/trace":      {testOwn: []string{"tcpfsm/trace"}, testOther: []string{"pgregory.net/rapid"}},
	"model":             {testOwn: []string{"model"}},
	"model/tcpnet":      {own: []string{"model", "tcpfsm", "tcpfsm/trace"}, testOwn: []string{"spec", "spec/tcp"}, testOther: []string{"pgregory.net/rapid"}},
	"proptest":          {own: []string{anything}, other: []string{"pgregory.net/rapid", "github.com/looplab/fsm"}},
	"cmd/fsmgen":        {own: []string{"spec", "gen"}},
	"cmd/tcpfsm":        {own: []string{anything}, other: []string{"github.com/spf13/cobra"}},
	"gen/internal/quic": {own: []string{"spec"}, testOwn: []string{anything}},
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
			if !r.allows(imported, strings.HasSuffix(name, "_test.go")) {
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
