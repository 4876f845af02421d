package night

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eni-failover/eni-failover/internal/plan"
)

// watcher is a person who watches.
type watcher struct {
	mu     sync.Mutex
	number int
	state  State
	rows   map[int]Row
}

func (w *watcher) update(number int, u Update) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if number != w.number {
		w.number, w.rows = number, map[int]Row{}
	}
	w.state = u.State
	for _, r := range u.Rows {
		w.rows[r.N] = r
	}
}

// standing waits until the clock stands, and returns the state.
func (w *watcher) standing(t *testing.T) State {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		w.mu.Lock()
		s := w.state
		w.mu.Unlock()
		if !s.Clock.Running {
			return s
		}
	}
	t.Fatal("the clock does not stop")
	return State{}
}

// at returns the present time of the night.
func (w *watcher) at() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state.Clock.AtMs
}

// begin begins a story that a person watches.
func begin(t *testing.T, story string) (*Player, *watcher) {
	t.Helper()
	w := &watcher{}
	p := &Player{Env: noEnv, Log: io.Discard, Update: w.update}
	t.Cleanup(p.Close)
	if err := p.Begin(t.Context(), story); err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.state.Zones) == 0 {
		t.Fatal("nothing to see yet")
	}
	return p, w
}

func noEnv(string) (string, bool) { return "", false }

// A night that a person watches goes as the one that is told: with the same calls, entries and times, whatever the speed and
// wherever it is stopped. It goes through all its steps in their order, and through nothing else, if not interfered with.
func TestWatchingChangesNothing(t *testing.T) {
	t.Parallel()
	for _, s := range Stories() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			p, w := begin(t, s.Name)
			random := rand.New(rand.NewPCG(1, uint64(len(s.Name))))
			for !w.standing(t).Clock.Ended {
				do := Action{Do: []string{doNextCall, doNextStep, doPlay}[random.IntN(3)]}
				if err := p.Do(t.Context(), Action{Do: doSpeed, Speed: "10"}); err != nil {
					t.Fatal(err)
				}
				if err := p.Do(t.Context(), do); err != nil {
					t.Fatal(err)
				}
				if do.Do == doPlay {
					time.Sleep(time.Duration(random.IntN(60)) * time.Millisecond)
					if err := p.Do(t.Context(), Action{Do: doPause}); err != nil {
						t.Fatal(err)
					}
				}
			}
			for _, step := range w.standing(t).Steps {
				if step.State != "done" && step.State != "now" || step.Free {
					t.Errorf("%s at %d ms, free %t: %s", step.State, step.AtMs, step.Free, step.Text)
				}
			}
			world, err := s.worldWithNeighbours()
			if err != nil {
				t.Fatal(err)
			}
			settings, err := s.Settings(noEnv)
			if err != nil {
				t.Fatal(err)
			}
			var told Timeline
			inFakeTime(t.Context(), func(ctx context.Context) {
				r, err := newRun(s, world, settings, io.Discard, nil)
				if err != nil {
					panic(err)
				}
				told = r.play(ctx)
			})
			watched := p.present.live.run
			watched.mu.Lock()
			defer watched.mu.Unlock()
			if diff := cmp.Diff(told.Times, watched.timeline.Times, cmpopts.IgnoreFields(Times{}, "StartMs", "DetachMs")); diff != "" {
				t.Errorf("-told +watched:\n%s", diff)
			}
			if got, want := texts(watched.timeline.sorted()), texts(told); got != want {
				t.Errorf("-told +watched:\n%s", cmp.Diff(want, got))
			}
		})
	}
}

