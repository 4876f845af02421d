package main

import (
	"fmt"

	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/sandbox/night"
)

// showStories lists the stories.
func showStories(p *display.Page) {
	var rows []display.Row
	for _, s := range night.Stories() {
		rows = append(rows, display.NewRow(display.Plain, s.Name, s.Title))
	}
	p.Line(display.Bold, 0, "The stories that -story tells")
	p.Table(2, rows)
}

// showTimeline shows what happened in a story for a person.
func showTimeline(l night.Timeline, p *display.Page) {
	p.Line(display.Bold, 0, "eni-failover sandbox: "+l.Story)
	p.Line(display.Plain, 2, l.Title+" The functions' own code plays it on a simulated AWS, in fake time.")
	showObjects(p, l.World)
	p.Title("Seconds since the incident")
	var rows []display.Row
	for _, e := range l.Entries {
		rows = append(rows, display.NewRow(e.Style, fmt.Sprintf("%8s", l.SecondsAt(e.At)), e.Actor, e.Text))
	}
	p.Table(0, rows)
	if rows := milestones(l); len(rows) > 0 {
		p.Title("From the incident")
		p.Table(0, rows)
	}
	if l.Times.AnsweredMs > 0 {
		p.Line(display.Plain, 0, "The client got no answer for "+display.Millis(l.Times.AnsweredMs-l.Times.UnansweredMs)+".")
	}
}

// milestones lists the milestones that were reached.
func milestones(l night.Timeline) []display.Row {
	t := l.Times
	var rows []display.Row
	for _, milestone := range []struct {
		ms   int64
		text string
	}{
		{t.VerdictMs, fmt.Sprintf("to the verdict; the tag eni-failover:probe promises %s at most", l.PromisedVerdict())},
		{t.StartMs, "to the request to start the standby"},
		{t.RunningMs, "to its state running"},
		{t.DetachMs, "to the request to detach the interface"},
		{t.MovedMs, "to the end of the move"},
		{t.AnsweredMs, "to the first answer on the standby"},
		{t.ReachedMs, "to the tag eni-failover:reached, which arms the probe there"},
	} {
		if milestone.ms > 0 {
			rows = append(rows, display.NewRow(display.Plain, fmt.Sprintf("%10s", display.Millis(milestone.ms)), milestone.text))
		}
	}
	return rows
}
