package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

// wantsJSON reports whether --json was given.
func wantsJSON(cmd *cobra.Command) bool {
	b, _ := cmd.Flags().GetBool("json")
	return b
}

// writeRecord prints v as one line of JSON.
func writeRecord(w io.Writer, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("a record can't be written as JSON: %w", err)
	}
	_, err = w.Write(append(line, '\n'))
	return err
}

// isTerminal reports whether w is a terminal: progress and colour are for
// people, and only there.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// A palette colours words; it is empty unless a person looks on. Colour never
// says anything that the words do not.
type palette struct{ on bool }

func paletteFor(w io.Writer) palette {
	_, no := os.LookupEnv("NO_COLOR")
	return palette{on: !no && os.Getenv("TERM") != "dumb" && isTerminal(w)}
}

func (p palette) paint(code, s string) string {
	if !p.on {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p palette) good(s string) string { return p.paint("32", s) }
func (p palette) bad(s string) string  { return p.paint("1;31", s) }
func (p palette) dim(s string) string  { return p.paint("2", s) }
func (p palette) bold(s string) string { return p.paint("1", s) }
