package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// invocation is the time that the function has on Lambda, as in its template.
const invocation = 5 * time.Minute

// trial is one event's way through the handler, and all that was seen of it.
type trial struct {
	options options
	event   event
	trigger trigger.Trigger // the zero one if the event can't be read
	moved   bool            // whether its times were moved to now
	// settings are the function's variables that are set, NAME=value.
	settings []string

	// before is the account as it was set up, sent as the event found it, after as the handler left it.
	before, sent, after awssim.World
	// start is when the event was sent, which is its time if that was moved; the handler returned at end.
	start, end time.Time
	wire       *wireLog
	calls      []awssim.Call // in the order of taking effect

	report failover.Report
	err    error
}

// try sends the event and shows what happens. The head of the page is there before the event is sent,
// since a move takes some seconds. If the handler fails, the error is a [*handlerError].
func try(ctx context.Context, o options, world awssim.World, settings failover.Settings, e event, std streams, env lookup) error {
	sim, at, err := simulate(ctx, world)
	if err != nil {
		return err
	}
	t := &trial{options: o, event: e, before: sim.World(), settings: settingsIn(env)}
	page := newPage(std.out, env)
	if o.json {
		page = newPage(io.Discard, env)
	}
	t.showHead(page)
	if err := page.flush(); err != nil {
		return errors.Join(err, at.close())
	}
	log := io.Discard
	if o.verbose {
		log = std.err
	}
	t.send(ctx, sim, newHandler(settings, at.config(t.before.Region), log))
	if err := at.close(); err != nil {
		return fmt.Errorf("serve the simulated AWS: %w", err)
	}
	t.showRest(page)
	if err := page.flush(); err != nil {
		return err
	}
	return t.conclude(std)
}

// send puts the event through the handler, as one that happens now unless it is to be late.
func (t *trial) send(ctx context.Context, sim *awssim.Sim, handler *failover.Handler) {
	ctx, cancel := context.WithTimeout(ctx, invocation)
	defer cancel()
	t.wire = watch(sim)
	t.start = time.Now().Truncate(time.Millisecond) // as precise as the event's time is
	if !t.options.keepTime {
		t.event, t.moved = t.event.happeningAt(t.start)
	}
	if parsed, err := trigger.Parse(t.event.data); err == nil {
		t.trigger = parsed
	}
	if !t.options.keepTime {
		setScene(sim, t.trigger)
	}
	t.sent = sim.World()
	t.report, t.err = handler.Handle(ctx, t.event.data, t.before.Account)
	t.end = time.Now()
	t.calls, t.after = sim.Calls(), sim.World()
}

// conclude prints the report if it was asked for, and returns the handler's error. Without a page that would
// show it, the error goes to standard error.
func (t *trial) conclude(std streams) error {
	if t.options.json {
		if err := writeJSON(std.out, t.report); err != nil {
			return err
		}
	}
	if t.err == nil {
		return nil
	}
	if t.options.json {
		std.complain("%v\n", t.err)
	}
	return &handlerError{err: t.err}
}

// settingsIn lists the function's variables that are set.
func settingsIn(env lookup) []string {
	var list []string
	for _, name := range settingNames() {
		if value, ok := env(name); ok && value != "" {
			list = append(list, name+"="+value)
		}
	}
	return list
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
