package trace

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An Error is one thing wrong with a trace.
type Error struct {
	File      string
	Line, Col int // from 1; Col counts octets
	Msg       string
}

// Error gives "file:line:col: what is wrong".
func (e *Error) Error() string { return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Msg) }

// Errors is everything wrong with a trace, in order.
type Errors []*Error

// Error gives one problem a line.
func (es Errors) Error() string {
	var lines []string
	for _, e := range es {
		lines = append(lines, e.Error())
	}
	return strings.Join(lines, "\n")
}

// maxText bounds what is read; no scenario for people is near it.
const maxText = 16 << 20

// Parse reads a trace; name is what errors call it. Everything wrong is reported
// at once, as Errors.
func Parse(name, text string) (*File, error) {
	p := &parser{name: name, file: &File{}}
	if len(text) > maxText {
		return nil, Errors{{name, 1, 1, fmt.Sprintf("the trace has %d octets, more than %d: divide it", len(text), maxText)}}
	}
	for i, line := range strings.Split(text, "\n") {
		p.line = i + 1
		p.parseLine(strings.TrimSuffix(line, "\r"))
	}
	if len(p.errs) > 0 {
		return nil, p.errs
	}
	return p.file, nil
}

type parser struct {
	name  string
	file  *File
	errs  Errors
	line  int
	words []word
	at    int // the next word
	now   time.Duration
	bad   bool
}

// A word is a word of a line, or a quoted text without its quotes.
type word struct {
	text   string
	col    int
	quoted bool
}

func (p *parser) fail(col int, format string, args ...any) {
	p.bad = true
	p.errs = append(p.errs, &Error{p.name, p.line, col, fmt.Sprintf(format, args...)})
}

// split cuts a line into words; # begins a comment, and quotes hold spaces.
func (p *parser) split(line string) []word {
	p.bad = false
	var words []word
	for i := 0; i < len(line); {
		switch c := line[i]; {
		case c == '#':
			return words
		case c == ' ' || c == '\t':
			i++
		case c == '"':
			quoted, err := strconv.QuotedPrefix(line[i:])
			if err != nil {
				p.fail(i+1, `the text that begins with %q has no end: close it with "`, line[i:min(len(line), i+12)])
				return nil
			}
			text, _ := strconv.Unquote(quoted) // a quoted prefix can be unquoted
			words = append(words, word{text, i + 1, true})
			i += len(quoted)
		default:
			end := len(line)
			if n := strings.IndexAny(line[i:], " \t#\""); n >= 0 {
				end = i + n
			}
			words = append(words, word{line[i:end], i + 1, false})
			i = end
		}
	}
	return words
}

// next takes a word; at the end of the line it is empty.
func (p *parser) next() word {
	if p.at == len(p.words) {
		col := 1
		if p.at > 0 {
			last := p.words[p.at-1]
			col = last.col + len(last.text)
		}
		return word{"", col, false}
	}
	p.at++
	return p.words[p.at-1]
}

func (p *parser) peek() string {
	if p.at == len(p.words) || p.words[p.at].quoted {
		return ""
	}
	return p.words[p.at].text
}

var headerKeys = []string{"title", "about", "found", "profile", "options", "bounds", "iss", "loop", "host", "link"}

func (p *parser) parseLine(line string) {
	if p.header(line) {
		return
	}
	p.words, p.at = p.split(line), 0
	if len(p.words) == 0 {
		return
	}
	l := Line{Line: p.line}
	p.stamp(&l)
	if l.Action.Kind = Wait; !l.Timed || p.at < len(p.words) && p.peek() != "want" {
		l.Action = p.action()
	}
	for !p.bad && p.at < len(p.words) {
		l.Wants = append(l.Wants, p.want())
	}
	if !p.bad {
		p.file.Lines = append(p.file.Lines, l)
	}
}

