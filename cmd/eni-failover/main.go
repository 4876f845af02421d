// Command eni-failover is for the people who run a deployment, or think about one. With their own credentials it shows what
// an account has, whether the next failover would work, and what would happen if one instance went now. It asks a deployed
// function to move interfaces, pauses them, and switches the function off and on.
//
// The commands that only read (status.go, audit.go, plan.go) observe the account as the audit does, and judge it by the same
// code: internal/audit, internal/readiness and internal/plan. reports.go reads what the deployed function has logged. policy.go
// prints the permissions that they need. What changes something is in move.go, pause.go and switch.go; it says what it is about
// to do, and asks (ask.go). flags.go reads the command line, connect.go makes the clients, stack.go finds the deployed function.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Exit statuses.
const (
	exitOK     = 0
	exitFailed = 1 // AWS or the function returned an error, or a person has not agreed
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(run(ctx, os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}, os.LookupEnv))
}

// streams are the standard input, output and error.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// lookup finds an environment variable.
type lookup func(name string) (value string, ok bool)

// run does what args ask for and returns the exit status.
func run(ctx context.Context, args []string, std streams, env lookup) int {
	o, err := parseFlags(args, std.out)
	if err == nil {
		err = command{options: o, std: std, env: env}.do(ctx)
	}
	var usage *usageError
	status := exitFailed
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.Is(err, errShown):
		return exitFailed
	case errors.As(err, &usage):
		status = exitUsage
	}
	_, _ = fmt.Fprintf(std.err, "eni-failover: %v\n", err) // a failure to write it can't be reported anywhere
	return status
}

// errShown is the error of a function that failed, once the failure has been shown.
var errShown = errors.New("the function returned an error")

// usageError reports an argument or a setting that can't be used. It says what is wrong and what is accepted.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }

// usage makes a usageError.
func usage(format string, args ...any) error { return &usageError{err: fmt.Errorf(format, args...)} }

// command is one use of the program.
type command struct {
	options
	std streams
	env lookup
}

// do does what the command line asks for.
func (c command) do(ctx context.Context) error {
	return commands()[c.name].run(c, ctx)
}

// writeJSON writes a value as indented JSON.
func writeJSON(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}
