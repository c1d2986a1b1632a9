package tcpnet

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

const TW = 30

func TestZZ(t *testing.T) {
	for _, rule := range []string{"any", "fin", "strict"} {
		for _, rto := range []int{1, 2, 3} {
			for rtx := 1; rtx <= 2; rtx++ {
				for tw := 0; tw <= 8; tw++ {
					b := Hostile("recommended")
					b.Options = tcpfsm.ProfileRecommended &^ (notModelled | tcpfsm.OptDelayedAck)
					switch rule {
					case "fin":
						b.Options &^= tcpfsm.OptTwRestartAny
					case "strict":
						b.Options = b.Options&^tcpfsm.OptTwRestartAny | tcpfsm.OptStrictTW
					}
					b.Patient, b.RTO = true, rto
					b.Loss, b.Dup = false, false
					b.MSL, b.TimeWait, b.Lives, b.Retransmits = 1, tw, 2, rtx
					b.Octets, b.OneWay, b.Capacity = 1, true, 3
					start := time.Now()
					r, err := Run(context.Background(), Config{"x", b}, RunOptions{Only: []string{"P11", "assassination"}, MaxStates: 60_000_000})
					if err != nil {
						t.Fatal(err)
					}
					fmt.Println(rule, "rto", rto, "rtx", rtx, "tw", tw, r.States, r.Complete, r.Limit, r.Depth, r.Parts, time.Since(start))
					for _, v := range r.Verdicts {
						fmt.Print("  ", v.Property.ID, " ", v.Verdict)
						if v.Trace != nil && tw == TW {
							fmt.Println(v.Trace)
						}
					}
					fmt.Println()
				}
			}
		}
	}
}
