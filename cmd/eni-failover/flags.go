package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/eni-failover/eni-failover/internal/ident"
)

//go:embed manual.txt
var manual string

// options are what the command line asks for.
type options struct {
	name string   // of the command
	args []string // its arguments

	region, profile, endpoint string
	stack                     string // the deployment; empty: none is named
	json, yes                 bool

	from, target  string // of a move
	dryRun, force bool
	concurrency   int // to reserve when the function is switched on; 0: none
}

// form is how a command is called, and what it does.
type form struct {
	args   string // its arguments, as in the manual
	least  int    // arguments
	most   int
	valid  func(string) bool // for each argument
	flags  string            // those that it accepts besides the common ones
	policy string            // the permissions that it needs: reads or changes
	run    func(command, context.Context) error
}

// commonFlags are the flags that all commands accept.
const commonFlags = "region profile endpoint stack json"

// commands are the forms of all commands by name.
func commands() map[string]form {
	none := func(string) bool { return false }
	return map[string]form{
		"status":   {valid: none, policy: reads, run: command.status},
		"audit":    {valid: none, policy: reads, run: command.audit},
		"plan":     {args: "the id of one instance, like i-0a1b2c3d4e5f60001", least: 1, most: 1, valid: ident.ValidInstanceID, policy: reads, run: command.plan},
		"policy":   {args: "policy, or policy changes", most: 1, valid: func(s string) bool { return s == "changes" }, run: command.policy},
		"move":     {args: "one interface, like eni-0a1b2c3d4e5f60001, or one group", least: 1, most: 1, valid: movable, flags: "from target dry-run force yes", policy: changes, run: command.move},
		"rehearse": {valid: none, policy: changes, run: command.rehearse},
		"pause":    {args: acceptedInterface, least: 1, most: 1, valid: ident.ValidInterfaceID, flags: "yes", policy: changes, run: command.pause},
		"unpause":  {args: acceptedInterface, least: 1, most: 1, valid: ident.ValidInterfaceID, flags: "yes", policy: changes, run: command.unpause},
		"off":      {valid: none, flags: "yes", policy: changes, run: command.off},
		"on":       {valid: none, flags: "concurrency yes", policy: changes, run: command.on},
	}
}

const acceptedInterface = "the id of one interface, like eni-0a1b2c3d4e5f60001"

// movable reports whether a move can be asked for by this argument.
func movable(s string) bool { return ident.ValidInterfaceID(s) || ident.ValidGroup(s) }

// parseFlags reads the command line, in which flags may stand before and behind the arguments. Its error is a
// [*usageError], or flag.ErrHelp once the manual has been printed to out.
func parseFlags(args []string, out io.Writer) (options, error) {
	o := options{}
	fs := flagsInto(&o)
	var words []string
	for rest := args; ; {
		err := fs.Parse(rest)
		switch {
		case errors.Is(err, flag.ErrHelp):
			return o, printManual(out)
		case err != nil:
			return o, usage("%w; -h lists the commands and their flags", err)
		}
		if rest = fs.Args(); len(rest) == 0 {
			break
		}
		words, rest = append(words, rest[0]), rest[1:]
	}
	if len(words) == 0 || words[0] == "help" {
		return o, printManual(out)
	}
	o.name, o.args = words[0], words[1:]
	var given []string
	fs.Visit(func(f *flag.Flag) { given = append(given, f.Name) })
	return o, o.check(given)
}

func printManual(out io.Writer) error {
	if _, err := io.WriteString(out, manual); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return flag.ErrHelp
}

// flagsInto defines the flags, whose values go into o.
func flagsInto(o *options) *flag.FlagSet {
	fs := flag.NewFlagSet("eni-failover", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	for name, f := range map[string]struct {
		value    *string
		valid    func(string) bool
		accepted string
	}{
		"region":   {&o.region, ident.ValidRegion, "a region, like eu-west-1"},
		"profile":  {&o.profile, notEmpty, "the name of a profile in the AWS configuration files"},
		"endpoint": {&o.endpoint, validEndpoint, "a URL that begins with http:// or https://, like http://127.0.0.1:4566"},
		"from":     {&o.from, ident.ValidInstanceID, ident.AcceptedInstanceID},
		"target":   {&o.target, ident.ValidInstanceID, ident.AcceptedInstanceID},
		"stack":    {&o.stack, notEmpty, "the name of the deployment's stack, like eni-failover"},
	} {
		fs.Func(name, "", func(value string) error {
			*f.value = value
			if !f.valid(value) {
				return errors.New("accepted: " + f.accepted)
			}
			return nil
		})
	}
	for name, value := range map[string]*bool{"json": &o.json, "yes": &o.yes, "dry-run": &o.dryRun, "force": &o.force} {
		fs.BoolVar(value, name, false, "")
	}
	fs.Func("concurrency", "", func(value string) error {
		n, err := strconv.ParseInt(value, 10, 32)
		if err != nil || n < 1 {
			return errors.New("accepted: a number from 1 up, like that of ReservedConcurrency in deploy.toml")
		}
		o.concurrency = int(n)
		return nil
	})
	return fs
}

func notEmpty(s string) bool { return s != "" }

func validEndpoint(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

// check refuses what the command does not accept.
func (o options) check(given []string) error {
	f, known := commands()[o.name]
	if !known {
		return usage("command %q is not known; accepted: %s", o.name, strings.Join(slices.Sorted(maps.Keys(commands())), ", "))
	}
	for _, name := range given {
		if !slices.Contains(strings.Fields(commonFlags+" "+f.flags), name) {
			return usage("-%s does not go with %s; accepted: -%s", name, o.name, strings.Join(strings.Fields(commonFlags+" "+f.flags), " -"))
		}
	}
	for n, arg := range o.args {
		switch {
		case n >= f.most && f.most == 0:
			return usage("%q is left over; accepted: %s without an argument", arg, o.name)
		case n >= f.most || !f.valid(arg):
			return usage("%s of %q; accepted: %s", o.name, arg, f.args)
		}
	}
	if len(o.args) < f.least {
		return usage("the argument of %s is missing; accepted: %s", o.name, f.args)
	}
	return nil
}
