package tcpnet

import (
	"context"
	"fmt"

	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// A TimeWaitCase asks how long TIME-WAIT must last, so that nothing of a connection
// is taken by the next one on the same ports although that begins with the same
// sequence numbers. Both ends run the recommended machine with another rule for
// what restarts the 2 MSL.
//
// A tick falls between any two events. A segment that survives MSL ticks can arrive
// until the next one; TIME-WAIT of n ticks can end at any time after the n-th. So a
// length of n ticks is between n-1 and n in real time, and a segment lives for up to
// MSL+1 in the worst case.
type TimeWaitCase struct {
	Rule        string // what restarts the clock, of TimeWaitRules
	MSL         int
	RTO         int // ticks after which a segment is repeated
	Retransmits int // how often, at each end
}

// TimeWaitRules are the rules, with what they mean.
var TimeWaitRules = []struct{ Name, Text string }{
	{"any ACK", "every segment that TIME-WAIT answers restarts the 2 MSL (twRestartAny)"},
	{"FIN", "only the peer's FIN, repeated, restarts the 2 MSL"},
	{"text", "by the text: only an acceptable segment does, and a repeated FIN is none (strictTW)"},
}

func (c *TimeWaitCase) options() tcpfsm.Options {
	o := tcpfsm.ProfileRecommended &^ (notModelled | tcpfsm.OptDelayedAck)
	switch c.Rule {
	case "FIN":
		o &^= tcpfsm.OptTwRestartAny
	case "text":
		o = o&^tcpfsm.OptTwRestartAny | tcpfsm.OptStrictTW
	}
	return o
}

// config is the system in which a length is tried.
func (c *TimeWaitCase) config(length int) Config {
	b := Hostile("recommended")
	b.Options = c.options()
	b.Octets, b.OneWay, b.Capacity, b.Loss, b.Dup = 1, true, 3, false, false
	b.MSL, b.TimeWait, b.RTO, b.Retransmits, b.Lives, b.Patient = c.MSL, length, c.RTO, c.Retransmits, 2, true
	return Config{Name: fmt.Sprintf("TIME-WAIT of %d ticks, restarted by %s", length, c.Rule), Bounds: b, Only: []string{propOld, "again"}}
}

// TimeWaitCases are the cases of a suite.
func TimeWaitCases(suite string) []TimeWaitCase {
	var cases []TimeWaitCase
	for _, rule := range TimeWaitRules {
		cases = append(cases, TimeWaitCase{rule.Name, 1, 2, 1})
	}
	if suite == "quick" {
		return cases
	}
	for _, rule := range TimeWaitRules {
		cases = append(cases, TimeWaitCase{rule.Name, 1, 2, 2}, TimeWaitCase{rule.Name, 2, 3, 1}, TimeWaitCase{rule.Name, 1, 1, 1})
	}
	return cases
}

// A TimeWaitResult is the answer to a case.
type TimeWaitResult struct {
	Case     TimeWaitCase
	Smallest int         // safe length in ticks; -1 if none up to Longest is
	Longest  int         // length tried
	States   uint64      // of all systems
	Harm     *trace.File // the counterexample for the greatest length that is not safe
	Limit    string      // why the search ended without an answer, or ""
}

// longestTimeWait is the greatest length tried, in MSL.
const longestTimeWait = 5

// FindTimeWait tries one length after the other until one is safe.
func FindTimeWait(ctx context.Context, c TimeWaitCase, opt RunOptions) (*TimeWaitResult, error) {
	r := &TimeWaitResult{Case: c, Smallest: -1}
	for length := 0; length <= longestTimeWait*c.MSL; length++ {
		r.Longest = length
		run, err := Run(ctx, c.config(length), opt)
		if run != nil {
			r.States += run.States
		}
		if err != nil {
			return r, err
		}
		for _, v := range run.Verdicts {
			if v.Property.ID == propOld && v.Verdict == model.Fails {
				r.Harm = v.Trace
			}
			if v.Property.ID == propOld && v.Verdict == model.Undecided {
				r.Limit = run.Limit
				return r, nil
			}
		}
		if run.Complete {
			r.Smallest = length
			return r, nil
		}
	}
	return r, nil
}
