package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tcpfsm/tcpfsm/gen"
	"github.com/tcpfsm/tcpfsm/spec"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// A drawing is one format of picture.
type drawing struct {
	name string
	all  func(*spec.Program) []byte
	rows func(*spec.Program, int) []byte
}

var drawings = []drawing{
	{"svg", gen.SVG, gen.RowsSVG},
	{"dot", gen.DOT, gen.RowsDOT},
	{"mermaid", gen.Mermaid, gen.RowsMermaid},
}

func newDiagram() *cobra.Command {
	var format, out, rows string
	c := &cobra.Command{
		Use:   "diagram",
		Short: "Draw the eleven states, or every row that leaves one of them",
		Example: `  tcpfsm diagram -o tcp.svg
  tcpfsm diagram --format dot | neato -n2 -Tpdf -o tcp.pdf
  tcpfsm diagram --rows TIME-WAIT -o time-wait.svg`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := pickDrawing(format, out)
			if err != nil {
				return err
			}
			picture, err := draw(d, rows)
			if err != nil {
				return err
			}
			return deliver(cmd, out, picture)
		},
	}
	c.Flags().StringVarP(&format, "format", "f", "", "svg, dot or mermaid (default: by the file's ending, else svg)")
	c.Flags().StringVarP(&out, "output", "o", "", "write to this file instead of standard output")
	c.Flags().StringVar(&rows, "rows", "", "draw every row that leaves this state")
	_ = c.RegisterFlagCompletionFunc("rows", completeFrom(stateNames))
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(drawingNames(), cobra.ShellCompDirectiveNoFileComp))
	return c
}

func drawingNames() []string {
	var names []string
	for _, d := range drawings {
		names = append(names, d.name)
	}
	return names
}

// pickDrawing goes by --format, else by the ending of the file's name.
func pickDrawing(format, out string) (drawing, error) {
	name := format
	if name == "" {
		name = formatOfFile(out)
	}
	i := slices.IndexFunc(drawings, func(d drawing) bool { return d.name == name })
	if i < 0 {
		return drawing{}, usageError("unknown format %q%s; the formats are %s",
			name, didYouMean(name, drawingNames()), strings.Join(drawingNames(), ", "))
	}
	return drawings[i], nil
}

func formatOfFile(name string) string {
	switch filepath.Ext(name) {
	case ".dot", ".gv":
		return "dot"
	case ".mmd", ".mermaid":
		return "mermaid"
	}
	return "svg"
}

func draw(d drawing, rows string) ([]byte, error) {
	p, err := table()
	if err != nil {
		return nil, err
	}
	if rows == "" {
		return d.all(p), nil
	}
	s, err := tcpfsm.ParseState(rows)
	if err != nil {
		return nil, usageError("unknown state %q%s; the states are %s",
			rows, didYouMean(rows, stateNames(p)), strings.Join(stateNames(p), ", "))
	}
	return d.rows(p, int(s)), nil
}

// deliver writes a picture whole or not at all.
func deliver(cmd *cobra.Command, out string, picture []byte) error {
	if out == "" {
		_, err := cmd.OutOrStdout().Write(picture)
		return err
	}
	if err := writeWhole(out, picture); err != nil {
		return fmt.Errorf("the picture can't be written: %w", err)
	}
	return nil
}

// writeWhole writes beside the file and renames, so that nobody finds half of it.
func writeWhole(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".tcpfsm-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err = f.Write(data); err == nil {
		err = f.Chmod(0o644)
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	return err
}
