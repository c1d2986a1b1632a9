package proptest

import (
	"flag"
	"os"
	"testing"
)

// TestMain raises rapid's number of checks, which is meant for properties that
// take longer than a microsecond. The command line still decides.
func TestMain(m *testing.M) {
	if _, set := os.LookupEnv("RAPID_CHECKS"); !set {
		if err := flag.Set("rapid.checks", "3000"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
