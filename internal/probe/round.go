package probe

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/eni-failover/eni-failover/internal/probe/ask"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

const (
	// gather is how long after a verdict the run goes on, if the promised time allows it: what goes down with the same host within this time is in the
	// same verdict, and not left to another run.
	gather = 100 * time.Millisecond
	// slot is the grain of the spread: each waking costs a small function more than a question.
	slot = 20 * time.Millisecond
	// maxLate is how late a question may be asked. A later one is left out: it would stand for an instant that it was
	// not asked at.
	maxLate = verdict.Interval / 2
	// maxConnections limits the questions under way, each of which takes a file descriptor: an execution environment
	// has 1,024 ("Lambda quotas").
	maxConnections = 900
)

// round is one run in progress. Only its loop touches it; what the questions met comes through met.
type round struct {
	network Network
	start   time.Time
	end     time.Time
	targets []verdict.Target
	state   *verdict.Run
	// order has the targets in the order in which they are asked within a second, and offset when.
	order  []int
	offset []time.Duration
	// next counts the questions, of all targets in turn.
	next int
	// askedWitness says when a witness was last asked, so that several targets that share it ask it once.
	askedWitness map[netip.AddrPort]time.Time

	connections int
	met         chan message
	asking      sync.WaitGroup
}

// message is what a question met, of a target or of a witness.
type message struct {
	ended       time.Time
	connections int

	target   int
	asked    time.Time
	question verdict.Question

	witness netip.Addr // valid if it is about a witness
	heard   bool
}

func newRound(network Network, in verdict.Input, start time.Time) *round {
	end := start.Add(in.Run)
	r := &round{
		network: network, start: start, end: end, targets: in.Targets, state: verdict.NewRun(in.Targets, end),
		askedWitness: map[netip.AddrPort]time.Time{}, met: make(chan message, maxConnections),
	}
	r.spread()
	return r
}

// spread spreads the questions over the second. Those to one holder come together, so that what goes down with it is
// known at one moment.
func (r *round) spread() {
	holders := map[string]int{}
	for n, t := range r.targets {
		if _, ok := holders[t.Instance]; !ok {
			holders[t.Instance] = len(holders)
		}
		r.order = append(r.order, n)
	}
	slices.SortStableFunc(r.order, func(a, b int) int { return holders[r.targets[a].Instance] - holders[r.targets[b].Instance] })
	r.offset = make([]time.Duration, len(r.targets))
	for n, t := range r.targets {
		even := verdict.Interval * time.Duration(holders[t.Instance]) / time.Duration(len(holders))
		r.offset[n] = even.Truncate(slot)
	}
}

// run asks until there is a verdict, the run is over, or ctx ends.
func (r *round) run(ctx context.Context) verdict.Event {
	asking, stop := context.WithCancel(ctx)
	end := r.loop(asking)
	stop()
	r.asking.Wait() // no connection outlives the invocation
	return r.state.Event(end)
}

// loop is the only place where things happen: a question is due, or one has met something. It returns the instant at
// which the run ended.
func (r *round) loop(ctx context.Context) time.Time {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var closing time.Time // when the run ends with a verdict; zero: there is none
	for {
		now := time.Now()
		by, ready := r.state.Ready(now)
		switch {
		case !ready:
			closing = time.Time{}
		case closing.IsZero():
			closing = earlier(now.Add(gather), by)
		}
		if !now.Before(r.end) || !closing.IsZero() && !now.Before(closing) || ctx.Err() != nil {
			return now
		}
		r.askDue(ctx, now)
		timer.Reset(time.Until(r.wake(now, closing)))
		select {
		case <-ctx.Done():
		case m := <-r.met:
			r.note(m)
			r.drain()
		case <-timer.C:
		}
	}
}

// wake is when the loop has something to do by itself.
func (r *round) wake(now, closing time.Time) time.Time {
	_, asks := r.upcoming()
	return earlier(earlier(r.end, asks), earlier(closing, r.state.Due(now)))
}

// earlier returns the earlier of two instants, of which one that is zero never comes.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// drain takes what has come meanwhile, so that one decision is made about all of it.
func (r *round) drain() {
	for {
		select {
		case m := <-r.met:
			r.note(m)
		default:
			return
		}
	}
}

// note hands a message to the run's state.
func (r *round) note(m message) {
	r.connections -= m.connections
	switch {
	case !m.witness.IsValid():
		r.state.Met(m.target, m.asked, m.ended, m.question)
	case m.heard:
		r.state.WitnessHeard(m.witness, m.ended)
	}
}

// upcoming returns the target that is asked next, and when.
func (r *round) upcoming() (target int, at time.Time) {
	target = r.order[r.next%len(r.order)]
	second := time.Duration(r.next/len(r.order)) * verdict.Interval
	return target, r.start.Add(second + r.offset[target])
}

// askDue asks all questions that are due.
func (r *round) askDue(ctx context.Context, now time.Time) {
	for {
		target, at := r.upcoming()
		if at.After(now) {
			return
		}
		r.next++
		t := r.targets[target]
		for _, w := range r.state.WitnessesOf(target) {
			r.askWitness(ctx, w, at, t.Probe.Timeout)
		}
		r.state.Asked(target, at)
		if now.Sub(at) > maxLate || r.connections+len(t.Probe.Checks) > maxConnections {
			r.state.Met(target, at, now, verdict.Question{Evidence: verdict.Unasked})
			continue
		}
		r.askTarget(ctx, target, at)
	}
}

// askTarget asks all checks of a target at once.
func (r *round) askTarget(ctx context.Context, target int, at time.Time) {
	t := r.targets[target]
	r.connections += len(t.Probe.Checks)
	r.asking.Go(func() {
		met := make([]verdict.Evidence, len(t.Probe.Checks))
		var checks sync.WaitGroup
		for n, check := range t.Probe.Checks {
			q := ask.Question{Check: check, Address: t.Address, Host: t.Host, Timeout: t.Probe.Timeout}
			if n == len(met)-1 { // the last, and mostly the only one, needs no goroutine of its own
				met[n] = r.network.Ask(ctx, q)
				continue
			}
			checks.Go(func() { met[n] = r.network.Ask(ctx, q) })
		}
		checks.Wait()
		r.send(ctx, message{
			ended: time.Now(), connections: len(met), target: target, asked: at, question: verdict.Join(t.Probe.Checks, met),
		})
	})
}

// askWitness asks a witness, unless it has been asked in this second.
func (r *round) askWitness(ctx context.Context, w netip.AddrPort, at time.Time, timeout time.Duration) {
	if at.Sub(r.askedWitness[w]) < verdict.Interval || r.connections >= maxConnections {
		return
	}
	r.askedWitness[w] = at
	r.connections++
	r.asking.Go(func() {
		heard := r.network.Witness(ctx, w, timeout)
		r.send(ctx, message{ended: time.Now(), connections: 1, witness: w.Addr(), heard: heard})
	})
}

// send gives a message to the loop. Once that has ended nobody waits for it.
func (r *round) send(ctx context.Context, m message) {
	select {
	case r.met <- m:
	case <-ctx.Done():
	}
}
