package endpoint

import (
	"net/netip"
	"testing"
	"time"
)

// The arithmetic of RFC 6298 section 2, with numbers worked out by hand.
func TestEstimator_followsRFC6298(t *testing.T) {
	cfg := Config{RTOInitial: second, RTOMin: time.Millisecond, RTOMax: 60 * second}
	var e estimator
	e.settle(&cfg)
	const ms = time.Millisecond
	for _, c := range []struct {
		sample            time.Duration
		srtt, rttvar, rto time.Duration
	}{
		{100 * ms, 100 * ms, 50 * ms, 300 * ms},
		{100 * ms, 100 * ms, 37500 * time.Microsecond, 250 * ms},
		{180 * ms, 110 * ms, 48125 * time.Microsecond, 302500 * time.Microsecond},
	} {
		e.sample(c.sample, &cfg)
		if e.srtt != c.srtt || e.rttvar != c.rttvar || e.rto != c.rto {
			t.Errorf("after %v: SRTT %v RTTVAR %v RTO %v, want %v %v %v", c.sample, e.srtt, e.rttvar, e.rto, c.srtt, c.rttvar, c.rto)
		}
	}
}

func TestEstimator_bounds(t *testing.T) {
	cfg, err := testConfig().withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	var e estimator
	e.sample(time.Microsecond, &cfg)
	if e.rto != cfg.RTOMin {
		t.Errorf("a fast link has %v, want the least, %v", e.rto, cfg.RTOMin)
	}
	for range 100 {
		e.backOff(&cfg)
	}
	if e.rto != cfg.RTOMax {
		t.Errorf("backed off to %v, want the most, %v", e.rto, cfg.RTOMax)
	}
}

// Karn's rule: the acknowledgment of something sent twice measures nothing.
func TestEstimator_ignoresWhatWasSentTwice(t *testing.T) {
	w := established(t, testConfig(), testConfig())
	before := w.ends[0].rtt
	w.drop = lose(0)
	w.write(0, pattern(1))
	w.wait(second / 2)
	w.drop = nil
	w.wait(10 * second)
	if after := w.ends[0].rtt; after.srtt != before.srtt || after.rttvar != before.rttvar {
		t.Errorf("a retransmission was measured: %+v, before %+v", after, before)
	}
}

func TestEstimator_measuresTheRoundTrip(t *testing.T) {
	cfg := testConfig()
	cfg.RTOMin = time.Millisecond
	w := established(t, cfg, testConfig())
	for range 50 { // each acknowledged by the delayed ACK, 40 ms later
		w.write(0, pattern(1))
		w.wait(100 * time.Millisecond)
	}
	if got := w.ends[0].rtt.srtt; got < 39*time.Millisecond || got > 40*time.Millisecond {
		t.Errorf("the smoothed round trip is %v, want nearly 40 ms", got)
	}
}

func TestISN_followsRFC6528(t *testing.T) {
	secret := []byte("0123456789abcdef")
	isn := ISN(secret, clientPair, epoch)
	if got := ISN(secret, clientPair, epoch.Add(4*time.Millisecond)) - isn; got != 1000 {
		t.Errorf("4 ms later it is %d more, want 1000: one each 4 microseconds", got)
	}
	other := clientPair
	other.Local = netip.AddrPortFrom(other.Local.Addr(), other.Local.Port()+1)
	for why, got := range map[string]uint32{
		"another port":     ISN(secret, other, epoch),
		"the other end":    ISN(secret, serverPair, epoch),
		"another secret":   ISN([]byte("0123456789abcdeg"), clientPair, epoch),
		"the secret twice": ISN(append(secret, secret...), clientPair, epoch),
	} {
		if got == isn {
			t.Errorf("%s: the same number %d", why, isn)
		}
	}
}