// The clock never goes faster than it was told to, and stands when it was told to.
func TestSpeeds(t *testing.T) {
	t.Parallel()
	p, w := begin(t, freeName)
	for speed, factor := range map[string]float64{"0.1": 0.1, "1": 1, "10": 10} {
		before := w.standing(t).Clock.AtMs
		start := time.Now()
		for _, a := range []Action{{Do: doSpeed, Speed: speed}, {Do: doPlay}} {
			if err := p.Do(t.Context(), a); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(400 * time.Millisecond)
		for w.at() <= before {
			time.Sleep(realTick) // a busy machine
		}
		if err := p.Do(t.Context(), Action{Do: doPause}); err != nil {
			t.Fatal(err)
		}
		after := w.standing(t).Clock.AtMs
		if most := factor*float64(time.Since(start)+2*realTick)/float64(time.Millisecond) + 1; float64(after-before) > most {
			t.Errorf("at %s: %d ms, at most %.0f", speed, after-before, most)
		}
		time.Sleep(2 * realTick)
		if now := w.standing(t).Clock.AtMs; now != after {
			t.Errorf("it stands, and %d ms have passed", now-after)
		}
	}
}

// Told to go on to the next call, the night stops when one has been answered, and no later.
func TestNextCall(t *testing.T) {
	t.Parallel()
	p, w := begin(t, "interruption")
	last := 0
	for range 12 {
		w.standing(t)
		if err := p.Do(t.Context(), Action{Do: doNextCall}); err != nil {
			t.Fatal(err)
		}
		at := w.standing(t).Clock.AtMs
		calls, latest := 0, int64(-1<<60)
		w.mu.Lock()
		for _, r := range w.rows {
			if r.Invocation > 0 && r.Actor != "failover" {
				calls += max(r.Times, 1)
				latest = max(latest, r.AtMs, r.LastMs)
			}
		}
		w.mu.Unlock()
		const half = 26 // milliseconds from a call's effect to its answer
		if calls < last || at < latest || at > latest+half {
			t.Errorf("after %d calls there are %d, the last at %d ms; the clock stands at %d ms", last, calls, latest, at)
		}
		last = calls
	}
	if last < 12 { // those that are answered at one instant are shown together
		t.Errorf("%d calls after 12 stops", last)
	}
}

// Nothing is asked for that the documentation does not explain: each outcome and each reason of a candidate has a meaning.
func TestMeanings(t *testing.T) {
	t.Parallel()
	all := meanings()
	for _, code := range []string{
		string(plan.OutcomeMoved), string(plan.OutcomeStranded), string(plan.OutcomeFailed), string(plan.OutcomeSuperseded), string(plan.ReasonOtherAZ),
		string(plan.ReasonDoomed), string(plan.ReasonMovedByOther), string(plan.ReasonNoStandby), string(plan.ReasonReached), string(plan.ReasonNotRunning),
	} {
		if text := all[code]; text == "" || strings.ContainsAny(text, "`[]") {
			t.Errorf("%s: %q", code, text)
		}
	}
}

// An action on a night that has ended is refused, and so is one on a night that never began.
func TestOver(t *testing.T) {
	t.Parallel()
	p, w := begin(t, freeName)
	w.standing(t)
	p.Close()
	if err := p.Do(t.Context(), Action{Do: doBegin, Story: freeName}); !errors.Is(err, ErrOver) {
		t.Error(err)
	}
	for _, player := range []*Player{p, {Env: noEnv, Log: io.Discard}} {
		if err := player.Do(t.Context(), Action{Do: doPlay}); !errors.Is(err, ErrOver) {
			t.Error(err)
		}
		player.Close()
	}
}

// texts returns the entries that do not wait for the end of the night.
func texts(l Timeline) string {
	var b strings.Builder
	for _, e := range l.Entries {
		if e.Actor != "probe" {
			fmt.Fprintln(&b, l.SecondsAt(e.At), e.Actor, e.Text)
		}
	}
	return b.String()
}

// Whatever a person does, in whatever order: the account stays one that EC2 can have, no managed interface is lost, and what a
// button offers can be done.
func TestRandomActs(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			p, w := begin(t, freeName)
			random := rand.New(rand.NewPCG(seed, 0))
			for range 40 {
				s := w.standing(t)
				var offered, refused []Action
				for _, z := range s.Zones {
					for _, in := range z.Instances {
						for _, a := range in.Acts {
							do := Action{Do: a.Do, Instance: in.ID}
							if a.Why == "" {
								offered = append(offered, do)
							} else {
								refused = append(refused, do)
							}
						}
						for _, e := range in.Interfaces {
							for _, a := range e.Acts {
								offered = append(offered, Action{Do: a.Do, Interface: e.ID})
							}
						}
					}
				}
				for _, a := range refused {
					var wrong *ActionError
					if err := p.Do(t.Context(), a); !errors.As(err, &wrong) {
						t.Fatalf("%+v: %v", a, err)
					}
				}
				if len(offered) == 0 {
					return // all are terminated
				}
				a := offered[random.IntN(len(offered))]
				if a.Do == "terminate" && random.IntN(3) > 0 {
					continue // or there is soon nothing left
				}
				for _, a := range []Action{{Do: doDelivery, Delivery: []string{"normal", "lost", "twice"}[random.IntN(3)]}, a, {Do: doNextCall}} {
					if err := p.Do(t.Context(), a); err != nil {
						t.Fatalf("%+v: %v", a, err)
					}
				}
			}
			if s := w.standing(t); len(s.Services) != 3 {
				t.Errorf("%d of 3 managed interfaces are left", len(s.Services))
			}
		})
	}
}
