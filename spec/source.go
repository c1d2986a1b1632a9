package spec

import (
	"go/token"
	"path/filepath"
	"strconv"
	"unicode/utf8"
)

// A Source remembers where every word of a Machine was read, by the address of
// the field of the Machine that it became.
type Source struct {
	Retired []string // ids of the Retired file

	fset   *token.FileSet
	starts map[any]token.Pos // address of a field -> where its value begins
	texts  map[*string][]piece
	owners map[any]any // address of a field -> address of the struct it is in
}

// A piece is one string literal of a text; a text that was put together with +
// has several.
type piece struct {
	at  int // offset within the text
	pos token.Pos
	lit string // with its quotes
}

func newSource() *Source {
	return &Source{
		fset:   token.NewFileSet(),
		starts: map[any]token.Pos{},
		texts:  map[*string][]piece{},
		owners: map[any]any{},
	}
}

// position is where the value at that address was written; with an offset, the
// exact character of its text. A field that was left out is where its struct is.
func (s *Source) position(at any, off int) token.Position {
	if p, ok := at.(*string); ok && off >= 0 {
		if pos := s.character(s.texts[p], off); pos.IsValid() {
			return s.fset.Position(pos)
		}
	}
	for range 10 { // deeper than any struct of a Machine
		if pos, ok := s.starts[at]; ok {
			return s.fset.Position(pos)
		}
		owner, ok := s.owners[at]
		if !ok {
			break
		}
		at = owner
	}
	return token.Position{}
}

// short is the "file.go:line" of a value, for people who look a row up.
func (s *Source) short(at any) string {
	p := s.position(at, -1)
	return filepath.Base(p.Filename) + ":" + strconv.Itoa(p.Line)
}

func (s *Source) character(text []piece, off int) token.Pos {
	for i := len(text) - 1; i >= 0; i-- {
		if p := text[i]; off >= p.at {
			return p.pos + token.Pos(literalOffset(p.lit, off-p.at))
		}
	}
	return token.NoPos
}

// literalOffset turns an offset into the value of a string literal into an
// offset into the literal as written.
func literalOffset(lit string, off int) int {
	if lit[0] == '`' {
		return rawOffset(lit, off)
	}
	rest, at := lit[1:len(lit)-1], 1
	for off > 0 && rest != "" {
		r, multibyte, tail, err := strconv.UnquoteChar(rest, '"')
		if err != nil {
			break
		}
		width := 1
		if multibyte {
			width = utf8.RuneLen(r)
		}
		if width > off && len(rest)-len(tail) == width {
			return at + off // in the middle of a character written as itself
		}
		off -= width
		at += len(rest) - len(tail)
		rest = tail
	}
	return at
}

// rawOffset skips the carriage returns that Go drops from a raw string.
func rawOffset(lit string, off int) int {
	at := 1
	for ; at < len(lit)-1; at++ {
		if lit[at] == '\r' {
			continue
		}
		if off == 0 {
			break
		}
		off--
	}
	return at
}
