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
	// clientOffset keeps the client's requests apart from what else happens.
	clientOffset = 37 * time.Millisecond
	// startOfNight is the time from midnight to the first sweep.
	startOfNight = 3 * time.Hour
)

// stage plays a story in fake time. It is what surrounds the functions in AWS: the schedule of the sweeps, and in
// storydelivery.go the bus with its rules and Lambda. The functions on it are the real ones.
type stage struct {
	story    story
	session  *session
	services *services
	settings failover.Settings
	log      io.Writer
	incident time.Time
	work     sync.WaitGroup

	mu          sync.Mutex
	timeline    timeline
	questions   map[questionKey]*streak
	invocations int
	// handed counts the events on the bus that the rules have got.
	handed int
}

// newStage prepares the account of a story. It must be called in fake time.
func newStage(s story, w awssim.World, settings failover.Settings, log io.Writer) (*stage, error) {
	time.Sleep(startOfNight)
	account, err := newSession(w, func(callLine) {})
	if err != nil {
		return nil, err
	}
	st := &stage{
		story: s, session: account, settings: settings, log: log, incident: time.Now().Add(untilIncident),
		services:  &services{sim: account.now(), start: time.Now(), failed: map[string]verdict.Evidence{}},
		questions: map[questionKey]*streak{},
	}
	st.timeline = timeline{Story: s.name, Title: s.title, Incident: st.incident, world: account.now().World()}
	return st, nil
}

// play plays the story to its end, and returns what happened.
func (s *stage) play(ctx context.Context) timeline {
	ctx, stop := context.WithCancel(ctx)
	for at := -untilIncident; at < s.story.lasts; at += sweepEvery {
		s.later(ctx, until(s.incident.Add(at)), func() { s.sweep(ctx) })
	}
	for _, h := range s.story.happenings {
		s.later(ctx, until(s.incident.Add(h.after)), func() {
			s.note(entry{Actor: "account", Text: h.text, style: warn})
			if h.do != nil {
				h.do(ctx, s)
			}
		})
	}
	s.later(ctx, untilIncident-clientEvery+clientOffset, func() { s.useService(ctx) })
	pace.Wait(ctx, until(s.incident.Add(s.story.lasts)))
	stop()
	s.work.Wait()
	s.endStreaks()
	return s.timeline.sorted()
}

func until(at time.Time) time.Duration { return time.Until(at) }

// later calls f after a time, unless the story ends before.
func (s *stage) later(ctx context.Context, wait time.Duration, f func()) {
	s.work.Go(func() {
		if pace.Wait(ctx, wait) {
			f()
		}
	})
}

// sweep sends the scheduled event.
func (s *stage) sweep(ctx context.Context) {
	data, err := events.Samples.ReadFile("sweep-scheduler.json")
	if err != nil {
		panic(err) // it is embedded
	}
	s.handleEvent(ctx, "the sweep", event{data: data}.happeningAt(time.Now()).data)
}

// interrupt makes EC2 interrupt a Spot instance, two minutes after its warning ("Spot Instance interruption notices" in
// the EC2 User Guide).
func (s *stage) interrupt(instance string) {
	if err := s.session.now().Interrupt(instance, 2*time.Minute); err != nil {
		panic(err) // the story is wrong
	}
}

// useService is a client of the database, which notes when it gets no answer and when it gets one again.
func (s *stage) useService(ctx context.Context) {
	address := netip.MustParseAddr(storyAddress)
	answered := true
	for pace.Wait(ctx, clientEvery) {
		met := s.services.meets(address)
		if now := met == verdict.Answered; now != answered {
			answered = now
			s.noteService(met)
		}
	}
}

// noteService notes that the client's answer has changed.
func (s *stage) noteService(met verdict.Evidence) {
	if met != verdict.Answered {
		s.note(entry{Actor: "client", Text: "gets no answer at " + storyAddress + ": " + string(met), style: bad})
		return
	}
	s.mark(&s.timeline.Times.AnsweredMs)
	w := s.session.now().World()
	where := ""
	for _, e := range w.Interfaces {
		if e.ID == storyInterface && e.Attachment != nil {
			where = label(w, e.Attachment.Instance)
		}
	}
	s.note(entry{Actor: "client", Text: "is answered at " + storyAddress + " again, by " + where, style: good})
}

// askForProbe answers a question of the probe, and notes what it met.
func (s *stage) askForProbe(ctx context.Context, q ask.Question) verdict.Evidence {
	asked := time.Now()
	met := s.services.ask(ctx, q)
	if met != verdict.Unasked {
		s.noteQuestion(questionKey{q.Check.String(), q.Address}, asked, met)
	}
	return met
}

// logger is the log of a function.
func (s *stage) logger() *slog.Logger { return slog.New(slog.NewJSONHandler(s.log, nil)) }
