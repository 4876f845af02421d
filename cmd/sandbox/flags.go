package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

const manual = `sandbox shows a failover without an AWS account: it simulates EC2 and Route 53
on a loopback port of this machine, sends one event through the real function
and prints what happened, the outcome last. Nothing reaches AWS, and nothing of
your own AWS configuration is read.

usage: go run ./cmd/sandbox [flags]

an event, and what becomes of it
  -event FILE     send this event; - is standard input
                  (default events/spot-interruption.json)
  -interrupt ID   send the Spot interruption of this instance instead
  -stop ID        send the event that this instance is stopping
  -terminate ID   send the event that this instance is shutting down
  -keep-time      send the event late: leave its time and the account as they
                  are. Without this flag it happens now: its times are moved,
                  and an instance that it calls stopping is stopping in the
                  simulated account, too
  -json           print the function's report and nothing else
  -v              print the function's log on standard error

the account
  -world FILE     simulate this account; - is standard input. docs/world.md
                  explains the format, examples/worlds/ has samples
  -print-world    print the account and end: the one to start your own from
  -audit          send no event, but audit the account: would the next failover
                  work, and why not? Without -world it is an account that is
                  deliberately not ready. -json prints the whole result

the simulated AWS for other programs
  -serve ADDR     serve the account until Ctrl-C, for the aws command line,
                  boto3, sam local or -invoke, and print each call. :4566 is
                  port 4566 of 127.0.0.1, :0 a free one; docker0:4566 is for
                  the containers on that bridge. The paths of its own:
                    POST /-/reset   the account is as it was at the start
                    POST /-/event   takes an event: the account gets into the
                                    state that it speaks of, and the answer is
                                    the event as of now
                    GET  /-/world   the account as it is now
  -q              print no calls

the built function, as Lambda runs it, without Docker and SAM
  -invoke NAME [FILE ...]
                  build functions/NAME, failover or audit, and run it on these
                  events, one after the other (default the sample event).
                  -json prints a line of JSON for each result
  -endpoint URL   use the account that a sandbox -serve has at this address
                  (default one of its own)
  -fresh          let every event find the account as it was at the start
  -binary FILE    run this executable of the function, and build none
  -q              print no log of the function

The function's settings are read from the environment, as they are on Lambda:
  GROUPS DRY_RUN DETACH_GRACE COOLDOWN IMPAIRED_AFTER REPAIR_RECORDS
  ACT_ON_REBALANCE

examples:
  go run ./cmd/sandbox
  go run ./cmd/sandbox -event events/instance-stopping.json
  echo '{"group":"db","target":"i-0a1b2c3d4e5f60003"}' |
    go run ./cmd/sandbox -event -
  DRY_RUN=true go run ./cmd/sandbox
  env GROUPS=web go run ./cmd/sandbox     # env: bash has a GROUPS of its own
  go run ./cmd/sandbox -print-world >my.json          # edit it, then:
  go run ./cmd/sandbox -world my.json -interrupt i-0a1b2c3d4e5f60001
  go run ./cmd/sandbox -audit -world my.json
  go run ./cmd/sandbox -invoke failover -fresh events/*.json

exit status: 0 the function succeeded, 1 it returned an error, 2 wrong usage
(go run itself exits with 1 for both, and prints the real one)
`

// settingNames are the environment variables that the function reads, as in the manual.
func settingNames() []string {
	return []string{"GROUPS", "DRY_RUN", "DETACH_GRACE", "COOLDOWN", "IMPAIRED_AFTER", "REPAIR_RECORDS", "ACT_ON_REBALANCE"}
}

// The functions that -invoke takes.
const (
	functionFailover = "failover"
	functionAudit    = "audit"
)

// options are what the command line asks for.
type options struct {
	event      string // a file, or - for standard input; empty: the sample, or the one of change
	change     change // of an instance, in place of event
	keepTime   bool
	world      string // a file, or - for standard input; empty: the one of world.go
	printWorld bool
	json       bool
	verbose    bool
	audit      bool
	serve      string // an address; empty: send an event
	quiet      bool
	invoke     string // a function; empty: the handler in this process
	files      []string
	endpoint   string
	binary     string
	fresh      bool
}

