package main

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// A page is a Markdown file: its text, and its code apart from that.
type page struct {
	name   string // from the root of the repository
	prose  string // without code blocks
	blocks []block
}

// A block is a code block.
type block struct {
	info string // what stands behind the fence
	text string
	line int
}

// pages reads README.md and everything in docs.
func pages(t *testing.T) (all []page) {
	t.Helper()
	names := []string{"README.md"}
	err := fs.WalkDir(os.DirFS(root), "docs", func(name string, d fs.DirEntry, err error) error {
		if strings.HasSuffix(name, ".md") {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, splitPage(t, name, string(text)))
	}
	if len(all) < 8 {
		t.Fatalf("found %d pages only", len(all))
	}
	return all
}

func splitPage(t *testing.T, name, text string) page {
	t.Helper()
	p := page{name: name}
	var in *block
	number := 0
	for line := range strings.Lines(text) {
		number++
		info, fence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case fence && in == nil:
			in = &block{info: strings.TrimSpace(info), line: number + 1}
		case fence:
			p.blocks = append(p.blocks, *in)
			in = nil
		case in != nil:
			in.text += line
		default:
			p.prose += line
		}
	}
	if in != nil {
		t.Errorf("%s:%d: the code block has no end", name, in.line)
	}
	return p
}

var (
	pageLink   = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	inlineCode = regexp.MustCompile("`[^`\n]+`")
	heading    = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	notInSlug  = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	linkText   = regexp.MustCompile(`\[([^]]*)\]\([^)]*\)`)
	explicitID = regexp.MustCompile(`<a id="([^"]*)">`)
)

// anchors are the places of a page that a link can name: its headings, as the
// repository's viewer spells them, and explicit anchors.
func (p *page) anchors() map[string]bool {
	all := map[string]bool{}
	for _, m := range explicitID.FindAllStringSubmatch(p.prose, -1) {
		all[m[1]] = true
	}
	for _, m := range heading.FindAllStringSubmatch(p.prose, -1) {
		text := linkText.ReplaceAllString(m[1], "$1")
		slug := strings.ReplaceAll(notInSlug.ReplaceAllString(strings.ToLower(strings.TrimSpace(text)), ""), " ", "-")
		for n, unique := 1, slug; ; n++ {
			if !all[unique] {
				all[unique] = true
				break
			}
			unique = fmt.Sprintf("%s-%d", slug, n)
		}
	}
	return all
}

// Every link of a page to a file or a heading leads somewhere.
func TestDocs_links(t *testing.T) {
	all := pages(t)
	checked := 0
	for _, p := range all {
		for _, m := range pageLink.FindAllStringSubmatch(inlineCode.ReplaceAllString(p.prose, ""), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			checked++
			file, anchor, _ := strings.Cut(m[1], "#")
			target := p.name
			if file != "" {
				target = path.Join(path.Dir(p.name), file)
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s links to %s, which is not there", p.name, m[1])
				continue
			}
			i := slices.IndexFunc(all, func(p page) bool { return p.name == target })
			if anchor != "" && i >= 0 && !all[i].anchors()[anchor] {
				t.Errorf("%s links to %s, and there is no such heading", p.name, m[1])
			}
		}
	}
	if checked < 50 {
		t.Errorf("only %d links were found", checked)
	}
}

// Every line of a table has as many cells as its head: one more or less is a cell that
// nobody sees, or a sign | that should have been escaped.
func TestDocs_tables(t *testing.T) {
	for _, p := range pages(t) {
		width := 0
		for line := range strings.Lines(p.prose) {
			cells := len(tableCells(strings.ReplaceAll(line, `\|`, "")))
			if cells > 0 && width > 0 && cells != width {
				t.Errorf("%s: %d cells under a head of %d: %s", p.name, cells, width, line)
			}
			if width == 0 || cells == 0 {
				width = cells
			}
		}
	}
}

// commands are the command lines of a page: in blocks and in the text.
func (p *page) commands() (all []string) {
	for _, b := range p.blocks {
		if b.info == "" || b.info == "sh" || b.info == "console" {
			all = append(all, strings.Split(b.text, "\n")...)
		}
	}
	for _, code := range inlineCode.FindAllString(p.prose, -1) {
		all = append(all, strings.Trim(code, "`"))
	}
	return all
}

