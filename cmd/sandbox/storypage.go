package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/probe/probetag"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

// showStories lists the stories.
func showStories(p *page) {
	var rows []row
	for _, s := range stories() {
		rows = append(rows, newRow(plain, s.name, s.title))
	}
	p.line(bold, 0, "The stories that -story tells")
	p.table(2, rows)
}

// show shows the story for a person.
func (l timeline) show(p *page) {
	p.line(bold, 0, "eni-failover sandbox: "+l.Story)
	p.line(plain, 2, l.Title+" The functions' own code plays it on a simulated AWS, in fake time.")
	showObjects(p, l.world)
	p.title("Seconds since the incident")
	var rows []row
	for _, e := range l.Entries {
		rows = append(rows, newRow(e.style, fmt.Sprintf("%8s", l.secondsAt(e.At)), e.Actor, e.Text))
	}
	p.table(0, rows)
	if milestones := l.Times.rows(l.promisedVerdict()); len(milestones) > 0 {
		p.title("From the incident")
		p.table(0, milestones)
	}
	if l.Times.AnsweredMs > 0 {
		p.line(plain, 0, "The client got no answer for "+millis(l.Times.AnsweredMs-l.Times.UnansweredMs)+".")
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
func (t times) rows(promised time.Duration) []row {
	var rows []row
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
			rows = append(rows, newRow(plain, fmt.Sprintf("%10s", millis(milestone.ms)), milestone.text))
		}
	}
	return rows
}
