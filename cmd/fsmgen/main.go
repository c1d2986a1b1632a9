// Command fsmgen generates code, diagrams and documents from a table of package
// spec. See its help text.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/tcpfsm/tcpfsm/gen"
	"github.com/tcpfsm/tcpfsm/spec"
)

// Exit codes.
const (
	clean    = 0
	findings = 1 // the table has errors, or -check found a difference
	misuse   = 2
	broken   = 3 // something could not be read or written
)

const usage = `fsmgen generates code, diagrams and documents from a state machine's table.

usage: fsmgen [flags] PACKAGE-DIR

PACKAGE-DIR holds the Go package with the table, a variable of type spec.Machine
made of literals. It is read, not built.

  -o DIR         write to this directory (default .)
  -target LIST   what to generate, separated by commas (default go):
%s  -var NAME      the variable with the table (default Machine)
  -import PATH   import path of the Go package, which looplab builds on
                 (default: that of the directory above -o)
  -check         write nothing; print what would change as a diff, and files
                 that are not generated any more
  -version       print the version
  -h             print this text

Files are written only when they change, and never over a file that fsmgen did
not write. Exit codes: 0 done; 1 the table has errors, or -check found something;
2 wrong usage; 3 something could not be read or written.

examples:
  fsmgen -o ../tcpfsm ../spec/tcp                   the typed Go package
  fsmgen -target svg,markdown -o docs spec/tcp      a picture and a document
  fsmgen -check -o ../tcpfsm ../spec/tcp            is it fresh?
  //go:generate go tool fsmgen -o . ../spec/tcp     in a Go file, with
  go get -tool github.com/tcpfsm/tcpfsm/cmd/fsmgen  in its module
`

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// A command is a parsed command line.
type command struct {
	out, targets, variable, importPath, pkg string
	check, version                          bool
}

// run is main without its process, for tests.
func run(args []string, stdout, stderr io.Writer) int {
	c, err := parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(stdout, usage, targetList())
		return clean
	case err != nil:
		fmt.Fprintf(stderr, "fsmgen: %v; fsmgen -h prints the usage\n", err)
		return misuse
	case c.version:
		fmt.Fprintln(stdout, version())
		return clean
	}
	targets, err := c.chosen()
	if err != nil {
		fmt.Fprintf(stderr, "fsmgen: %v\n", err)
		return misuse
	}
	return c.generate(targets, stdout, stderr)
}

func parse(args []string) (*command, error) {
	c := new(command)
	f := c.flags()
	if err := f.Parse(args); err != nil {
		if name, unknown := strings.CutPrefix(err.Error(), "flag provided but not defined: -"); unknown {
			return nil, fmt.Errorf("unknown flag -%s%s", name, didYouMean(name, flagNames(f), "-"))
		}
		return nil, err
	}
	if c.version {
		return c, nil
	}
	switch f.NArg() {
	case 0:
		return nil, errors.New("no PACKAGE-DIR given: name the directory of the table's package")
	case 1:
		c.pkg = f.Arg(0)
		return c, nil
	}
	return nil, fmt.Errorf("%d arguments given, %q: want one PACKAGE-DIR, after the flags", f.NArg(), f.Args())
}

// flags declares the flags. Their texts are in usage.
func (c *command) flags() *flag.FlagSet {
	f := flag.NewFlagSet("fsmgen", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&c.out, "o", ".", "")
	f.StringVar(&c.targets, "target", "go", "")
	f.StringVar(&c.variable, "var", "Machine", "")
	f.StringVar(&c.importPath, "import", "", "")
	f.BoolVar(&c.check, "check", false, "")
	f.BoolVar(&c.version, "version", false, "")
	return f
}

func flagNames(f *flag.FlagSet) []string {
	var names []string
	f.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	return names
}

func targetList() string {
	var b strings.Builder
	for _, t := range gen.Targets() {
		fmt.Fprintf(&b, "                   %-9s %s\n", t.Name, t.Doc)
	}
	return b.String()
}

// chosen gives the targets asked for.
func (c *command) chosen() ([]gen.Target, error) {
	known := map[string]gen.Target{}
	var names []string
	for _, t := range gen.Targets() {
		known[t.Name] = t
		names = append(names, t.Name)
	}
	var list []gen.Target
	asked := map[string]bool{}
	for _, name := range strings.Split(c.targets, ",") {
		name = strings.TrimSpace(name)
		t, ok := known[name]
		switch {
		case !ok:
			return nil, fmt.Errorf("unknown target %q%s (known: %s)", name, didYouMean(name, names, ""), strings.Join(names, ", "))
		case asked[name]:
			return nil, fmt.Errorf("target %s is given twice: remove one", name)
		}
		asked[name] = true
		list = append(list, t)
	}
	if asked["go"] && asked["looplab"] {
		return nil, errors.New("targets go and looplab are two Go packages: run fsmgen for each, with -o directories of their own")
	}
	return list, nil
}

// generate loads the table, renders every file, and only then touches the output
// directory.
func (c *command) generate(targets []gen.Target, stdout, stderr io.Writer) int {
	p, err := spec.Load(c.pkg, c.variable)
	if err != nil {
		fmt.Fprintln(stderr, err)
		var ds spec.Diagnostics
		if !errors.As(err, &ds) {
			return broken
		}
		fmt.Fprintf(stderr, "fsmgen: the table in %s has %d %s: nothing was written\n", c.pkg, len(ds), plural("problem", len(ds)))
		return findings
	}
	from, err := sourceName(c.pkg)
	var files []gen.File
	if err == nil {
		files, err = c.render(targets, p, from)
	}
	var plan *gen.Plan
	if err == nil {
		plan, err = gen.NewPlan(c.out, files, from)
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return broken
	}
	if c.check {
		return report(plan, stdout, stderr)
	}
	if err := plan.Write(); err != nil {
		fmt.Fprintln(stderr, err)
		return broken
	}
	for _, o := range plan.Orphans() {
		fmt.Fprintf(stderr, "fsmgen: %s is not generated any more: delete it\n", o)
	}
	return clean
}

func (c *command) render(targets []gen.Target, p *spec.Program, from string) ([]gen.File, error) {
	var files []gen.File
	for _, t := range targets {
		if t.Name == "looplab" {
			path, err := c.goPackage()
			if err != nil {
				return nil, err
			}
			t = gen.Looplab(path)
		}
		made, err := t.Render(p, from)
		if err != nil {
			return nil, err
		}
		files = append(files, made...)
	}
	return files, nil
}

// report prints what -check found.
func report(plan *gen.Plan, stdout, stderr io.Writer) int {
	if plan.Clean() {
		return clean
	}
	io.WriteString(stdout, plan.Diff())
	changed, orphans := len(plan.Changes()), len(plan.Orphans())
	fmt.Fprintf(stderr, "fsmgen: %d %s stale, %d %s: run fsmgen without -check (go generate)\n",
		changed, plural("file", changed), orphans, plural("orphan", orphans))
	return findings
}

func plural(word string, n int) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

func version() string {
	v := "(unknown)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		v = info.Main.Version
	}
	return "fsmgen " + v + " " + runtime.Version()
}
