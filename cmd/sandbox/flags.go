package main

import (
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

//go:embed manual.txt
var manual string

// settingNames returns the environment variables that the functions read, as in the manual.
func settingNames() []string {
	return []string{
		"GROUPS", "DRY_RUN", "DETACH_GRACE", "COOLDOWN", "IMPAIRED_AFTER", "REPAIR_RECORDS", "ACT_ON_REBALANCE", "EVENT_BUS", "PROBE_VPC", "PROBE_RUN",
		"START_STANDBYS", "START_SETTLE", "START_KEYS", "ALERTS_UNSUBSCRIBED",
	}
}

// The functions that -invoke takes.
const (
	functionFailover = "failover"
	functionAudit    = "audit"
)

// options are what the command line asks for.
type options struct {
	event      string // a file, or - for standard input; empty: the sample, or that of change
	change     change // what happens to an instance, in place of event
	keepTime   bool
	world      string // a file, or - for standard input; empty: that of world.go
	printWorld bool
	json       bool
	verbose    bool
	audit      bool
	story      string // its name, or list; empty: no story
	web        string // an address; empty: no page
	serve      string // an address; empty: send an event
	quiet      bool
	invoke     string // a function; empty: the handler in this process
	files      []string
	endpoint   string
	binary     string
	fresh      bool
}

// parseFlags reads the command line. Its error is a [*usageError], or flag.ErrHelp once the manual has been printed
// to out.
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
	o.files = fs.Args()
	if o.invoke == "" && len(o.files) > 0 {
		return o, usage("%q is left over; accepted: flags only, like -event %s, or -invoke with files", o.files[0], o.files[0])
	}
	var given []string
	fs.Visit(func(f *flag.Flag) { given = append(given, f.Name) })
	return o, o.check(given)
}

// flagsInto defines the flags, whose values go into o.
func flagsInto(o *options) *flag.FlagSet {
	fs := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	const file = "a file, or - for standard input"
	for name, f := range map[string]struct {
		value    *string
		accepted string
	}{
		"event": {&o.event, file}, "world": {&o.world, file}, "serve": {&o.serve, "a loopback address like :4566"},
		"invoke": {&o.invoke, functionFailover + " or " + functionAudit}, "binary": {&o.binary, "the function's executable"},
		"story": {&o.story, "the name of a story, or " + storyList + " to see what each tells"}, "endpoint": {&o.endpoint, "the address of a running `sandbox -serve`"},
	} {
		fs.Func(name, "", func(value string) error {
			*f.value = value
			if value == "" || name == "invoke" && value != functionFailover && value != functionAudit {
				return errors.New("accepted: " + f.accepted)
			}
			return nil
		})
	}
	for name, value := range map[string]*bool{
		"keep-time": &o.keepTime, "print-world": &o.printWorld, "json": &o.json, "v": &o.verbose, "audit": &o.audit, "q": &o.quiet, "fresh": &o.fresh,
	} {
		fs.BoolVar(value, name, false, "")
	}
	fs.BoolFunc("web", "", func(value string) error {
		o.web = value
		switch value {
		case "true":
			o.web = webAddress
		case "false", "":
			return errors.New("accepted: -web, or an address like -web=:0")
		}
		return nil
	})
	for name, sample := range changeSamples() {
		fs.Func(name, "", func(id string) error {
			o.change = change{flag: name, sample: sample, instance: id}
			return nil
		})
	}
	return fs
}

// check refuses flags that do not go together: each mode accepts some.
func (o options) check(given []string) error {
	events := slices.DeleteFunc(slices.Clone(given), func(name string) bool {
		return name != "event" && changeSamples()[name] == ""
	})
	switch {
	case len(events) > 1:
		return usage("-%s: each is an event; accepted: one of them", strings.Join(events, " and -"))
	case o.event == "-" && o.world == "-":
		return usage("-event - and -world -: only one of them can be standard input")
	case o.keepTime && o.change.flag != "":
		return usage("-keep-time and -%s: that event happens now; accepted: -event with -keep-time", o.change.flag)
	case o.endpoint != "" && o.world != "":
		return usage("-endpoint and -world: the account is the one that is served; accepted: -world with -serve")
	}
	for _, mode := range []struct{ name, accepted string }{
		{"-web", "story v"},
		{"-serve", "world q"},
		{"-invoke", "endpoint binary fresh keep-time world json q"},
		{"-print-world", "world audit"},
		{"-audit", "world json v"},
		{"-story", "json v"},
		{"one event", "event interrupt stop terminate keep-time world json v"},
	} {
		its, isFlag := strings.CutPrefix(mode.name, "-")
		if isFlag && !slices.Contains(given, its) {
			continue
		}
		for _, name := range given {
			if name != its && !slices.Contains(strings.Fields(mode.accepted), name) {
				return usage("-%s does not go with %s; accepted: -%s", name, mode.name, strings.ReplaceAll(mode.accepted, " ", " -"))
			}
		}
		break
	}
	return nil
}
