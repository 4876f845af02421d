package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/aws/lambdaapi"
	"github.com/eni-failover/eni-failover/internal/aws/logsapi"
	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// The filter patterns of reports in the failover's log: of all, and of those about which a person wants to know. Those moved
// or attached something, failed, or leave something to a person.
const (
	anyReport     = `{ $.message = "failover" }`
	notableReport = `{ ($.message = "failover") && (($.outcome = "moved") || ($.outcome = "attached") || ($.level = "WARN") || ($.level = "ERROR")) }`
)

const (
	// lifeWindow is how far back any report is looked for. Sweeps come every five minutes at most.
	lifeWindow = 15 * time.Minute
	// skew is how far this machine's clock may be behind that of Lambda.
	skew = time.Minute
	// logTime limits the time of reading the log.
	logTime = 30 * time.Second
)

// notableWindows are how far back a notable report is looked for, a step at a time: the API reads a log from its beginning, and
// the last hour is read sooner than a day.
func notableWindows() []time.Duration {
	return []time.Duration{time.Hour, 6 * time.Hour, 24 * time.Hour}
}

// reports are what the deployed failover said last, as its log has it.
type reports struct {
	Function string `json:"function,omitempty"`
	// Last is the last report of all, mostly that of a sweep: a sign of life. Notable is the last one that moved or attached
	// something, failed, or left something to a person. Each is absent if there is none.
	Last    *loggedReport `json:"last,omitempty"`
	Notable *loggedReport `json:"notable,omitempty"`
	// Notes say what is not known, and why.
	Notes []string `json:"notes,omitempty"`
}

// loggedReport is a line of the log: the report, and when it was written.
type loggedReport struct {
	// Time is in RFC 3339.
	Time string `json:"time"`
	// Error is the error with which the function ended; empty if it succeeded.
	Error string `json:"error,omitempty"`
	failover.Report

	at  time.Time
	ago time.Duration
}

// lastReports reads what the deployed failover said last. It never fails: what can't be read is said in the notes.
func (c command) lastReports(ctx context.Context, r reader) reports {
	d := r.deployed
	if d.failover.Name == "" {
		var err error
		if d, err = c.findDeployment(ctx, r.cfg); err != nil {
			return reports{Notes: []string{oneLine(err)}}
		}
	}
	found := reports{Function: d.failover.Name}
	if d.failover.LogGroup == "" {
		return found.note("Lambda does not say where %s logs to", d.failover.Name)
	}
	ctx, cancel := context.WithTimeout(ctx, logTime)
	defer cancel()
	l := functionLog{client: logsClient(r.cfg), group: d.failover.LogGroup, now: time.Now()}
	var err error
	if found.Last, err = l.last(ctx, anyReport, lifeWindow, -skew); err == nil {
		after := -skew
		for _, before := range notableWindows() {
			if found.Notable, err = l.last(ctx, notableReport, before, after); found.Notable != nil || err != nil {
				break
			}
			after = before
		}
	}
	if err != nil {
		return found.note("%s", logError(err))
	}
	return found.missing(d.failover)
}

// note adds what is not known.
func (r reports) note(format string, args ...any) reports {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
	return r
}

// missing says what the lack of a report means.
func (r reports) missing(f lambdaapi.Function) reports {
	onlyWarnings := f.LogLevel == "WARN" || f.LogLevel == "ERROR" || f.LogLevel == "FATAL"
	switch {
	case onlyWarnings:
		r = r.note("LogLevel is %s, so the log has no reports of successes", f.LogLevel)
	case r.Last == nil:
		r = r.note("it has reported nothing for %.0f minutes, not even a sweep; next: see NoSweepAlarm in docs/runbook.md, and `eni-failover on`", lifeWindow.Minutes())
	}
	return r
}

// logError says why a log could not be read, with the next step.
func logError(err error) string {
	if fault.ClassOf(err) == fault.Gone {
		return oneLine(err) + "; next: it appears with the first event; see NoSweepAlarm in docs/runbook.md if there should be one"
	}
	return oneLine(explain(err, reads))
}

// logsClient returns the client of CloudWatch Logs.
func logsClient(cfg aws.Config) *logsapi.Client {
	return logsapi.New(cloudwatchlogs.NewFromConfig(awsconfig.Tune(cfg)))
}

// functionLog is the log of a function, read at one instant.
type functionLog struct {
	client *logsapi.Client
	group  string
	now    time.Time
}

// last returns the last report that matches a pattern, between the two distances from now; nil if none does.
func (l functionLog) last(ctx context.Context, pattern string, from, to time.Duration) (*loggedReport, error) {
	line, found, err := l.client.Last(ctx, l.group, pattern, l.now.Add(-from), l.now.Add(-to))
	if err != nil || !found {
		return nil, err
	}
	r := &loggedReport{}
	if err := json.Unmarshal([]byte(line.Text), r); err != nil {
		return nil, fmt.Errorf("the log %s has %.100q, which is no report: %w", l.group, line.Text, err)
	}
	r.at, r.Time, r.ago = line.Time, line.Time.UTC().Format(time.RFC3339), max(0, l.now.Sub(line.Time))
	return r, nil
}

// show shows the reports to a person.
func (r reports) show(p *display.Page, o observation) {
	p.Title("What the failover said last")
	if r.Last != nil {
		p.Line(display.Plain, 2, r.Last.ageText()+r.Last.conclusion())
	}
	if n := r.Notable; n != nil && (r.Last == nil || !n.at.Equal(r.Last.at)) {
		p.Line(display.OutcomeStyle(n.Outcome, n.Error != ""), 2, n.ageText()+n.conclusion())
	}
	if n := r.Notable; n != nil {
		n.explain(p, o)
	} else if r.Last != nil {
		p.Line(display.Dim, 2, "Nothing was moved, and nothing failed, in the last day.")
	}
	for _, note := range r.Notes {
		p.Line(display.Warn, 2, note)
	}
}

// ageText says when a report was written.
func (r *loggedReport) ageText() string {
	return fmt.Sprintf("%s, %s ago: ", r.Time, r.ago.Truncate(time.Second))
}

// conclusion is the event and the outcome in one phrase.
func (r *loggedReport) conclusion() string {
	text := fmt.Sprintf("%s: %s", r.Trigger.Kind, r.Outcome)
	if r.Reason != "" {
		text += fmt.Sprintf(" (%s)", r.Reason)
	}
	return text
}

// maxExplained limits the interfaces of a report that are shown.
const maxExplained = 5

// explain shows what a report says of the interfaces; of an error, its text, which has the next step.
func (r *loggedReport) explain(p *display.Page, o observation) {
	switch {
	case r.Error != "":
		p.Line(display.Bad, 4, r.Error)
		return
	case r.Detail != "":
		p.Line(display.Plain, 4, r.Detail)
	}
	shown := 0
	for _, i := range r.Interfaces {
		if i.Outcome != plan.OutcomeMoved && i.Outcome != plan.OutcomeAttached {
			continue
		}
		if shown++; shown > maxExplained {
			p.Line(display.Plain, 4, "…")
			return
		}
		p.Line(display.Plain, 4, display.Join(" ", i.Interface, string(i.Outcome), from(o, i.From), "to "+o.label(i.To)))
	}
}

func from(o observation, id string) string {
	if id == "" {
		return ""
	}
	return "from " + o.label(id)
}
