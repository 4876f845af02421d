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

	group, from, target string // of a move
	dryRun, force       bool
	concurrency         int // to reserve when the function is switched on; -1: none
}

// form is how a command is called, and what it does.
type form struct {
	args  string // its arguments, as in the manual
	least int    // arguments
	most  int
	valid func(string) bool // for each argument
	flags string            // those that it accepts besides the common ones
	run   func(command, context.Context) error
}

// commonFlags are the flags that all commands accept.
const commonFlags = "region profile endpoint stack json"

// commands are the forms of all commands by name.
func commands() map[string]form {
	none := func(string) bool { return false }
	return map[string]form{
		"status": {valid: none, run: command.status},
		"audit":  {valid: none, run: command.audit},
		"plan":   {args: "the id of one instance, like i-0a1b2c3d4e5f60001", least: 1, most: 1, valid: ident.ValidInstanceID, run: command.plan},
		"policy": {valid: none, run: command.policy},
	}
}

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
	fs.BoolVar(&o.json, "json", false, "")
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
