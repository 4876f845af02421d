package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
)

const manual = `sandbox shows a failover without an AWS account: it simulates EC2 and Route 53 on a loopback port of
this machine, sends one event through the real function and prints what happened, the function's
report last. Nothing reaches AWS, and nothing of your own AWS configuration is read.

usage: go run ./cmd/sandbox [flags]

  -event FILE    send this event; - is standard input (default events/spot-interruption.json)
  -keep-time     send it late: leave the time in it and the account as they are. Without this flag
                 the event happens now: its times are moved, and an instance that it says is, say,
                 stopping is stopping in the simulated account, too
  -world FILE    simulate this account; - is standard input (JSON, as -print-world prints it)
  -print-world   print the account and end: the one to start your own from
  -audit         send no event, but audit the account: would the next failover work, and why not?
                 Without -world it is an account that is deliberately not ready
  -json          print the report, or the audit's result, and nothing else
  -v             print the function's log on standard error
  -serve ADDR    send nothing, but serve the simulated AWS until interrupted, for the aws command
                 line, boto3 or sam local invoke; :4566 is port 4566 of 127.0.0.1, :0 a free one

The function's settings are read from the environment, as they are on Lambda:
  GROUPS  DRY_RUN  DETACH_GRACE  COOLDOWN  IMPAIRED_AFTER  REPAIR_RECORDS  ACT_ON_REBALANCE

examples:
  go run ./cmd/sandbox
  go run ./cmd/sandbox -event events/instance-stopping.json
  echo '{"group":"db","target":"i-0a1b2c3d4e5f60003"}' | go run ./cmd/sandbox -event -
  DRY_RUN=true go run ./cmd/sandbox
  env GROUPS=web,cache go run ./cmd/sandbox    # with env, for bash has a GROUPS of its own
  go run ./cmd/sandbox -print-world >my.json   # edit it, then:
  go run ./cmd/sandbox -world my.json
  go run ./cmd/sandbox -audit -world my.json

exit status: 0 the function succeeded, 1 it returned an error, 2 wrong usage
(go run itself exits with 1 for both, and prints the real one)
`

// settingNames are the environment variables that the function reads, as in the manual.
func settingNames() []string {
	return []string{"GROUPS", "DRY_RUN", "DETACH_GRACE", "COOLDOWN", "IMPAIRED_AFTER", "REPAIR_RECORDS", "ACT_ON_REBALANCE"}
}

// options are what the command line asks for.
type options struct {
	event      string // a file, or - for standard input; empty: the sample
	keepTime   bool
	world      string // a file, or - for standard input; empty: the one of world.go
	printWorld bool
	json       bool
	verbose    bool
	serve      string // an address; empty: send an event
	audit      bool
}

// parseFlags reads the command line. Its error is a [*usageError], or flag.ErrHelp when the manual was
// asked for, which is then printed to out.
func parseFlags(args []string, out io.Writer) (options, error) {
	var o options
	fs := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&o.event, "event", "", "")
	fs.BoolVar(&o.keepTime, "keep-time", false, "")
	fs.StringVar(&o.world, "world", "", "")
	fs.BoolVar(&o.printWorld, "print-world", false, "")
	fs.BoolVar(&o.json, "json", false, "")
	fs.BoolVar(&o.verbose, "v", false, "")
	fs.StringVar(&o.serve, "serve", "", "")
	fs.BoolVar(&o.audit, "audit", false, "")
	err := fs.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		if _, err := io.WriteString(out, manual); err != nil {
			return o, fmt.Errorf("write output: %w", err)
		}
		return o, flag.ErrHelp
	case err != nil:
		return o, &usageError{err: err}
	case fs.NArg() > 0:
		return o, usage("unexpected argument %q; accepted: flags only, an event is named with -event", fs.Arg(0))
	case o.event == "-" && o.world == "-":
		return o, usage("-event - and -world -: standard input can be only one of them")
	}
	given := map[string]bool{}
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for _, name := range []string{"event", "world", "serve"} {
		if given[name] && fs.Lookup(name).Value.String() == "" {
			return o, usage("-%s is empty; accepted: %s", name, map[string]string{
				"event": "a file, or - for standard input", "world": "a file, or - for standard input",
				"serve": "a loopback address like :4566",
			}[name])
		}
	}
	return o, alone(given)
}

// alone refuses flags that mean nothing together.
func alone(given map[string]bool) error {
	for _, mode := range []struct {
		flag  string
		other []string
	}{
		{"serve", []string{"print-world", "audit", "event", "keep-time", "json", "v"}},
		{"print-world", []string{"event", "keep-time", "json", "v"}},
		{"audit", []string{"event", "keep-time"}},
	} {
		if !given[mode.flag] {
			continue
		}
		for _, other := range mode.other {
			if given[other] {
				return usage("-%s and -%s: no event is sent with -%s", mode.flag, other, mode.flag)
			}
		}
	}
	return nil
}