// header reads a line of the header, if this is one. Its value is free text to the
// end of the line, without comments.
func (p *parser) header(line string) bool {
	rest := strings.TrimLeft(line, " \t")
	key, value, _ := strings.Cut(strings.ReplaceAll(rest, "\t", " "), " ")
	if !slices.Contains(headerKeys, key) {
		return false
	}
	col := len(line) - len(rest) + 1
	switch value = strings.TrimSpace(value); {
	case len(p.file.Lines) > 0:
		p.fail(col, "%s stands after the first action: move it to the top", key)
	case value == "":
		p.fail(col+len(key), "%s says nothing: write a value behind it", key)
	default:
		p.file.Header = append(p.file.Header, Setting{p.line, key, value})
	}
	return true
}

// stamp reads the time of a line, if it has one.
func (p *parser) stamp(l *Line) {
	if !isTime(p.peek()) {
		return
	}
	w := p.next()
	l.Timed, l.Time = true, p.time(w)
	if p.bad {
		return
	}
	if len(p.file.Lines) > 0 && !p.file.Lines[0].Timed {
		p.fail(w.col, "the time %s comes too late: the first line has none; write one there, or none at all", w.text)
	}
	if l.Time < p.now {
		p.fail(w.col, "the time %s is before that of a line above, %s: put the lines in order", w.text, FormatTime(p.now))
	}
	p.now = max(p.now, l.Time)
}

func (p *parser) action() Action {
	w := p.next()
	for kind, verb := range verbs {
		if w.text == verb && !w.quoted {
			return p.params(p.verb(kind))
		}
	}
	if from, to, ok := cutArrow(w.text); ok {
		return p.segmentAction(Deliver, from, to, w)
	}
	if host, _, _ := strings.Cut(w.text, ":"); !isHost(host) {
		p.fail(w.col, "%q begins no action: write a host (a, b), FROM->TO, or one of lose, copy, hold, forge, cut, heal, crash, tick, age", w.text)
		return Action{}
	}
	p.at--
	return p.params(p.hostAction(w))
}

func (p *parser) verb(kind Kind) Action {
	switch kind {
	case Tick, Age:
		return Action{Kind: kind}
	case Crash:
		return Action{Kind: Crash, Host: p.host()}
	case Cut, Heal:
		return p.linkAction(kind)
	}
	w := p.next()
	from, to, ok := cutArrow(w.text)
	if !ok {
		p.fail(w.col, "%s needs a direction and a segment, not %q: write %[1]s a->b SYN", verbs[kind], w.text)
		return Action{}
	}
	return p.segmentAction(kind, from, to, w)
}

// cutArrow takes FROM->TO apart.
func cutArrow(s string) (from, to string, ok bool) { return strings.Cut(s, "->") }

// linkAction is cut or heal, of a direction or of both.
func (p *parser) linkAction(kind Kind) Action {
	w := p.next()
	a := Action{Kind: kind}
	a.From, a.To, a.Both = strings.Cut(w.text, "<->")
	if !a.Both {
		a.From, a.To, _ = cutArrow(w.text)
	}
	if !isHost(a.From) || !isHost(a.To) {
		p.fail(w.col, "%s needs a direction, not %q: write %[1]s a->b, or a<->b for both", verbs[kind], w.text)
	}
	return a
}

func (p *parser) segmentAction(kind Kind, from, to string, w word) Action {
	if !isHost(from) || !isHost(to) {
		p.fail(w.col, "%q is no direction: write the names of two hosts, as in a->b", w.text)
	}
	return Action{Kind: kind, From: from, To: to, Segment: p.segment()}
}

// params reads the words KEY=VALUE behind an action.
func (p *parser) params(a Action) Action {
	for !p.bad && strings.Contains(p.peek(), "=") {
		w := p.next()
		key, value, _ := strings.Cut(w.text, "=")
		if !isWord(key) || value == "" {
			p.fail(w.col, "%q is no parameter: write NAME=VALUE", w.text)
		}
		if _, twice := a.Param(key); twice {
			p.fail(w.col, "%s is given twice: keep one", key)
		}
		a.Params = append(a.Params, Param{key, value})
	}
	return a
}

// callWords is how many words a call has at most, as "open active".
const callWords = 2

