package night

import (
	"context"
	_ "embed"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/sandbox/session"
)

// freeName is the name of the story in which nothing happens by itself.
const freeName = "free"

// neighbours is a second Availability Zone, which a person who watches a story sees beside its account.
//
//go:embed neighbours.json
var neighbours string

// Playable returns the stories that a person can watch: those of [Stories], and one in which nothing happens by itself.
func Playable() []Story {
	return append(Stories(), Story{
		Name:     freeName,
		Title:    "Nothing happens by itself. You are the night: interrupt, stop, hang or kill what you like.",
		settings: map[string]string{"EVENT_BUS": "default", "PROBE_VPC": vpcID, "START_STANDBYS": "true"},
		prepare: func(w *awssim.World) {
			cold := *session.FindInstance(w, standbyID)
			cold.ID, cold.Type, cold.State = secondStandbyID, "t3a.medium", "stopped"
			cold.Tags = map[string]string{"Name": "db-3", inventory.TagGroup: "db", inventory.TagStart: "true"}
			w.Instances = append(w.Instances, cold)
		},
	})
}

// Names lists the names of the stories that a person can watch.
func Names() []string {
	var names []string
	for _, s := range Playable() {
		names = append(names, s.Name)
	}
	return names
}

// ErrOver is the error of an action on a night that has ended meanwhile.
var ErrOver = errors.New("this night has ended")

// Player plays stories for people who watch and interfere, one story at a time. It is safe for concurrent use.
type Player struct {
	// Env has the variables of the function that a story does not set itself.
	Env func(name string) (value string, ok bool)
	// Log gets the logs of the functions.
	Log io.Writer
	// Update gets each change. story counts the stories that have begun, from 1. It is called by one goroutine at a time, and
	// must not wait.
	Update func(story int, u Update)

	beginning sync.Mutex // held while a story ends and another begins; guards begun and closed
	begun     int
	closed    bool

	mu      sync.Mutex
	present *performance
}

// performance is a story that is being played.
type performance struct {
	live     *live
	commands chan command
	over     chan struct{} // closed when it has ended
}

// Begin begins a story, after the present one has ended, and returns once Update has got its first state. Its error says that
// the story or a setting can't be used, or is [ErrOver] after Close.
func (p *Player) Begin(ctx context.Context, name string) error {
	p.beginning.Lock()
	defer p.beginning.Unlock()
	all := Playable()
	n := slices.IndexFunc(all, func(s Story) bool { return s.Name == name })
	if n < 0 {
		return Action{Do: doBegin, Story: name}.Check()
	}
	settings, err := all[n].Settings(p.Env)
	if err != nil {
		return err
	}
	world, err := all[n].worldWithNeighbours()
	if err != nil {
		return err
	}
	if p.closed {
		return ErrOver
	}
	p.end()
	p.begun++
	number := p.begun
	commands, ticks := make(chan command), make(chan struct{})
	l := &live{clock: &clock{commands: commands, ticks: ticks, speed: "1", endStep: func() {}}, update: func(u Update) { p.Update(number, u) }}
	l.clock.shown = l.show
	next := &performance{live: l, commands: commands, over: make(chan struct{})}
	go tick(ticks, next.over)
	ready := make(chan error, 1)
	go func() {
		defer close(next.over)
		inFakeTime(ctx, func(ctx context.Context) {
			r, err := newRun(all[n], world, settings, p.Log, l)
			if err != nil {
				ready <- err
				return
			}
			r.perform(ctx, func() { ready <- nil })
		})
	}()
	if err := <-ready; err != nil {
		return err
	}
	p.mu.Lock()
	p.present = next
	p.mu.Unlock()
	return nil
}

// Close ends the present story. No other begins.
func (p *Player) Close() {
	p.beginning.Lock()
	defer p.beginning.Unlock()
	p.closed = true
	p.end()
}

// end ends the present story, if there is one.
func (p *Player) end() {
	p.mu.Lock()
	present := p.present
	p.present = nil
	p.mu.Unlock()
	if present == nil {
		return
	}
	cancel := func(context.Context) error {
		present.live.clock.cancel()
		return nil
	}
	present.commands <- command{do: cancel, done: make(chan error, 1)}
	<-present.over
}

// Do carries out an action. Its error is an [*ActionError], [ErrOver] or that of ctx; then nothing has changed.
func (p *Player) Do(ctx context.Context, a Action) error {
	if err := a.Check(); err != nil {
		return err
	}
	if a.Do == doBegin {
		return p.Begin(ctx, a.Story)
	}
	p.mu.Lock()
	present := p.present
	p.mu.Unlock()
	if present == nil {
		return ErrOver
	}
	return present.carryOut(ctx, func(ctx context.Context) error { return present.live.carryOut(ctx, a) })
}

// carryOut has f called in the fake time of the story, and returns its error.
func (p *performance) carryOut(ctx context.Context, f func(context.Context) error) error {
	cmd := command{do: f, done: make(chan error, 1)}
	select {
	case p.commands <- cmd:
		return <-cmd.done
	case <-p.over:
		return ErrOver
	case <-ctx.Done():
		return ctx.Err()
	}
}

// perform plays the story until it is ended from outside. It calls begun after the first state has been shown.
func (r *run) perform(ctx context.Context, begun func()) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l := r.live
	l.clock.cancel = cancel
	l.clock.running, l.clock.until = true, atStart // without a limit
	l.mu.Lock()
	l.seen = r.session.Sim().World()
	l.mu.Unlock()
	l.record(happened{what: momentCalm})
	l.show()
	begun()
	r.begin(ctx)
	r.later(ctx, untilIncident-lead, func() { l.stopHere(ctx) })
	if r.story.lasts > 0 {
		r.later(ctx, untilIncident+r.story.lasts, func() { l.end(ctx) })
	}
	r.work.Go(func() { l.watch(ctx) })
	l.clock.drive(ctx)
	r.work.Wait()
}

// worldWithNeighbours returns the account of the story as a person sees it.
func (s Story) worldWithNeighbours() (awssim.World, error) {
	w, err := s.world()
	if err != nil {
		return w, err
	}
	others, err := awssim.ParseWorld(strings.NewReader(neighbours))
	w.Instances, w.Interfaces = append(w.Instances, others.Instances...), append(w.Interfaces, others.Interfaces...)
	if session.FindInstance(&w, secondStandbyID) != nil { // a primary address like the others'
		w.Interfaces = append(w.Interfaces, awssim.Interface{
			ID: "eni-00000d30", VPC: vpcID, PrivateIPs: []awssim.PrivateIP{{Address: "10.0.1.104"}}, Attachment: &awssim.Attachment{Instance: secondStandbyID},
		})
	}
	return w, err
}
