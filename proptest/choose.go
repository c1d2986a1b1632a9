package proptest

import (
	"math/rand/v2"

	"pgregory.net/rapid"
)

// A choose draws a number below n, or any number when n is 0. Everything random
// here comes from one, so that rapid and a plain generator draw the same things.
// Smaller numbers are simpler: rapid shrinks towards 0.
type choose func(what string, n uint32) uint32

func fromRapid(t *rapid.T) choose {
	return func(what string, n uint32) uint32 { return rapid.Uint32Max(n-1).Draw(t, what) }
}

func fromSeed(seed uint64) choose {
	r := rand.New(rand.NewPCG(seed, 9293))
	return func(_ string, n uint32) uint32 {
		if n == 0 {
			return r.Uint32()
		}
		return r.Uint32N(n)
	}
}

// of draws one of a list.
func (c choose) of(what string, list ...uint32) uint32 { return list[c(what, uint32(len(list)))] }

// oneIn is true once in n.
func (c choose) oneIn(n uint32, what string) bool { return c(what, n) == n-1 }

// bits draws a set of n bits.
func (c choose) bits(what string, n int) uint32 { return c(what, 0) & (1<<n - 1) }

const half = 1 << 31 // the distance at which each of two sequence numbers is before the other

// base is where sequence numbers begin: mostly where they soon wrap.
func (c choose) base(what string) uint32 {
	return c.of(what, 0, ^uint32(0), ^uint32(0)-1, half, half-1, c(what+" any", 0), c(what+" other", 0))
}
