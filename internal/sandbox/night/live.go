package night

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/pace"
	"github.com/eni-failover/eni-failover/internal/sandbox/session"
)

const (
	// lead is the time before the incident at which the night waits for a person.
	lead = 2 * time.Second
	// lookEvery is the time between two looks at the account, for what happens to it.
	lookEvery = 20 * time.Millisecond
	// lookOffset makes the looks come at other instants than everything else.
	lookOffset = 7 * time.Millisecond
)

// live is what a person who watches a night gets to see of it. A nil live is that of a night without one. It is safe for
// concurrent use. Methods that take a context may wait for the person, so they must be called without a lock.
type live struct {
	run   *run
	clock *clock
	// update gets what has changed, while fake time stands still or flows. It must not wait.
	update func(Update)

	telling sync.Mutex // guards told
	told    int        // the calls that have been shown

	mu    sync.Mutex // guards all fields below
	seen  awssim.World
	plot  plot
	acted bool // a person has interfered
	ended bool // the story has been told to its end
	feed  feed
}

// Update is the present state of a night, with the rows of its log that are new or have changed since the last update.
type Update struct {
	State State
	Rows  []Row
}

// tell shows an entry.
func (l *live) tell(e Entry) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.feed.add(Row{AtMs: l.run.millisAt(e.At), Actor: e.Actor, Text: e.Text, Tone: toneOf(e.Style)})
}

// tellCalls shows the calls that are new.
func (l *live) tellCalls() {
	l.telling.Lock()
	defer l.telling.Unlock()
	for _, c := range l.run.session.CallsFrom(l.told) {
		l.told++
		l.tellCall(c)
	}
}

func (l *live) tellCall(c session.CallLine) {
	l.mu.Lock()
	defer l.mu.Unlock()
	tone := toneOf(display.Plain)
	if c.Look {
		tone = toneOf(display.Dim)
	}
	if strings.Contains(c.Text, ": refused: ") {
		tone = toneOf(display.Warn)
	}
	l.feed.addCall(Row{AtMs: l.run.millisAt(c.At), Actor: c.Service, Text: c.Text, Tone: tone, Invocation: invocationOf(c.Caller)}, c.Mutating)
}

// answered is called after each call.
func (l *live) answered(ctx context.Context) {
	if l == nil {
		return
	}
	l.tellCalls()
	l.look(ctx)
	l.clock.pass(ctx, nextCall)
}

// invoked shows the beginning of an invocation.
func (l *live) invoked(ctx context.Context, inv invocation) {
	if l == nil {
		return
	}
	tone := display.Bold
	if inv.sweep {
		tone = display.Dim
	}
	l.mu.Lock()
	l.feed.add(Row{AtMs: l.run.millisAt(inv.start), Actor: "failover", Text: "gets " + inv.name, Tone: toneOf(tone), Invocation: invocationOf(inv.caller)})
	l.mu.Unlock()
	if !inv.sweep {
		l.happen(ctx, happened{what: momentInvoked, text: "The function gets " + inv.name + ", and reads what EC2 says now."})
	}
}

// returned shows the end of an invocation.
func (l *live) returned(ctx context.Context, inv invocation, end Entry, brief bool) {
	if l == nil {
		return
	}
	w := l.run.session.Sim().World()
	l.mu.Lock()
	row := Row{AtMs: l.run.millisAt(time.Now()), Actor: "failover", Text: end.Text, Tone: toneOf(end.Style), Invocation: invocationOf(inv.caller)}
	if !brief || !inv.sweep {
		row.Report = new(newReport(inv, w, row.AtMs))
	}
	l.feed.add(row)
	l.mu.Unlock()
	switch {
	case brief && !inv.sweep:
		l.happen(ctx, happened{what: momentYielded, text: fmt.Sprintf("The function returns %q.", inv.report.Outcome)})
	case !brief:
		l.happen(ctx, happened{what: momentReturned, text: fmt.Sprintf("The function returns %q. Its report says why.", inv.report.Outcome)})
	}
}

// happen notes a moment. The night stops here if it was told to go on until the next one.
func (l *live) happen(ctx context.Context, h happened) {
	if l == nil {
		return
	}
	if l.record(h) {
		l.clock.pass(ctx, nextStep)
	}
}

// record notes a moment, and reports whether it has a sentence.
func (l *live) record(h happened) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.plot.next
	l.plot.add(h, time.Since(l.run.incident).Seconds(), l.acted || l.run.story.Name == freeName)
	return l.plot.next != before
}

// watch looks at the account again and again.
func (l *live) watch(ctx context.Context) {
	pace.Wait(ctx, lookOffset)
	for pace.Wait(ctx, lookEvery) {
		l.look(ctx)
	}
}

// look compares the account with the last look, and notes what has happened to it.
func (l *live) look(ctx context.Context) {
	l.mu.Lock()
	w := l.run.session.Sim().World() // with the lock, so that no look is older than the one before
	list := slices.Concat(interfaceMoments(l.seen, w), instanceMoments(l.seen, w))
	l.seen = w
	l.mu.Unlock()
	for _, h := range list {
		l.happen(ctx, h)
	}
}

// show hands the present state to the one who watches. It is called while the clock is locked.
func (l *live) show() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.update(Update{State: l.state(l.run.session.Sim().World()), Rows: l.feed.changes()})
}

// end stops the clock when the story has been told. A person can let it go on.
func (l *live) end(ctx context.Context) {
	l.mu.Lock()
	l.ended = true
	l.mu.Unlock()
	l.record(happened{what: momentEnd})
	l.stopHere(ctx)
}

// stopHere stops the clock.
func (l *live) stopHere(ctx context.Context) {
	l.clock.mu.Lock()
	defer l.clock.mu.Unlock()
	l.clock.halt()
	l.clock.obey(ctx)
}
