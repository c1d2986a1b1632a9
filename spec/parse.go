package spec

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"strings"
)

// The notation is a part of Go's own syntax, so Go's parser reads it, after =<
// has become <=, which has the same width: every offset stays exact. Words and
// signs outside of the notation are found before that, one by one, so that each
// gets a message that says what to write instead, and so that no text can be
// deep or long enough to hurt.
const (
	maxTokens = 4000
	maxDepth  = 60
)

// A tree is the untyped form of a text: an expression or a list of statements.
type tree struct {
	expr ast.Expr
	body []ast.Stmt
	base token.Pos // of offset 0 of the text
}

func (t tree) offset(p token.Pos) int { return int(p - t.base) }

// A syntaxError is a problem at an offset of a text.
type syntaxError struct {
	off int
	msg string
}

// parseGuard reads one expression. Lines may break anywhere in it.
func parseGuard(text string) (tree, *syntaxError) {
	src := []byte(strings.NewReplacer("=<", "<=", "\n", " ").Replace(text))
	if err := scan(src, false); err != nil {
		return tree{}, err
	}
	fset := token.NewFileSet()
	e, err := parser.ParseExprFrom(fset, "", src, parser.SkipObjectResolution)
	if err != nil {
		return tree{}, goError(err, 0, len(text), "one expression of names, numbers, ! && || == != < =< > >= + - and parentheses is expected")
	}
	return tree{expr: e, base: 1}, nil
}

const bodyHead = "package p;func _(){"

// parseBody reads statements separated by semicolons or line ends.
func parseBody(text string) (tree, *syntaxError) {
	src := []byte(strings.ReplaceAll(text, "=<", "<="))
	if err := scan(src, true); err != nil {
		return tree{}, err
	}
	file := bodyHead + string(src) + "\n}"
	f, err := parser.ParseFile(token.NewFileSet(), "", file, parser.SkipObjectResolution)
	if err != nil {
		return tree{}, goError(err, len(bodyHead), len(text), "effects are NAME = expression, an action, a call such as start(RTX), or if c { ... } else { ... }, separated by ;")
	}
	return tree{body: f.Decls[0].(*ast.FuncDecl).Body.List, base: token.Pos(1 + len(bodyHead))}, nil
}

// goError takes the first complaint of Go's parser; the others only follow from
// it.
func goError(err error, head, size int, remedy string) *syntaxError {
	off, msg := 0, err.Error()
	if list, ok := err.(scanner.ErrorList); ok && len(list) > 0 {
		off, msg = list[0].Pos.Offset-head, list[0].Msg
	}
	msg = strings.NewReplacer(`newline`, "the end of the line", `'EOF'`, "the end", "<=", "=<").Replace(msg)
	return &syntaxError{min(max(off, 0), size), "syntax error: " + msg + ": " + remedy}
}

// scan checks every token of a text against the notation.
func scan(src []byte, effects bool) *syntaxError {
	s := newTokens(src)
	b := brackets{}
	for n := 0; ; n++ {
		off, tok, lit := s.next()
		switch {
		case s.problem != nil:
			return s.problem
		case n > maxTokens:
			return &syntaxError{off, "the text is too long: give parts of it a name, as a Def or an Action"}
		case tok == token.EOF:
			return b.end(len(src))
		}
		if msg := foreign(tok, lit, effects); msg != "" {
			return &syntaxError{off, msg}
		}
		if msg := b.add(tok, off); msg != "" {
			return &syntaxError{off, msg}
		}
	}
}

// tokens reads the tokens of a text.
type tokens struct {
	file    *token.File
	scanner scanner.Scanner
	problem *syntaxError
}

func newTokens(src []byte) *tokens {
	t := &tokens{file: token.NewFileSet().AddFile("", 1, len(src))}
	t.scanner.Init(t.file, src, func(p token.Position, msg string) {
		if t.problem == nil {
			t.problem = &syntaxError{p.Offset, strings.ReplaceAll(msg, "illegal", "unknown") + ": use names, numbers and the signs of the notation only"}
		}
	}, scanner.ScanComments)
	return t
}

func (t *tokens) next() (int, token.Token, string) {
	pos, tok, lit := t.scanner.Scan()
	return min(int(pos)-1, t.file.Size()), tok, lit
}