// shellWords splits a command line, up to a comment or a redirection.
func shellWords(line string) (words []string) {
	for _, w := range regexp.MustCompile(`"[^"]*"|'[^']*'|\S+`).FindAllString(line, -1) {
		if strings.HasPrefix(w, "#") || w == ">" || w == "|" || w == "&&" {
			break
		}
		words = append(words, strings.Trim(w, `"'`))
	}
	return words
}

// ourArgs are the arguments of a command line that runs tcpfsm.
func ourArgs(line string) ([]string, bool) {
	words := shellWords(strings.TrimPrefix(strings.TrimSpace(line), "$ "))
	for _, prefix := range [][]string{{"go", "run", "./cmd/tcpfsm"}, {"tcpfsm"}} {
		if len(words) > len(prefix) && slices.Equal(words[:len(prefix)], prefix) {
			return words[len(prefix):], true
		}
	}
	return nil, false
}

// placeholder is what stands for a name that the reader puts in.
var placeholder = regexp.MustCompile(`^[A-Z]+(\.trace)?$|\.\.\.|\*`)

// Every command of ours that a page shows is one that the program takes; explain, and
// traces that are in the repository, are run.
func TestDocs_commands(t *testing.T) {
	seen := 0
	for _, p := range pages(t) {
		for _, line := range p.commands() {
			args, ok := ourArgs(line)
			if !ok {
				continue
			}
			seen++
			cmd, rest, err := newRoot().Find(args)
			if err == nil {
				err = cmd.ParseFlags(rest)
			}
			if err == nil && len(rest) > 0 && !slices.ContainsFunc(rest, placeholder.MatchString) {
				err = cmd.ValidateArgs(cmd.Flags().Args())
			}
			if err != nil {
				t.Errorf("%s: %q: %v", p.name, line, err)
				continue
			}
			runFast(t, p.name, args)
		}
	}
	if seen < 12 {
		t.Errorf("only %d commands were found", seen)
	}
}

// runFast runs a command if it is over at once and changes nothing.
func runFast(t *testing.T, page string, args []string) {
	t.Helper()
	last := args[len(args)-1]
	switch {
	case args[0] == "explain" && len(args) > 1 && !isPlaceholder(last):
	case args[0] == "run" && fileExists(last):
		args[len(args)-1] = filepath.Join(root, last)
	default:
		return
	}
	if _, stderr, code := tcpfsmCommand(args...); stderr != "" || code > exitFindings {
		t.Errorf("%s: tcpfsm %s: exit code %d, %s", page, strings.Join(args, " "), code, stderr)
	}
}

// isPlaceholder reports whether a word stands for a name: STATE, ID.
func isPlaceholder(word string) bool {
	return slices.Contains([]string{"STATE", "ROW", "EVENT", "OPTION", "NAME", "ID", "KIND"}, word) || strings.Contains(word, "...")
}

func fileExists(name string) bool {
	info, err := os.Stat(filepath.Join(root, name))
	return err == nil && !info.IsDir()
}

// Every 'go test' that a page shows names packages that there are, and tests if it
// chooses some.
func TestDocs_goTests(t *testing.T) {
	tests := testNames(t)
	seen := 0
	for _, p := range pages(t) {
		for _, line := range p.commands() {
			words := shellWords(line)
			if len(words) < 3 || words[0] != "go" || words[1] != "test" {
				continue
			}
			seen++
			for i, w := range words[2:] {
				if dir, ok := strings.CutPrefix(w, "./"); ok {
					if _, err := os.Stat(filepath.Join(root, strings.TrimSuffix(dir, "..."))); err != nil {
						t.Errorf("%s: %q: there is no package %s", p.name, line, w)
					}
				}
				if w == "-run" && i+3 < len(words) && words[i+3] != "^$" && !someTest(tests, words[i+3]) {
					t.Errorf("%s: %q runs no test", p.name, line)
				}
			}
		}
	}
	if seen < 3 {
		t.Errorf("only %d commands were found", seen)
	}
}

