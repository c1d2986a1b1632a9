package gen

// textHelpers is what the texts of enumerations and sets share. It is the same in
// every generated package, and therefore written down as it is.
const textHelpers = `
import (
	"iter"
	"strconv"
	"strings"
)

// A ParseError says that a text is the name of nothing.
type ParseError struct {
	Type string // what was asked for: "State"
	Text string // what was given
	Want string // what would have been understood
}

// Error names the text, the type and the names that exist.
func (e *ParseError) Error() string {
	return "PACKAGE: " + strconv.Quote(e.Text) + " is no " + e.Type + ": want " + e.Want
}

// An alias is a further name of a value.
type alias[T any] struct {
	name  string
	value T
}

// parseName finds a name, whatever its case and separators.
func parseName[T ~uint8 | ~uint16 | ~uint32](text, typ string, names []string, aliases []alias[T]) (T, error) {
	for i, n := range names {
		if sameName(n, text) {
			return T(i), nil
		}
	}
	for _, a := range aliases {
		if sameName(a.name, text) {
			return a.value, nil
		}
	}
	return 0, &ParseError{typ, text, strings.Join(names, ", ")}
}

// sameName compares without regard to case and to the separators - _ . and space,
// which people write differently.
func sameName(a, b string) bool {
	i, j := 0, 0
	for {
		for i < len(a) && isSeparator(a[i]) {
			i++
		}
		for j < len(b) && isSeparator(b[j]) {
			j++
		}
		if i == len(a) || j == len(b) {
			return i == len(a) && j == len(b)
		}
		if lower(a[i]) != lower(b[j]) {
			return false
		}
		i, j = i+1, j+1
	}
}

func isSeparator(c byte) bool { return c == '-' || c == '_' || c == '.' || c == ' ' }

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// unknown is the text of a value that has no name.
func unknown(typ string, v int) string { return typ + "(" + strconv.Itoa(v) + ")" }

// upTo yields the first n values.
func upTo[T ~uint8 | ~uint16 | ~uint32](n int) iter.Seq[T] {
	return func(yield func(T) bool) {
		for i := range n {
			if !yield(T(i)) {
				return
			}
		}
	}
}

// members yields the values whose bits are in a set, in order.
func members[T ~uint8 | ~uint16, S ~uint8 | ~uint16 | ~uint32 | ~uint64](set S) iter.Seq[T] {
	return func(yield func(T) bool) {
		v := T(0)
		for rest := set; rest != 0; rest >>= 1 {
			if rest&1 != 0 && !yield(v) {
				return
			}
			v++
		}
	}
}

// joinNames names the bits of a set; the empty set is none.
func joinNames[S ~uint8 | ~uint16 | ~uint32 | ~uint64](set S, names []string, separator string) string {
	var text []string
	for i := 0; set != 0; i, set = i+1, set>>1 {
		switch {
		case set&1 == 0:
		case i < len(names):
			text = append(text, names[i])
		default:
			text = append(text, strconv.Itoa(i))
		}
	}
	if text == nil {
		return "none"
	}
	return strings.Join(text, separator)
}
`

// parseSetHelper reads what joinNames wrote.
const parseSetHelper = `
// parseNames reads names separated by | or commas or spaces; none, or nothing, is
// the empty set.
func parseNames[S ~uint8 | ~uint16 | ~uint32](text, typ string, names []string) (S, error) {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == '|' || r == ',' || r == ' ' })
	if len(words) == 1 && words[0] == "none" {
		return 0, nil
	}
	set := S(0)
	for _, w := range words {
		i, err := parseName[uint8](w, typ, names, nil)
		if err != nil {
			return 0, err
		}
		set |= 1 << i
	}
	return set, nil
}
`

// arithmeticHelpers are functions that expressions call.
var arithmeticHelpers = []struct{ name, text string }{
	{"parseNames", parseSetHelper},
	{"seqLT", `
// seqLT reports whether a is before b in sequence space: modulo 2^32, by the sign
// of their distance.
func seqLT(a, b uint32) bool { return int32(a-b) < 0 }
`},
	{"seqLE", `
// seqLE reports whether a is before b in sequence space, or is b.
func seqLE(a, b uint32) bool { return int32(a-b) <= 0 }
`},
	{"sizeSub", `
// sizeSub is a-b, and 0 if that would be negative: a number of things never is.
func sizeSub(a, b uint32) uint32 {
	if a < b {
		return 0
	}
	return a - b
}
`},
	{"count", `
// count is 1 if a condition holds, else 0.
func count(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}
`},
}
