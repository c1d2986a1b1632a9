package main

import "testing"

func TestParseAvailable(t *testing.T) {
	for text, want := range map[string]uint64{
		"MemTotal:  9 kB\nMemAvailable:    2048 kB\nBuffers: 1 kB\n": 2048 << 10,
		"MemTotal: 9 kB\n":         0,
		"MemAvailable: lots kB\n":  0,
		"MemAvailable:       0 kB": 0,
	} {
		if got, ok := parseAvailable(text); got != want || ok != (want > 0 || text == "MemAvailable:       0 kB") {
			t.Errorf("%q: %d %v, want %d", text, got, ok, want)
		}
	}
}

func TestParseGroup(t *testing.T) {
	for _, c := range []struct {
		limit, used string
		want        uint64
		ok          bool
	}{
		{"1000\n", "400\n", 600, true},
		{"1000", "4000", 0, true},
		{"max\n", "400\n", 0, false},
		{"", "", 0, false},
	} {
		if got, ok := parseGroup(c.limit, c.used); got != c.want || ok != c.ok {
			t.Errorf("%q, %q: %d %v, want %d %v", c.limit, c.used, got, ok, c.want, c.ok)
		}
	}
}

func TestAvailableMemory(t *testing.T) {
	if n := availableMemory(); n == 0 {
		t.Error("no memory is left for a search, and yet this test runs")
	}
}