func someTest(tests []string, pattern string) bool {
	re, err := regexp.Compile(pattern)
	return err == nil && slices.ContainsFunc(tests, func(name string) bool {
		_, base, _ := strings.Cut(name, ".")
		return re.MatchString(base)
	})
}

var (
	testWord = regexp.MustCompile("`(Test[A-Z][A-Za-z0-9_]*)`")
	fileWord = regexp.MustCompile("`((cmd|docs|gen|model|proptest|spec|tcpfsm)/[A-Za-z0-9_./-]*\\.[a-z]+)`")
)

// Every test and every file that a page names in its text exists.
func TestDocs_namesExist(t *testing.T) {
	tests := testNames(t)
	for _, p := range pages(t) {
		for _, m := range testWord.FindAllStringSubmatch(p.prose, -1) {
			if !slices.ContainsFunc(tests, func(name string) bool { return strings.HasSuffix(name, "."+m[1]) }) {
				t.Errorf("%s names %s, and there is no such test", p.name, m[1])
			}
		}
		for _, m := range fileWord.FindAllStringSubmatch(p.prose, -1) {
			if !fileExists(m[1]) && !strings.Contains(m[1], "_gen.") {
				t.Errorf("%s names the file %s, which is not there", p.name, m[1])
			}
		}
	}
}

// Go code in pages parses: a file, declarations, statements, or the elements of a list,
// as rows are. Whole programs of docs/YOUR-OWN-MACHINE.md are built by a test of package gen.
func TestDocs_goCode(t *testing.T) {
	seen := 0
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			if lang, _, _ := strings.Cut(b.info, " "); lang == "go" {
				seen++
				if err := parseGo(b.text); err != nil {
					t.Errorf("%s:%d: %v", p.name, b.line, err)
				}
			}
		}
	}
	if seen < 3 {
		t.Errorf("only %d blocks were found", seen)
	}
}

// What a page shows of this module's packages type-checks, with names that stand for
// the reader's own.
func TestDocs_goCompiles(t *testing.T) {
	seen := 0
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			if b.info != "go" || !strings.HasPrefix(b.text, "import ") {
				continue
			}
			seen++
			imports, body, _ := strings.Cut(b.text, "\n")
			text := "package p\nimport \"fmt\"\n" + imports + "\nfunc _(isn uint32, segment tcpfsm.Segment) {\n" + body + "\n_ = fmt.Sprint\n}"
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, "block.go", text, 0)
			if err != nil {
				t.Errorf("%s:%d: %v", p.name, b.line, err)
				continue
			}
			conf := types.Config{Importer: importer.ForCompiler(fset, "source", nil)}
			if _, err := conf.Check("p", fset, []*ast.File{f}, nil); err != nil {
				t.Errorf("%s:%d: %v", p.name, b.line, err)
			}
		}
	}
	if seen == 0 {
		t.Error("README.md shows no use of the package")
	}
}

func parseGo(text string) (err error) {
	imports := regexp.MustCompile(`(?m)^import .*$`).FindString(text)
	body := strings.Replace(text, imports, "", 1)
	for _, form := range []string{
		text,
		"package p\n" + text,
		"package p\n" + imports + "\nfunc _() {\n" + body + "\n}",
		"package p\nvar _ = []row{\n" + text + "\n}",
	} {
		var first error
		if _, first = parser.ParseFile(token.NewFileSet(), "block.go", form, parser.SkipObjectResolution); first == nil {
			return nil
		}
		if err == nil {
			err = first
		}
	}
	return err
}

// Traces in pages parse, and happen as they say.
func TestDocs_traces(t *testing.T) {
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			if b.info != "trace" {
				continue
			}
			if _, err := trace.Parse(p.name, b.text); err != nil {
				t.Errorf("%s:%d: %v", p.name, b.line, err)
				continue
			}
			name := filepath.Join(t.TempDir(), "page.trace")
			if err := os.WriteFile(name, []byte(b.text), 0o644); err != nil {
				t.Fatal(err)
			}
			if stdout, stderr, code := tcpfsmCommand("run", name); code != exitClean {
				t.Errorf("%s:%d: exit code %d\n%s%s", p.name, b.line, code, stdout, stderr)
			}
		}
	}
}