// parseFlags reads the command line. Its error is a [*usageError], or flag.ErrHelp when the manual was
// asked for, which is then printed to out.
func parseFlags(args []string, out io.Writer) (options, error) {
	var o options
	fs := flagsInto(&o)
	err := fs.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		if _, err := io.WriteString(out, manual); err != nil {
			return o, fmt.Errorf("write output: %w", err)
		}
		return o, flag.ErrHelp
	case err != nil:
		return o, usage("%w", err)
	}
	var given []string
	fs.Visit(func(f *flag.Flag) { given = append(given, f.Name) })
	for _, name := range given {
		if accepted, ok := valueFlags()[name]; ok && fs.Lookup(name).Value.String() == "" {
			return o, usage("-%s is empty; accepted: %s", name, accepted)
		}
	}
	o.files = fs.Args()
	if o.invoke == "" && len(o.files) > 0 {
		return o, usage("%q is left over; accepted: flags only, like -event %s, or -invoke with files", o.files[0], o.files[0])
	}
	if err := together(given); err != nil {
		return o, err
	}
	return o, o.consistent()
}

// flagsInto defines the flags, whose values go into o.
func flagsInto(o *options) *flag.FlagSet {
	fs := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	for name, into := range map[string]*string{
		"event": &o.event, "world": &o.world, "serve": &o.serve, "invoke": &o.invoke, "endpoint": &o.endpoint, "binary": &o.binary,
	} {
		fs.StringVar(into, name, "", "")
	}
	for name, into := range map[string]*bool{
		"keep-time": &o.keepTime, "print-world": &o.printWorld, "json": &o.json, "v": &o.verbose, "audit": &o.audit, "q": &o.quiet, "fresh": &o.fresh,
	} {
		fs.BoolVar(into, name, false, "")
	}
	for _, kind := range changeKinds() {
		fs.Func(string(kind), "", func(id string) error {
			if o.change.kind != "" && o.change.kind != kind {
				return fmt.Errorf("-%s is given, too; accepted: one of them", o.change.kind)
			}
			o.change = change{kind: kind, instance: id}
			return nil
		})
	}
	return fs
}

// valueFlags are the flags that need a value, with what is accepted.
func valueFlags() map[string]string {
	const file = "a file, or - for standard input"
	return map[string]string{
		"event": file, "world": file, "serve": "a loopback address like :4566", "invoke": functionFailover + " or " + functionAudit,
		"endpoint": "the address of a running `sandbox -serve`", "binary": "the function's executable",
	}
}

// together refuses flags that mean nothing together: each mode has those that go with it.
func together(given []string) error {
	for _, mode := range []struct {
		flag string
		with []string
	}{
		{"serve", []string{"world", "q"}},
		{"invoke", []string{"endpoint", "binary", "fresh", "keep-time", "world", "json", "q"}},
		{"print-world", []string{"world", "audit"}},
		{"audit", []string{"world", "json", "v"}},
		{"", []string{"event", "interrupt", "stop", "terminate", "keep-time", "world", "json", "v"}},
	} {
		if mode.flag != "" && !slices.Contains(given, mode.flag) {
			continue
		}
		for _, name := range given {
			switch {
			case name == mode.flag || slices.Contains(mode.with, name):
			case mode.flag == "":
				return usage("-%s is only for -serve or -invoke; accepted without them: -%s", name, strings.Join(mode.with, " -"))
			default:
				return usage("-%s and -%s do not go together; accepted with -%s: -%s", mode.flag, name, mode.flag, strings.Join(mode.with, " -"))
			}
		}
		return nil
	}
	return nil
}

// consistent refuses values that do not go together.
func (o options) consistent() error {
	switch {
	case o.event == "-" && o.world == "-":
		return usage("-event - and -world -: only one of them can be standard input")
	case o.event != "" && o.change.kind != "":
		return usage("-event and -%s: both name an event; accepted: one of them", o.change.kind)
	case o.keepTime && o.change.kind != "":
		return usage("-keep-time and -%s: that event has no time but now; accepted: -event with -keep-time", o.change.kind)
	case o.endpoint != "" && o.world != "":
		return usage("-endpoint and -world: the account is the one that is served; accepted: -world with -serve")
	case o.invoke != "" && o.invoke != functionFailover && o.invoke != functionAudit:
		return usage("-invoke is %q; accepted: %s", o.invoke, valueFlags()["invoke"])
	}
	return nil
}