// hostAction is a call or the expiry of a timer. A call is one or two words, then
// perhaps a number.
func (p *parser) hostAction(host word) Action {
	expires := p.at+1 < len(p.words) && p.words[p.at+1].text == "expire" && !p.words[p.at+1].quoted
	a := Action{Kind: Call}
	if a.Host, a.Conn = p.end(); p.bad {
		return a
	}
	if expires {
		p.at++
		timer := p.next()
		if !isWord(timer.text) {
			p.fail(timer.col, "expire needs the name of a timer, as in %s expire RTX", host.text)
		}
		a.Kind, a.Name = Expire, timer.text
		return a
	}
	var name []string
	for len(name) < callWords && isWord(p.peek()) && p.peek() != "want" && !isNumber(p.peek()) {
		name = append(name, p.next().text)
	}
	if len(name) == 0 {
		w := p.next()
		p.fail(w.col, "%s needs a call or expire, not %q: write, say, %[1]s close", host.text, w.text)
		return a
	}
	a.Name = strings.Join(name, " ")
	if isNumber(p.peek()) {
		a.N, a.HasN = p.number(p.next()), true
	}
	return a
}

func (p *parser) segment() Segment {
	flags := p.next()
	if !isFlags(flags.text) {
		p.fail(flags.col, "%q is no list of control bits: write SYN,ACK or ACK, or none", flags.text)
	}
	s := Segment{Flags: flags.text}
	for strings.Contains(p.peek(), "=") && !isSegmentParam(p.peek()) {
		w := p.next()
		p.field(&s, w)
	}
	return s
}

// segmentParams are the parameters that may follow a segment's fields.
var segmentParams = []string{"nth", "count", "by", "from", "to"}

func isSegmentParam(w string) bool {
	key, _, _ := strings.Cut(w, "=")
	return slices.Contains(segmentParams, key)
}

func (p *parser) field(s *Segment, w word) {
	name, value, _ := strings.Cut(w.text, "=")
	for _, f := range s.fields() {
		if f.name != name {
			continue
		}
		if f.field.Set {
			p.fail(w.col, "%s is given twice: keep one", name)
		}
		*f.field = Num(p.number(word{value, w.col + len(name) + 1, false}))
		return
	}
	p.fail(w.col, "a segment has no field %q: the fields are seq, ack, wnd and len, and behind them come nth, count, by, from and to", name)
}

func (p *parser) number(w word) uint32 {
	n, err := strconv.ParseUint(w.text, 10, 32)
	if err != nil {
		p.fail(w.col, "%q is no number from 0 to 4294967295", w.text)
	}
	return uint32(n)
}

func (p *parser) host() string {
	w := p.next()
	if !isHost(w.text) {
		p.fail(w.col, "%q is no host: write its name, as in a", w.text)
	}
	return w.text
}

// end reads a host, or HOST:PEER or HOST:PEER:PORT for one of its connections.
func (p *parser) end() (host, conn string) {
	w := p.next()
	host, conn, several := strings.Cut(w.text, ":")
	peer, port, _ := strings.Cut(conn, ":")
	switch {
	case !isHost(host) || w.quoted:
		p.fail(w.col, "%q is no host: write its name, as in a", w.text)
	case several && (!isHost(peer) || port == "" && strings.HasSuffix(conn, ":") || !each(port, isDigit)):
		p.fail(w.col, "%q is no connection: write HOST:PEER or HOST:PEER:PORT", w.text)
	}
	return host, conn
}

// isName reports whether a word may be the name of a row, a signal or an answer.
func isName(s string) bool {
	return s != "" && each(s, func(c byte) bool { return isLetter(c) || isDigit(c) || c == '-' || c == '_' || c == '.' })
}

func isHost(s string) bool {
	return s != "" && !isTime(s) && !slices.Contains(headerKeys, s) && s != "want" && each(s, func(c byte) bool { return isLetter(c) || isDigit(c) })
}

func isWord(s string) bool {
	return s != "" && each(s, func(c byte) bool { return isLetter(c) || isDigit(c) || c == '-' || c == '_' })
}

func isFlags(s string) bool {
	return s != "" && each(s, func(c byte) bool { return isLetter(c) || c == ',' })
}

func isNumber(s string) bool { return s != "" && each(s, isDigit) }

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }

func each(s string, ok func(byte) bool) bool {
	for i := range len(s) {
		if !ok(s[i]) {
			return false
		}
	}
	return true
}
