package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/eni-failover/eni-failover/internal/aws/lambdaapi"
	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/ident"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// invokeTime limits the time of an invocation: that of the function, and some for the call.
const invokeTime = 310 * time.Second

// request is the detail of an event that asks for a move.
type request struct {
	Group     string `json:"group,omitempty"`
	Interface string `json:"networkInterfaceId,omitempty"`
	From      string `json:"from,omitempty"`
	Target    string `json:"target,omitempty"`
	DryRun    bool   `json:"dryRun,omitempty"`
	Force     bool   `json:"force,omitempty"`
}

// move asks the deployed function to move an interface, or those of a group. Unless -yes is given, the function makes a dry
// run first, and a person agrees to what it shows.
func (c command) move(ctx context.Context) error {
	f, err := c.deployed(ctx)
	if err != nil {
		return err
	}
	r := request{From: c.from, Target: c.target, Force: c.force}
	if ident.ValidInterfaceID(c.args[0]) {
		r.Interface = c.args[0]
	} else {
		r.Group = c.args[0]
	}
	if c.dryRun || !c.yes {
		r.DryRun = true
		report, err := f.request(ctx, "ENI Failover Request", r)
		if c.dryRun || err != nil || report.Outcome != plan.OutcomePlanned {
			return c.showReport(report, err)
		}
		if err := c.showPage(c.aside(), report, nil); err != nil {
			return err
		}
		// What moves is what was shown: if the interface is elsewhere by then, the function refuses.
		r.DryRun, r.From = false, onlyFrom(report, r.From)
	}
	if err := c.agree(fmt.Sprintf("Ask %s to move %s%s. Open connections to its address break.", f.name, c.args[0], force(c.force))); err != nil {
		return err
	}
	return c.showReport(f.request(ctx, "ENI Failover Request", r))
}

func force(on bool) string {
	if on {
		return ", by force if the guest does not release it within DETACH_GRACE"
	}
	return ""
}

// onlyFrom returns the instance that all planned interfaces leave; what was asked for if they leave several, or none.
func onlyFrom(r failover.Report, asked string) string {
	from := asked
	for _, i := range r.Interfaces {
		switch {
		case i.Outcome != plan.OutcomePlanned || i.From == "":
		case from == "":
			from = i.From
		case from != i.From:
			return asked
		}
	}
	return from
}

// rehearse asks the deployed function for a rehearsal: a dry run of every move, which changes nothing.
func (c command) rehearse(ctx context.Context) error {
	f, err := c.deployed(ctx)
	if err != nil {
		return err
	}
	return c.showReport(f.request(ctx, "ENI Failover Rehearsal", request{}))
}

// function is the deployed failover.
type function struct {
	client *lambdaapi.Client
	name   string
}

// deployed finds the deployed failover.
func (c command) deployed(ctx context.Context) (function, error) {
	cfg, err := c.connect(ctx)
	if err != nil {
		return function{}, err
	}
	d, err := c.findDeployment(ctx, cfg)
	return function{client: lambdaClient(cfg), name: d.failover.Name}, err
}

// request sends an event of our own, and returns the report. An event that could move an interface back, if it were delivered
// twice, is as of now. Its error is a [*lambdaapi.FunctionError] if the
// function failed.
func (f function) request(ctx context.Context, detailType string, detail request) (failover.Report, error) {
	ctx, cancel := context.WithTimeout(ctx, invokeTime)
	defer cancel()
	envelope := map[string]any{"source": trigger.SourceOwn, "detail-type": detailType, "detail": detail}
	if detail.From == "" && detail.Target == "" {
		envelope["time"] = time.Now().UTC().Format(time.RFC3339)
	}
	event, err := json.Marshal(envelope)
	if err != nil {
		return failover.Report{}, err
	}
	answer, err := f.client.Invoke(ctx, f.name, event)
	if err != nil {
		return failover.Report{}, f.explain(err)
	}
	var report failover.Report
	if err := json.Unmarshal(answer, &report); err != nil {
		return report, fmt.Errorf("%s answers %.100q, which is no report (%w); next: check that -stack names a deployment of eni-failover", f.name, answer, err)
	}
	return report, nil
}

// explain adds the next step to the error of an invocation. An error of the function has its own.
func (f function) explain(err error) error {
	if _, ok := errors.AsType[*lambdaapi.FunctionError](err); ok {
		return err
	}
	class := fault.ClassOf(err)
	if class == fault.Throttled {
		return fmt.Errorf("%s; next: it may be switched off; see `eni-failover on`, or ThrottledAlarm in the runbook", oneLine(err))
	}
	if class == fault.Unavailable {
		return fmt.Errorf("%s; next: it is not known whether the function got the request; see `eni-failover status` before you try again", oneLine(err))
	}
	return explain(err, changes)
}

// showReport shows a report, or the error of a function in its place. Its error is errShown if the function failed.
func (c command) showReport(r failover.Report, err error) error {
	failed, ok := errors.AsType[*lambdaapi.FunctionError](err)
	if err != nil && !ok {
		return err
	}
	var shown *display.FunctionError
	if ok {
		r.Outcome, shown = plan.OutcomeFailed, &display.FunctionError{Type: failed.Type, Message: failed.Message}
	}
	switch {
	case c.json && ok:
		err = writeJSON(c.std.out, failed)
	case c.json:
		err = writeJSON(c.std.out, r)
	default:
		err = c.showPage(c.std.out, r, shown)
	}
	if err == nil && ok {
		err = errShown
	}
	return err
}

// showPage shows a report to a person.
func (c command) showPage(out io.Writer, r failover.Report, failed *display.FunctionError) error {
	p := display.NewPage(out, c.env)
	p.ShowReport(r, failed, func(id string) string { return id })
	return p.Flush()
}
