// Command sandbox lets a person watch a failover without an AWS account. It serves a simulated account (package
// awssim) on a loopback port, sends one event through the real handler with the real SDK clients over real HTTP,
// and shows what happened.
//
// The simulated account, its clock and its calls are a session (package internal/sandbox/session). Everything else uses it:
//   - flags.go, world.go and event.go read what is asked for.
//   - run.go sends an event through the handler, audit.go audits the account, invoke.go runs a built function as
//     Lambda does, and serve.go serves the session to other programs. wire.go makes the SDK clients.
//   - story.go tells a whole night in fake time, which package internal/sandbox/night plays; storypage.go prints it.
//   - web.go serves the page of package internal/sandbox/web, on which a person watches such a night and interferes.
//   - account.go puts the account into words.
//
// Nothing here reaches AWS: the clients connect to the listener and nowhere else, and neither the credentials nor
// the configuration of the user are read.
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

	"github.com/eni-failover/eni-failover/internal/audit"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
)

// Exit statuses.
const (
	exitOK     = 0
	exitFailed = 1 // the handler returned an error, or the sandbox itself failed
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

// complain writes to standard error. A failure to do so can't be reported anywhere.
func (s streams) complain(format string, args ...any) { _, _ = fmt.Fprintf(s.err, format, args...) }

// lookup finds an environment variable.
type lookup func(name string) (value string, ok bool)

// run does what args ask for and returns the exit status.
func run(ctx context.Context, args []string, std streams, env lookup) int {
	err := do(ctx, args, std, env)
	var usage *usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.Is(err, errShown):
		return exitFailed
	case errors.As(err, &usage):
		std.complain("sandbox: %v\n(-h lists the flags)\n", err)
		return exitUsage
	}
	std.complain("sandbox: %v\n", err)
	return exitFailed
}

// errShown is the error of a function that failed, once the failure has been shown.
var errShown = errors.New("the function returned an error")

// usageError reports a flag, a file or a setting that can't be used. It says what is wrong and what is accepted.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }

// usage makes a usageError.
func usage(format string, args ...any) error { return &usageError{err: fmt.Errorf(format, args...)} }

// command is one use of the sandbox.
type command struct {
	options
	world awssim.World // as it is given, without defaults
	std   streams
	env   lookup
}

func do(ctx context.Context, args []string, std streams, env lookup) error {
	o, err := parseFlags(args, std.out)
	if err != nil {
		return err
	}
	switch {
	case o.web != "":
		return command{options: o, std: std, env: env}.serveWeb(ctx)
	case o.story != "":
		return command{options: o, std: std, env: env}.tellStory(ctx)
	}
	world, err := o.readWorld(std.in)
	if err != nil {
		return err
	}
	c := command{options: o, world: world, std: std, env: env}
	switch {
	case o.printWorld:
		return writeJSON(std.out, world)
	case o.serve != "":
		return c.serveAccount(ctx)
	}
	// Each function reads settings of its own.
	if o.audit || o.invoke == functionAudit {
		settings, err := audit.ReadSettings(env)
		switch {
		case err != nil:
			return &usageError{err: err}
		case o.audit:
			return c.auditAccount(ctx, settings)
		}
		return c.invokeFunction(ctx)
	}
	settings, err := failover.ReadSettings(env)
	switch {
	case err != nil:
		return &usageError{err: err}
	case o.invoke != "":
		return c.invokeFunction(ctx)
	}
	return c.sendEvent(ctx, settings)
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