// brackets bounds the depth of a text, and makes sure that a text can't close
// the function that it is parsed in.
type brackets struct {
	open []token.Token
	at   []int
	nots int // signs in front of an operand nest like parentheses
}

var closing = map[token.Token]token.Token{token.RPAREN: token.LPAREN, token.RBRACE: token.LBRACE}

func (b *brackets) add(tok token.Token, off int) string {
	switch tok {
	case token.NOT:
		b.nots++
	case token.LPAREN, token.LBRACE:
		b.open, b.at = append(b.open, tok), append(b.at, off)
	case token.RPAREN, token.RBRACE:
		if len(b.open) == 0 || b.open[len(b.open)-1] != closing[tok] {
			return "unexpected " + tok.String() + ": remove it, or open what it closes"
		}
		b.open, b.at = b.open[:len(b.open)-1], b.at[:len(b.at)-1]
	default:
		b.nots = 0
	}
	if len(b.open)+b.nots > maxDepth {
		return "nested too deeply: give parts of it a name, as a Def or an Action"
	}
	return ""
}

func (b *brackets) end(size int) *syntaxError {
	if len(b.open) == 0 {
		return nil
	}
	i := len(b.open) - 1
	return &syntaxError{b.at[i], b.open[i].String() + " is not closed: add the closing one"}
}

// foreign says what to write instead of a token that is not in the notation.
func foreign(tok token.Token, lit string, effects bool) string {
	switch tok {
	case token.IDENT, token.INT, token.LPAREN, token.RPAREN, token.COMMA, token.PERIOD, token.ADD, token.SUB,
		token.NOT, token.LAND, token.LOR, token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
		return ""
	case token.ASSIGN, token.LBRACE, token.RBRACE, token.IF, token.ELSE, token.OR:
		if effects {
			return ""
		}
	case token.SEMICOLON:
		if effects || lit == "\n" {
			return ""
		}
	}
	if s, ok := instead[tok]; ok {
		return s
	}
	return tok.String() + " is not in the notation: use names, numbers, ! && || == != < =< > >= + - and parentheses"
}

// instead gives the remedy for each sign and word that people try.
var instead = map[token.Token]string{
	token.ASSIGN:     "= assigns: compare with ==",
	token.LBRACE:     "{ is not in an expression: use if in effects",
	token.RBRACE:     "} is not in an expression: use if in effects",
	token.IF:         "if is not in an expression: use && and ||, or if in effects",
	token.ELSE:       "else is not in an expression: use && and ||, or if in effects",
	token.SEMICOLON:  "; separates effects: join conditions with && or ||",
	token.OR:         "| joins flags in send only: use ||",
	token.AND:        "& is not in the notation: use &&",
	token.XOR:        "^ is not in the notation: compare flags with !=",
	token.ARROW:      "<- is not in the notation: put a space between < and -",
	token.DEFINE:     ":= is not in the notation: assign with =",
	token.INC:        "++ is not in the notation: write X = X + 1",
	token.DEC:        "-- is not in the notation: write X = X - 1",
	token.ADD_ASSIGN: "+= is not in the notation: write X = X + Y",
	token.SUB_ASSIGN: "-= is not in the notation: write X = X - Y",
	token.STRING:     "quoted text is not in the notation: write names without quotes",
	token.CHAR:       "quoted text is not in the notation: write names without quotes",
	token.FLOAT:      "only whole numbers are in the notation: choose a smaller unit",
	token.IMAG:       "only whole numbers are in the notation: choose a smaller unit",
	token.COMMENT:    "comments are not in the notation: write it in Why or Doc",
	token.COLON:      ": is not in the notation: use if c { ... } else { ... } in effects",
	token.FOR:        "there are no loops in the notation: what repeats is a row of its own",
	token.RETURN:     "there is no return in the notation: put the rest into else { ... }",
	token.SWITCH:     "there is no switch in the notation: use if, else if, else",
	token.VAR:        "there are no local variables in the notation: declare it in Vars, or name the expression as a Def",
	token.FUNC:       "there are no functions in the notation: declare a Def or an Action",
	token.MUL:        "* is not in the notation: only + and - are, so that every target can print it",
	token.QUO:        "/ is not in the notation: only + and - are, so that every target can print it",
	token.REM:        "% is not in the notation: seq values wrap by themselves",
}
