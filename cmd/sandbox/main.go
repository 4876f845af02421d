// Command sandbox lets a person watch a failover without an AWS account. It starts package awssim on a
// loopback port, sends one event through the real handler, with the real SDK clients over real HTTP, and
// shows what happened.
//
// The files follow the way of an event: flags.go what is asked for, world.go the account, event.go and change.go
// the event, scene.go the account as the event finds it, wire.go the handler and its clients, trial.go the
// event's way through them; then the page that a person reads: wirelog.go and calltext.go the calls,
// showaccount.go the interfaces and the candidates, show.go the outcome. There are three other modes: in serve.go
// the simulated AWS waits for anybody's calls, in invoke.go the built function runs as on Lambda, and in audit.go
// the account is audited, that of unready.go if no other is given.
//
// Nothing here reaches AWS: the clients' connections go to the listener and nowhere else, and neither the
// credentials nor the configuration of whoever runs it are read.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

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
	// The first signal ends the work in good order; a second one, which nobody waits for any more, at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}, os.LookupEnv))
}

// streams are the standard input, output and error.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// complain writes to standard error. If that fails, there is nobody left to tell.
func (s streams) complain(format string, args ...any) { _, _ = fmt.Fprintf(s.err, format, args...) }

// lookup finds an environment variable.
type lookup func(name string) (value string, ok bool)

// run is the command: it does what args ask for and returns the exit status.
func run(ctx context.Context, args []string, std streams, env lookup) int {
	err := command(ctx, args, std, env)
	var usage *usageError
	var handled *handlerError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.As(err, &handled): // it has been shown
		return exitFailed
	case errors.As(err, &usage):
		std.complain("sandbox: %v\n(-h lists the flags)\n", err)
		return exitUsage
	}
	std.complain("sandbox: %v\n", err)
	return exitFailed
}

// usageError is a wrong use of the command: a flag, a file or a setting that can't be used. It says what is
// wrong and what is accepted.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }

func (e *usageError) Unwrap() error { return e.err }

// usage makes a usageError.
func usage(format string, args ...any) error { return &usageError{err: fmt.Errorf(format, args...)} }

// handlerError is an error that the handler returned, and that has been shown.
type handlerError struct{ err error }

func (e *handlerError) Error() string { return e.err.Error() }

func (e *handlerError) Unwrap() error { return e.err }

func command(ctx context.Context, args []string, std streams, env lookup) error {
	o, err := parseFlags(args, std.out)
	if err != nil {
		return err
	}
	world, err := o.readWorld(std.in)
	if err != nil {
		return err
	}
	if o.printWorld {
		return writeJSON(std.out, world)
	}
	if o.serve != "" {
		return serve(ctx, o, world, newPage(std.out, env))
	}
	settings, err := failover.ReadSettings(env)
	if err != nil {
		return &usageError{err: err}
	}
	if o.invoke != "" {
		return invoke(ctx, o, world, std, env)
	}
	if o.audit {
		return inspect(ctx, o, world, settings, std, env)
	}
	event, err := o.readEvent(std.in, world)
	if err != nil {
		return err
	}
	return try(ctx, o, world, settings, event, std, env)
}
