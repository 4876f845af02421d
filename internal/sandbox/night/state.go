package night

import (
	"cmp"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

// State is what a person sees of a night at one instant.
type State struct {
	Story    string      `json:"story"` // its name
	Title    string      `json:"title"`
	Clock    ClockState  `json:"clock"`
	Sentence string      `json:"sentence"` // of the last step
	Steps    []StepState `json:"steps"`
	Services []Service   `json:"services"`
	Zones    []Zone      `json:"zones"`
	Delivery string      `json:"delivery"` // what becomes of the next event of EC2: see Action
}

// ClockState is the state of the clock.
type ClockState struct {
	AtMs    int64  `json:"atMs"`    // the time after the incident
	LastsMs int64  `json:"lastsMs"` // when the story has been told; zero if it has no end
	Running bool   `json:"running"`
	Hurry   bool   `json:"hurry"` // it goes on to a call or a step as fast as it can
	Speed   string `json:"speed"`
	Ended   bool   `json:"ended"`
}

// StepState is a step of the story.
type StepState struct {
	Text string `json:"text"`
	AtMs int64  `json:"atMs"`
	// State is done, now, ahead or skipped.
	State string `json:"state"`
	Free  bool   `json:"free,omitempty"` // a person has brought it about
}

// Service is what a client finds at the address of a managed interface.
type Service struct {
	Interface string `json:"interface"`
	Name      string `json:"name"` // the DNS name, or that of the interface
	Address   string `json:"address"`
	Record    string `json:"record"` // the type and the values of the name's record; empty if there is none
	Holder    string `json:"holder"` // the name of the instance that has the address; empty if none
	Answers   bool   `json:"answers"`
	Evidence  string `json:"evidence"` // why not
	SinceMs   int64  `json:"sinceMs"`  // when this began
}

// state returns the present state. The caller holds the lock, and that of the clock.
func (l *live) state(w awssim.World) State {
	s := l.run.story
	return State{
		Story: s.Name, Title: s.Title, Delivery: string(l.run.delivery()), Sentence: l.plot.sentence(), Steps: l.plot.states(l.ended),
		Clock: ClockState{
			AtMs: l.run.millisAt(time.Now()), LastsMs: s.lasts.Milliseconds(), Running: l.clock.running, Hurry: l.clock.until != nowhere,
			Speed: l.clock.speed, Ended: l.ended,
		},
		Services: l.run.serviceStates(w), Zones: l.run.zoneStates(w),
	}
}

// sentence returns the sentence of the last step that has happened.
func (p *plot) sentence() string {
	for n := p.next - 1; n >= 0; n-- {
		if p.steps[n].happened && p.steps[n].text != "" {
			return p.steps[n].text
		}
	}
	return ""
}

// states returns the steps for a person.
func (p *plot) states(ended bool) []StepState {
	list := []StepState{}
	for n, t := range p.steps {
		s := StepState{Text: t.text, AtMs: int64(t.at * 1000), Free: t.free, State: "ahead"}
		switch {
		case t.happened && n == p.next-1:
			s.State = "now"
		case t.happened:
			s.State = "done"
		case n < p.next || ended:
			s.State = "skipped"
		}
		list = append(list, s)
	}
	return list
}

// serviceStates says what a client finds at the managed interfaces.
func (r *run) serviceStates(w awssim.World) []Service {
	list := []Service{}
	for _, e := range w.Interfaces {
		if !managed(e) {
			continue
		}
		met, since := r.found(e.ID)
		s := Service{Interface: e.ID, Name: cmp.Or(e.Tags[inventory.TagRecord], nameOf(e)), Address: addressOf(e), Record: recordOf(w, e.Tags[inventory.TagRecord]), Answers: met == verdict.Answered, SinceMs: r.millisAt(since)}
		if a := e.Attachment; a != nil {
			s.Holder = shortName(w, a.Instance)
		}
		if !s.Answers {
			s.Evidence = string(met)
		}
		list = append(list, s)
	}
	return list
}

// recordOf returns the first address record of a name.
func recordOf(w awssim.World, name string) string {
	for _, z := range w.Zones {
		for _, r := range z.Records {
			if strings.TrimSuffix(r.Name, ".") == name && (r.Type == "A" || r.Type == "AAAA") {
				return r.Type + " " + strings.Join(r.Values, " ")
			}
		}
	}
	return ""
}

// found returns what a client met last at an interface, and since when it has been answered or not.
func (r *run) found(id string) (verdict.Evidence, time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.clients {
		if c.Interface == id {
			return c.met, c.since
		}
	}
	return verdict.Timeout, r.services.start // it is not an interface that was there in the beginning
}
