package proptest

import (
	"encoding/binary"
	"testing"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// fromBytes draws from the octets of a fuzzer: four for each number, zeros when they
// are used up.
func fromBytes(data []byte) choose {
	return func(_ string, n uint32) uint32 {
		var word [4]byte
		data = data[copy(word[:], data):]
		v := binary.LittleEndian.Uint32(word[:])
		if n == 0 {
			return v
		}
		return v % n
	}
}

// seeds are the octets of a plain generator.
func seeds(f *testing.F, n, length int) {
	c := fromSeed(93)
	for range n {
		var data []byte
		for range length {
			data = binary.LittleEndian.AppendUint32(data, c("seed", 0))
		}
		f.Add(data)
	}
}

// FuzzStep: the generated code, the interpreter and looplab agree on whatever the
// octets make of a TCB and an event, sound or not.
func FuzzStep(f *testing.F) {
	seeds(f, 20, 100)
	b := newBench()
	f.Fuzz(func(t *testing.T, data []byte) {
		c := fromBytes(data)
		tcb := c.anyTCB(c.anyState(), c.options())
		event := c.anyEvent(&tcb, c.anyKind())
		if c("sound", 2) == 1 {
			tcb = c.soundTCB(tcb.State, tcb.Options)
			event = c.event(&tcb, event.Kind, c.soundSegment(&tcb))
		}
		if d := b.disagreement(tcb, &event); d != "" {
			t.Fatal(d)
		}
	})
}

// FuzzLife: an endpoint does what the table says in whatever life the octets make.
func FuzzLife(f *testing.F) {
	seeds(f, 20, 400)
	var profiles []tcpfsm.Options
	for _, o := range tcpfsm.Profiles() {
		profiles = append(profiles, o)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := fromBytes(data)
		newStack, cfg := endpointStacks(profiles[c("profile", uint32(len(profiles)))])
		conf := cfg.withDefaults()
		if moves, iss, found := c.life(conf, newStack); found != nil {
			t.Fatal(shrink(conf, newStack, iss, moves, found))
		}
	})
}

// FuzzNames: what has a name is found by it, and what has none is refused.
func FuzzNames(f *testing.F) {
	for _, text := range []string{"time-wait", "SYN_RECV", "connect", "RTX", "ackFirst|dupSynRtx", "syn,ack", "linux", "estab.fin", "none", "", "a b"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		roundTrip(t, text, tcpfsm.ParseState)
		roundTrip(t, text, tcpfsm.ParseEventKind)
		roundTrip(t, text, tcpfsm.ParseTimer)
		roundTrip(t, text, tcpfsm.ParseSignal)
		roundTrip(t, text, tcpfsm.ParseAnswer)
		roundTrip(t, text, tcpfsm.ParseFlags)
		roundTrip(t, text, tcpfsm.ParseOptions)
		roundTrip(t, text, tcpfsm.ParseRow)
		if o, err := tcpfsm.ParseProfile(text); err != nil && o != 0 {
			t.Errorf("%q is no profile, and gives %v", text, o)
		}
	})
}

func roundTrip[T interface {
	comparable
	String() string
}](t *testing.T, text string, parse func(string) (T, error)) {
	v, err := parse(text)
	if err != nil {
		return
	}
	if again, err := parse(v.String()); err != nil || again != v {
		t.Errorf("%q is %v, which is read as %v, %v", text, v, again, err)
	}
}

// FuzzMatrix: a line of the kernel's matrix is read, or refused with its number.
func FuzzMatrix(f *testing.F) {
	f.Add("LISTEN\tR\tany\t-\t0\tnone\t=\t-\t-")
	f.Add("ESTABLISHED\tPA\tnxt\tfut\t10\tA +0 +0 0\tgone\tECONNRESET\tEOF")
	f.Fuzz(func(t *testing.T, text string) {
		lines, err := parseMatrix(text)
		for i := range lines {
			tcb := tcpfsm.TCB{State: tcpfsm.Established}
			seg := lines[i].segment(&tcb)
			machine(tcb, &seg)
		}
		if err != nil && lines != nil {
			t.Errorf("%q gives lines and %v", text, err)
		}
	})
}
