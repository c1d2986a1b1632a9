package spec

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// Load compiles the machine in a variable of a package's source. It reads the
// source and doesn't build it, so that every problem has a file, a line and a
// column, and so that it works while what is generated from the table is broken.
func Load(dir, variable string) (*Program, error) {
	m, src, err := LoadSource(dir, variable)
	if err != nil {
		return nil, err
	}
	return compile(m, src)
}

// LoadSource reads the machine in a variable of a package's source, without
// compiling it. Only literals, constants and package variables that hold
// literals are understood. Test files are left out.
func LoadSource(dir, variable string) (*Machine, *Source, error) {
	files, err := readPackage(dir)
	if err != nil {
		return nil, nil, err
	}
	l := newLoader(dir)
	l.parse(files)
	m := l.machine(variable)
	if err := l.diags.err(); err != nil {
		return nil, nil, err
	}
	return m, l.src, nil
}

// A goFile is one file of a package.
type goFile struct {
	name string
	data []byte
}

func readPackage(dir string) ([]goFile, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("spec: %w: name the directory of the table's package", err)
	}
	var files []goFile
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
			continue
		}
		path := filepath.Join(dir, name)
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("spec: %w: make it readable", err)
		}
		files = append(files, goFile{path, data})
	}
	return files, nil
}

// A loader evaluates the literals of a package.
type loader struct {
	reporter
	dir    string
	values int // evaluated so far
	decls  map[string]*decl
	files  map[string][]byte
}

// A decl is a package-level constant or variable.
type decl struct {
	spec  string // name under which its file imports this package
	isVar bool
	typ   ast.Expr // may be nil
	value ast.Expr // nil without a value
	iota  int
	busy  bool // being evaluated: a second visit is a cycle
	pos   token.Pos
}

func newLoader(dir string) *loader {
	return &loader{reporter: reporter{src: newSource()}, dir: dir, decls: map[string]*decl{}, files: map[string][]byte{}}
}

// at reports a problem at a position of the source.
func (l *loader) at(pos token.Pos, format string, args ...any) {
	key := &pos // an address of its own stands for a position that fills no field
	l.src.starts[key] = pos
	l.errorf(place{at: key, off: -1}, format, args...)
}

func (l *loader) parse(files []goFile) {
	for _, f := range files {
		l.files[f.name] = f.data
		tree, err := parser.ParseFile(l.src.fset, f.name, f.data, parser.SkipObjectResolution)
		if err != nil {
			l.syntax(f.name, err)
			continue
		}
		l.collect(tree)
	}
}

// syntax takes over what Go's parser says.
func (l *loader) syntax(name string, err error) {
	list, ok := err.(scanner.ErrorList)
	if !ok {
		l.diags = append(l.diags, Diagnostic{File: name, Line: 1, Col: 1, Msg: err.Error() + ": correct it"})
		return
	}
	for _, e := range list {
		l.diags = append(l.diags, Diagnostic{File: name, Line: e.Pos.Line, Col: e.Pos.Column, Msg: "Go syntax: " + e.Msg + ": correct it, as go build asks"})
	}
}

// here is the import path of this package.
var here = reflect.TypeFor[Machine]().PkgPath()

// importName is the name under which a file knows this package, "." for a dot
// import, or "" when it doesn't import it.
func importName(f *ast.File) string {
	for _, i := range f.Imports {
		if strings.Trim(i.Path.Value, "`\"") != here {
			continue
		}
		if i.Name != nil {
			return i.Name.Name
		}
		return here[strings.LastIndexByte(here, '/')+1:]
	}
	return ""
}

func (l *loader) collect(f *ast.File) {
	spec := importName(f)
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST && g.Tok != token.VAR {
			continue
		}
		var before *ast.ValueSpec // what a line of a const block repeats
		for i, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			if g.Tok == token.CONST && v.Values == nil && v.Type == nil && before != nil {
				v = &ast.ValueSpec{Names: v.Names, Type: before.Type, Values: before.Values}
			}
			before = v
			l.names(v, decl{spec: spec, isVar: g.Tok == token.VAR, typ: v.Type, iota: i})
		}
	}
}

func (l *loader) names(v *ast.ValueSpec, d decl) {
	for i, n := range v.Names {
		if n.Name == "_" {
			continue
		}
		e := d
		e.pos = n.Pos()
		if i < len(v.Values) && len(v.Values) == len(v.Names) {
			e.value = v.Values[i]
		}
		l.decls[n.Name] = &e
	}
}

// machine evaluates the variable asked for.
func (l *loader) machine(variable string) *Machine {
	m := new(Machine)
	d := l.decls[variable]
	switch {
	case d == nil && len(l.diags) > 0: // it may be in a file that can't be parsed
		return m
	case d == nil:
		names := l.machines()
		l.diags = append(l.diags, Diagnostic{Msg: "no variable " + variable + " in " + l.dir + didYouMean(variable, names, "declare var "+variable+" = spec.Machine{...}")})
		return m
	case !d.isVar || d.value == nil:
		l.at(d.pos, "%s holds no literal: declare var %s = spec.Machine{...}", variable, variable)
		return m
	}
	e := evaluator{l, d, nil}
	e.fill(d.value, reflect.ValueOf(m).Elem())
	l.retired(m)
	return m
}

// machines lists the variables of the package.
func (l *loader) machines() (names []string) {
	for name, d := range l.decls {
		if d.isVar {
			names = append(names, name)
		}
	}
	return names
}

// retired reads the ids that are never used again.
func (l *loader) retired(m *Machine) {
	if m.Retired == "" {
		return
	}
	path := filepath.Join(l.dir, m.Retired)
	data, err := os.ReadFile(path)
	if err != nil {
		l.errorf(place{at: &m.Retired, field: "Retired", off: 0}, "the list of retired ids can't be read: add the file %s beside the table, or leave Retired out", m.Retired)
		return
	}
	for i, line := range bytes.Split(data, []byte("\n")) {
		text, _, _ := strings.Cut(string(line), "#")
		id := strings.TrimSpace(text)
		if id == "" {
			continue
		}
		at := Diagnostic{File: path, Line: i + 1, Col: 1 + strings.Index(text, id)}
		switch {
		case !slug.MatchString(id):
			at.Msg = "this is no id: write one id a line, of small letters, digits, - and ., and comments after #"
			l.diags = append(l.diags, at)
		case slices.Contains(l.src.Retired, id):
			at.Msg = "id " + id + " is listed twice: remove one line"
			l.diags = append(l.diags, at)
		}
		l.src.Retired = append(l.src.Retired, id)
	}
}
