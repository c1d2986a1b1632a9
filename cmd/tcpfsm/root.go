package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// The exit codes of every command.
const (
	exitClean       = 0
	exitFindings    = 1   // a property fails, an expectation fails, the table has errors
	exitUsage       = 2   // the command line is wrong
	exitError       = 3   // input can't be read, or something broke
	exitLimit       = 4   // a limit was reached before the work was done
	exitInterrupted = 130 // interrupted from the keyboard
)

const exitCodes = `
Exit codes: 0 clean, 1 findings, 2 usage, 3 input or runtime error, 4 limit reached, 130 interrupted.`

// A codeError is an error that knows its exit code. Quiet ones were reported
// already, as part of a command's normal output.
type codeError struct {
	code  int
	quiet bool
	err   error
}

func (e *codeError) Error() string { return e.err.Error() }
func (e *codeError) Unwrap() error { return e.err }

func usageError(format string, args ...any) error {
	return &codeError{code: exitUsage, err: fmt.Errorf(format, args...)}
}

// found reports that a command did its work and has findings.
func found(format string, args ...any) error {
	return &codeError{code: exitFindings, quiet: true, err: fmt.Errorf(format, args...)}
}

// run is the whole program without its process, so that tests can call it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return exitCode(root.ExecuteContext(ctx), stderr)
}

func exitCode(err error, stderr io.Writer) int {
	var coded *codeError
	switch {
	case err == nil:
		return exitClean
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "tcpfsm: interrupted")
		return exitInterrupted
	case errors.As(err, &coded):
		if !coded.quiet {
			fmt.Fprintln(stderr, "tcpfsm:", coded)
		}
		return coded.code
	}
	fmt.Fprintln(stderr, "tcpfsm:", err)
	return exitError
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "tcpfsm",
		Short: "Check, draw, run and explain the TCP connection state machine of RFC 9293",
		Long: `tcpfsm checks, draws, runs and explains the TCP connection state machine of
RFC 9293, from one table.
` + exitCodes,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, args []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError("%v; see '%s --help'", err, cmd.CommandPath())
	})
	root.PersistentFlags().Bool("json", false, "print one JSON record a line, each with a schema field")
	root.AddCommand(newCheck(), newDiagram(), newRun(), newExplain())
	for _, c := range root.Commands() {
		c.Args = asUsage(c.Args)
	}
	root.Args = asUsage(cobra.NoArgs)
	return root
}

// asUsage makes a complaint about arguments a usage error.
func asUsage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if check == nil {
			return nil
		}
		if err := check(cmd, args); err != nil {
			return usageError("%v; see '%s --help'", err, cmd.CommandPath())
		}
		return nil
	}
}

// version names the module's version and, since the table is what counts, its hash.
func version() string {
	v := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		v = info.Main.Version
	}
	return fmt.Sprintf("tcpfsm %s, table %s", v, tcpfsm.Hash)
}
