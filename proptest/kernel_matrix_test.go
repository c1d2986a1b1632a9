package proptest

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// The matrix is what a real kernel answered to single segments; docs/CONFORMANCE.md
// says how it was recorded.
//
//go:embed testdata/linux-matrix.tsv
var linuxMatrix string

// A line is one segment put to one fresh socket, and what came of it.
type line struct {
	number int // in the file, from 1
	socket string
	flags  string
	seq    string // place relative to RCV.NXT
	ack    string // place relative to SND.NXT
	text   uint32
	want   answer
}

// An answer is what can be compared of a kernel and the machine, in the words of the
// matrix. What a line does not say is empty.
type answer struct {
	reply   string // flags, SEQ after SND.NXT, ACK after RCV.NXT, octets of text
	state   string // the RFC's name
	soError string
	read    string
}

func (l *line) String() string {
	return fmt.Sprintf("line %d: %s, segment %s seq %s ack %s len %d", l.number, l.socket, l.flags, l.seq, l.ack, l.text)
}

// parseMatrix reads every line of the matrix, or says which one it can't.
func parseMatrix(text string) ([]line, error) {
	var lines []line
	for i, row := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if strings.HasPrefix(row, "#") || strings.HasPrefix(row, "state\t") {
			continue
		}
		l, err := parseLine(i+1, row)
		if err != nil {
			return nil, err
		}
		lines = append(lines, l)
	}
	return lines, nil
}

func parseLine(number int, row string) (line, error) {
	f := strings.Split(row, "\t")
	if len(f) != 9 {
		return line{}, fmt.Errorf("proptest: matrix line %d: %d columns, want 9 separated by tabs", number, len(f))
	}
	text, err := strconv.ParseUint(f[4], 10, 16)
	if err != nil {
		return line{}, fmt.Errorf("proptest: matrix line %d: length %q, want octets", number, f[4])
	}
	l := line{number: number, socket: f[0], flags: f[1], seq: f[2], ack: f[3], text: uint32(text)}
	before, known := socketStates[l.socket]
	after, ok := newStates[f[6]]
	if !known || !ok {
		return line{}, fmt.Errorf("proptest: matrix line %d: no state %q or %q: add its RFC name here", number, f[0], f[6])
	}
	if _, ok := places[l.seq]; !ok || acks[l.ack] == nil || lettersOf(flagsOf(l.flags)) != strings.ReplaceAll(l.flags, "(none)", "") {
		return line{}, fmt.Errorf("proptest: matrix line %d: flags %q, seq %q or ack %q is unknown: say what it means where the others are", number, l.flags, l.seq, l.ack)
	}
	if f[6] == "=" {
		after = before
	}
	l.want = answer{reply: kernelReply(f[5]), state: after, soError: f[7], read: f[8]}
	if l.want.soError == "-" {
		l.want.soError, l.want.read = "", ""
	}
	return l, nil
}

// The recorder's names of states, as the RFC's.
var (
	socketStates = map[string]string{
		"CLOSED": "CLOSED", "LISTEN": "LISTEN", "SYN_SENT": "SYN-SENT", "SYN_RECV_act": "SYN-RECEIVED", "SYN_RECV_pas": "SYN-RECEIVED",
		"ESTABLISHED": "ESTABLISHED", "FIN_WAIT1": "FIN-WAIT-1", "FIN_WAIT2": "FIN-WAIT-2", "CLOSE_WAIT": "CLOSE-WAIT",
		"CLOSING": "CLOSING", "LAST_ACK": "LAST-ACK", "TIME_WAIT": "TIME-WAIT",
	}
	newStates = map[string]string{
		"=": "", "gone": "CLOSED", "none": "CLOSED", "SYN_RECV": "SYN-RECEIVED", "ESTABLISHED": "ESTABLISHED", "FIN_WAIT2": "FIN-WAIT-2",
		"CLOSE_WAIT": "CLOSE-WAIT", "CLOSING": "CLOSING", "TIME_WAIT(tw)": "TIME-WAIT",
	}
)

// kernelReply hides a number that says nothing: a RST that answers a segment without ACK
// has SEQ 0, which the recorder took for a place relative to SND.NXT; so it did with the
// initial sequence number of a listener's SYN,ACK.
func kernelReply(reply string) string {
	f := strings.Fields(reply)
	if len(f) == 0 || len(f) == 4 && f[0] != "SA" && f[0] != "RA" {
		return reply
	}
	if offset, err := strconv.Atoi(f[min(1, len(f)-1)]); err == nil && (offset < -1<<17 || offset > 1<<17) {
		f[1] = "*"
	}
	return strings.Join(f, " ")
}

// flagLetters are the letters of the matrix, in its order.
var flagLetters = []struct {
	flag   tcpfsm.Flags
	letter string
}{{tcpfsm.SYN, "S"}, {tcpfsm.FIN, "F"}, {tcpfsm.RST, "R"}, {tcpfsm.PSH, "P"}, {tcpfsm.ACK, "A"}}

func flagsOf(letters string) (f tcpfsm.Flags) {
	for _, l := range flagLetters {
		if strings.Contains(letters, l.letter) {
			f |= l.flag
		}
	}
	return f
}

func lettersOf(flags tcpfsm.Flags) (s string) {
	for _, l := range flagLetters {
		if flags&l.flag != 0 {
			s += l.letter
		}
	}
	return s
}
