package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/probe/probetag"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

// showStories lists the stories.
func showStories(p *display.Page) {
	var rows []display.Row
	for _, s := range stories() {
		rows = append(rows, display.NewRow(display.Plain, s.name, s.title))
	}
	p.Line(display.Bold, 0, "The stories that -story tells")
	p.Table(2, rows)
}

// show shows the story for a person.
func (l timeline) show(p *display.Page) {
	p.Line(display.Bold, 0, "eni-failover sandbox: "+l.Story)
	p.Line(display.Plain, 2, l.Title+" The functions' own code plays it on a simulated AWS, in fake time.")
	showObjects(p, l.world)
	p.Title("Seconds since the incident")
	var rows []display.Row
	for _, e := range l.Entries {
		rows = append(rows, display.NewRow(e.style, fmt.Sprintf("%8s", l.secondsAt(e.At)), e.Actor, e.Text))
	}
	p.Table(0, rows)
	if milestones := l.Times.rows(l.promisedVerdict()); len(milestones) > 0 {
		p.Title("From the incident")
		p.Table(0, milestones)
	}
	if l.Times.AnsweredMs > 0 {
		p.Line(display.Plain, 0, "The client got no answer for "+display.Millis(l.Times.AnsweredMs-l.Times.UnansweredMs)+".")
	}
}

// promisedVerdict returns the longest time from the incident to the verdict, by the interface's tag.
func (l timeline) promisedVerdict() time.Duration {
	n := slices.IndexFunc(l.world.Interfaces, func(e awssim.Interface) bool { return e.ID == storyInterface })
	tag, err := probetag.Parse(l.world.Interfaces[n].Tags[probetag.Name])
	if err != nil {
		panic(err) // the story's account is wrong
	}
	return tag.For + verdict.Interval + tag.Timeout
}

// rows lists the milestones that were reached.
func (t times) rows(promised time.Duration) []display.Row {
	var rows []display.Row
	for _, milestone := range []struct {
		ms   int64
		text string
	}{
		{t.VerdictMs, fmt.Sprintf("to the verdict; the tag eni-failover:probe promises %s at most", promised)},
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
