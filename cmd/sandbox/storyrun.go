package main

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
)

// storyRun plays a story in fake time. It has what surrounds the functions in AWS: the schedule of the sweeps, and in
// storydelivery.go the bus with its rules, and Lambda. The functions are the real ones.
type storyRun struct {
	story    story
	session  *session
	services *services
	settings failover.Settings
	log      io.Writer
	incident time.Time
	work     sync.WaitGroup

	mu       sync.Mutex // guards all fields below
	timeline timeline
	// questions has the present streak of each question.
	questions map[questionKey]*streak
	// invocations counts the invocations of the failover.
	invocations int
	// handed counts the events on the bus that the rules have got.
	handed int
}

// newStoryRun prepares the account of a story. It must be called in fake time.
func newStoryRun(s story, w awssim.World, settings failover.Settings, log io.Writer) (*storyRun, error) {
	time.Sleep(startOfNight)
	account, err := newSession(w, func(callLine) {})
	if err != nil {
		return nil, err
	}
	r := &storyRun{
		story: s, session: account, settings: settings, log: log, incident: time.Now().Add(untilIncident),
		services:  &services{sim: account.now(), start: time.Now(), failed: map[string]verdict.Evidence{}},
		questions: map[questionKey]*streak{},
	}
	r.timeline = timeline{Story: s.name, Title: s.title, Incident: r.incident, world: account.now().World()}
	return r, nil
}

// play plays the story to its end, and returns what happened.
func (r *storyRun) play(ctx context.Context) timeline {
	ctx, stop := context.WithCancel(ctx)
	for at := -untilIncident; at < r.story.lasts; at += sweepEvery {
		r.later(ctx, time.Until(r.incident.Add(at)), func() { r.sweep(ctx) })
	}
	for _, h := range r.story.happenings {
		r.later(ctx, time.Until(r.incident.Add(h.after)), func() {
			r.note(entry{Actor: "account", Text: h.text, style: display.Warn})
			if h.do != nil {
				h.do(ctx, r)
			}
		})
	}
	r.later(ctx, untilIncident-clientEvery+clientOffset, func() { r.useService(ctx) })
	r.later(ctx, untilIncident+stateOffset, func() { r.followStarts(ctx) })
	pace.Wait(ctx, time.Until(r.incident.Add(r.story.lasts)))
	stop()
	r.work.Wait()
	r.endStreaks()
	r.timeline.Times.StartMs, r.timeline.Times.DetachMs = r.firstAccepted("StartInstances"), r.firstAccepted("DetachNetworkInterface")
	return r.timeline.sorted()
}

// later calls f after a time, unless the story ends before.
func (r *storyRun) later(ctx context.Context, wait time.Duration, f func()) {
	r.work.Go(func() {
		if pace.Wait(ctx, wait) {
			f()
		}
	})
}

// sweep sends the scheduled event.
func (r *storyRun) sweep(ctx context.Context) {
	data, err := events.Samples.ReadFile("sweep-scheduler.json")
	if err != nil {
		panic(err) // it is embedded
	}
	r.handleEvent(ctx, "the sweep", event{data: data}.happeningAt(time.Now()).data)
}

// interrupt makes EC2 interrupt a Spot instance, two minutes after its warning ("Spot Instance interruption notices" in
// the EC2 User Guide).
func (r *storyRun) interrupt(instance string) {
	if err := r.session.now().Interrupt(instance, 2*time.Minute); err != nil {
		panic(err) // the story is wrong
	}
}

// useService acts as a client of the database. It notes when the answers end, and when they begin again.
func (r *storyRun) useService(ctx context.Context) {
	address := netip.MustParseAddr(storyAddress)
	answered := true
	for pace.Wait(ctx, clientEvery) {
		met := r.services.meets(address)
		if now := met == verdict.Answered; now != answered {
			answered = now
			r.noteService(met)
		}
	}
}

// noteService notes that the client's answer has changed.
func (r *storyRun) noteService(met verdict.Evidence) {
	if met != verdict.Answered {
		r.setTime(&r.timeline.Times.UnansweredMs)
		r.note(entry{Actor: "client", Text: "gets no answer at " + storyAddress + ": " + string(met), style: display.Bad})
		return
	}
	r.setTime(&r.timeline.Times.AnsweredMs)
	w := r.session.now().World()
	where := ""
	for _, e := range w.Interfaces {
		if e.ID == storyInterface && e.Attachment != nil {
			where = label(w, e.Attachment.Instance)
		}
	}
	r.note(entry{Actor: "client", Text: "is answered at " + storyAddress + " again, by " + where, style: display.Good})
}

// askForProbe answers a question of the probe, and notes what it met.
func (r *storyRun) askForProbe(ctx context.Context, q ask.Question) verdict.Evidence {
	asked := time.Now()
	met := r.services.ask(ctx, q)
	if met != verdict.Unasked {
		r.noteQuestion(questionKey{q.Check.String(), q.Address}, asked, met)
	}
	return met
}

// logger returns the log of a function.
func (r *storyRun) logger() *slog.Logger { return slog.New(slog.NewJSONHandler(r.log, nil)) }
