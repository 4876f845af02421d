// Package night plays stories on a simulated account in fake time: a whole night in a second. What happens to the account is
// in stories.go; what the functions make of it is not written down, since the real ones act.
//
// run.go plays a story. delivery.go is the bus and Lambda around the functions, services.go the applications on the
// instances, and client.go their clients. What happens is noted in timeline.go, and put into words in questions.go, result.go,
// invocation.go and mail.go.
//
// A person can read a night, or watch it and interfere. player.go plays one for them. clock.go stops and slows fake time; action.go
// and act.go are what the person can do. What is shown is in live.go: the account in state.go and lanes.go, the log in feed.go, the reports in
// report.go and meaning.go, and the steps of the story in moment.go, whose sentences are in sentences.go.
package night

import (
	"context"
	"io"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/eni-failover/eni-failover/events"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/pace"
	"github.com/eni-failover/eni-failover/internal/probe/ask"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
	"github.com/eni-failover/eni-failover/internal/sandbox/session"
)

const (
	// untilIncident is the time from the first sweep to the incident: a sweep has handed the interfaces to the probe, and the
	// next one is not near.
	untilIncident = 37400 * time.Millisecond
	// sweepEvery is the time between two sweeps, as in the template.
	sweepEvery = time.Minute
	// clientEvery is the time between two requests of the client.
	clientEvery = 100 * time.Millisecond
	// clientOffset makes the client's requests come at other instants than everything else, so that their order is the
	// same in each run.
	clientOffset = 37 * time.Millisecond
	// stateOffset is the same for the looks at the states of the instances.
	stateOffset = 61 * time.Millisecond
	// startOfNight is the time from midnight to the first sweep.
	startOfNight = 3 * time.Hour

	// sweepName is the sweep's event for a person.
	sweepName = "the sweep"
)

// run plays a story in fake time. It has what surrounds the functions in AWS: the schedule of the sweeps, and in
// delivery.go the bus with its rules, and Lambda. The functions are the real ones.
type run struct {
	story    Story
	session  *session.Session
	services *services
	settings failover.Settings
	log      io.Writer
	incident time.Time
	work     sync.WaitGroup
	live     *live // nil if no person watches

	mu       sync.Mutex // guards all fields below
	timeline Timeline
	// questions has the present streak of each question.
	questions map[questionKey]*streak
	// invocations counts the invocations of the failover.
	invocations int
	// clients are what is found at the addresses of the managed interfaces.
	clients []*client
	// next is what becomes of the next event of EC2.
	next delivery
	// handed counts the events on the bus that the rules have got.
	handed int
}

// newRun prepares the account of a story. It must be called in fake time.
func newRun(s Story, w awssim.World, settings failover.Settings, log io.Writer, watched *live) (*run, error) {
	time.Sleep(startOfNight)
	account, err := session.New(w, func(session.CallLine) {})
	if err != nil {
		return nil, err
	}
	r := &run{
		story: s, session: account, settings: settings, log: log, incident: time.Now().Add(untilIncident),
		services:  &services{sim: account.Sim(), start: time.Now(), failed: map[string]verdict.Evidence{}},
		questions: map[questionKey]*streak{}, live: watched, next: deliveryNormal,
	}
	if watched != nil {
		watched.run = r
		watched.plot.steps = stepsOf(s.Name)
	}
	for _, e := range r.session.Sim().World().Interfaces {
		if managed(e) {
			r.clients = append(r.clients, &client{Interface: e.ID, address: netip.MustParseAddr(addressOf(e)), since: r.services.start})
		}
	}
	r.timeline = Timeline{Story: s.Name, Title: s.Title, Incident: r.incident, World: account.Sim().World()}
	return r, nil
}

// play plays the story to its end, and returns what happened.
func (r *run) play(ctx context.Context) Timeline {
	ctx, stop := context.WithCancel(ctx)
	r.begin(ctx)
	pace.Wait(ctx, time.Until(r.incident.Add(r.story.lasts)))
	stop()
	r.work.Wait()
	r.endStreaks()
	r.timeline.Times.StartMs, r.timeline.Times.DetachMs = r.firstAccepted("StartInstances"), r.firstAccepted("DetachNetworkInterface")
	return r.timeline.sorted()
}

// begin sets everything in motion that goes on until ctx ends.
func (r *run) begin(ctx context.Context) {
	r.work.Go(func() {
		for at := -untilIncident; pace.Wait(ctx, time.Until(r.incident.Add(at))); at += sweepEvery {
			r.work.Go(func() { r.sweep(ctx) })
		}
	})
	for _, h := range r.story.happenings {
		r.later(ctx, time.Until(r.incident.Add(h.after)), func() {
			r.note(Entry{Actor: "account", Text: h.text, Style: display.Warn})
			if h.do != nil {
				h.do(ctx, r)
			}
			r.live.happen(ctx, happened{what: momentIncident, text: sentenceOf(h.text)})
		})
	}
	r.later(ctx, untilIncident-clientEvery+clientOffset, func() { r.useService(ctx) })
	r.later(ctx, untilIncident+stateOffset, func() { r.followStarts(ctx) })
}

// later calls f after a time, unless the story ends before.
func (r *run) later(ctx context.Context, wait time.Duration, f func()) {
	r.work.Go(func() {
		if pace.Wait(ctx, wait) {
			f()
		}
	})
}

// sweep sends the scheduled event.
func (r *run) sweep(ctx context.Context) {
	data, err := events.Samples.ReadFile("sweep-scheduler.json")
	if err != nil {
		panic(err) // it is embedded
	}
	r.handleEvent(ctx, sweepName, session.Event{Data: data}.HappeningAt(time.Now()).Data)
}

// interrupt makes EC2 interrupt a Spot instance, two minutes after its warning ("Spot Instance interruption notices" in
// the EC2 User Guide).
func (r *run) interrupt(instance string) {
	if err := r.session.Sim().Interrupt(instance, 2*time.Minute); err != nil {
		panic(err) // the story is wrong
	}
}

// askForProbe answers a question of the probe, and notes what it met.
func (r *run) askForProbe(ctx context.Context, q ask.Question) verdict.Evidence {
	asked := time.Now()
	met := r.services.ask(ctx, q)
	if met != verdict.Unasked {
		r.noteQuestion(questionKey{q.Check.String(), q.Address}, asked, met)
	}
	return met
}

// logger returns the log of a function.
func (r *run) logger() *slog.Logger { return slog.New(slog.NewJSONHandler(r.log, nil)) }
