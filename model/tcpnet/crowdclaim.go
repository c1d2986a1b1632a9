package tcpnet

import (
	"fmt"
	"strings"

	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// A crowdClaim says what a property means where there are several clients: of the
// connection of each of them. Where holds is nil it is what it means of a Net.
type crowdClaim struct {
	from, holds func(c *Crowd, s *CrowdState, i int) bool
}

// crowdClaims are the properties that mean something there. Step properties are found
// by the steps.
var crowdClaims = map[string]crowdClaim{
	"P2": {}, propStream: {}, "P4": {}, "P5": {}, propRefused: {}, "P13": {}, "P19": {}, propPassive: {}, propMonotonic: {}, propAcked: {}, propRstForRst: {},
	propInvariants: {}, propWayOut: {}, "deadlock": {}, propBounds: {}, "established": {}, "told": {},
	"P18":        {from: waitsForRoom, holds: served},
	propChild:    {},
	propListener: {},
	propOwn:      {},
	propOverflow: {},
	"backlog":    {holds: inBounds},
	"room":       {holds: func(c *Crowd, s *CrowdState, i int) bool { return !waitsForRoom(c, s, i) }},
	"beside":     {from: besideAnother, holds: served},
	"served":     {holds: served},
	"waits":      {holds: someoneWaits},
}

// served: a client is connected with its child, and the user has accepted that.
func served(_ *Crowd, s *CrowdState, i int) bool {
	pair := pairOf(s, i)
	return servedOrOver(&pair) && !pair[1].Waiting
}

// waitsForRoom: a client believes to be connected, and its child's handshake finds the
// accept queue full.
func waitsForRoom(c *Crowd, s *CrowdState, i int) bool {
	client, child := &s[0].Hosts[i], &s[1].Hosts[i]
	return client.TCB.State == tcpfsm.Established && child.TCB.State == tcpfsm.SynReceived && c.acceptFull(s[1]) && !client.Closed
}

func someoneWaits(c *Crowd, s *CrowdState, _ int) bool {
	for i := range c.nets {
		if waitsForRoom(c, s, i) {
			return true
		}
	}
	return false
}

// inBounds: the accept queue is as long as it may be, and no longer.
func inBounds(c *Crowd, s *CrowdState, _ int) bool { return int(s[1].Ready.n) <= c.limits.accept }

// besideAnother: a client that has sent its SYN and wants to be served still, beside one
// that has gone away, or is in the way.
func besideAnother(c *Crowd, s *CrowdState, i int) bool {
	client := &s[0].Hosts[i]
	if client.TCB.State != tcpfsm.SynSent || client.Closed {
		return false
	}
	for j := range c.nets {
		if j != i && s[0].Hosts[j].Left {
			return true
		}
	}
	return false
}

func (c *Crowd) claim(lists ...[]string) {
	for _, n := range c.nets {
		n.claim(lists...)
	}
}

func (c *Crowd) claimed() []Property { return c.nets[0].claims }

// eachMark stands between the id of a property and the number of the client, where the
// claim is one for each: that what is promised to one of them comes for that one.
const eachMark = "/"

// properties binds the claims to this system.
func (c *Crowd) properties() []model.Property[CrowdState] {
	var bound []model.Property[CrowdState]
	for _, p := range c.claimed() {
		one := model.Property[CrowdState]{ID: p.ID, Text: p.Text, Kind: p.Kind, Found: p.found}
		if p.only != nil {
			one.Only = func(label uint64) bool { _, rest := splitCrowd(label); return p.only(rest) }
		}
		claim := crowdClaims[p.ID]
		if claim.from == nil {
			one.Holds = c.ofAll(&p, claim)
			bound = append(bound, one)
			continue
		}
		for i := range c.nets {
			one.ID = fmt.Sprint(p.ID, eachMark, i)
			one.From = func(s *CrowdState) bool { return claim.from(c, s, i) }
			one.Holds = func(s *CrowdState) bool { return claim.holds(c, s, i) }
			bound = append(bound, one)
		}
	}
	return bound
}

// ofAll is a claim about every client.
func (c *Crowd) ofAll(p *Property, claim crowdClaim) func(*CrowdState) bool {
	switch {
	case claim.holds != nil:
		return func(s *CrowdState) bool {
			for i := range c.nets {
				if !claim.holds(c, s, i) {
					return false
				}
			}
			return true
		}
	case p.ID == "deadlock" || p.ID == "P5":
		return c.over
	case p.holds != nil:
		return func(s *CrowdState) bool { return c.every(s, p.holds) }
	}
	return nil
}

// over reports whether every connection has come to its end, and the listener listens. If
// users stay, the end is that the user has it who accepts; whether the client is there
// still, nothing in the machine would ever notice.
func (c *Crowd) over(s *CrowdState) bool {
	return s[1].Listener.State == tcpfsm.Listen && s[1].Ready.n == 0 && c.every(s, func(pair *State) bool {
		a, b := pair[0], pair[1]
		ended := a.TCB.State == tcpfsm.Closed && b.TCB.State == tcpfsm.Closed
		stays := c.b.Stay && b.TCB.State == tcpfsm.Established && !b.Waiting
		return a.Opened && a.Channel.n+b.Channel.n == 0 && (ended || stays)
	})
}

// propertyOf is the id of the property of which one is claimed for each client.
func propertyOf(id string) string {
	id, _, _ = strings.Cut(id, eachMark)
	return id
}
