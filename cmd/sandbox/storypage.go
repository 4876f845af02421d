package main

import (
	"fmt"
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
	l.Times.show(p)
}

// show shows the milestones that were reached.
func (t times) show(p *page) {
	p.title("From the incident")
	var rows []row
	for _, milestone := range []struct {
		ms   int64
		text string
	}{
		{t.VerdictMs, "to the verdict"},
		{t.MovedMs, "to the end of the move"},
		{t.AnsweredMs, "to the first answer on the standby"},
		{t.ReachedMs, "to the tag eni-failover:reached, which arms the probe there"},
	} {
		if milestone.ms > 0 {
			rows = append(rows, newRow(plain, fmt.Sprintf("%8s", millis(milestone.ms)), milestone.text))
		}
	}
	p.table(0, rows)
}
