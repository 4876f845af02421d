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
	// gatherTime is the time that a run continues after a verdict, if the promised time allows it. All that goes down
	// with the same host in this time is in the same verdict, and need not wait for another run.
	gatherTime = 100 * time.Millisecond
	// leastGatherTime is the same where the promised time is over: questions that ended at the same moment are heard all.
	leastGatherTime = 10 * time.Millisecond
	// spreadGrain is the unit of the offsets between questions. A wake-up costs a small function a good part of a question.
	// Up to this time passes until the last of 200 targets in a second has its turn, so it has to be shorter than the
	// shortest time-out.
	spreadGrain = 50 * time.Millisecond
	// maxLate limits the delay of a question. A later one is left out: it would stand for an instant at which it was
	// not asked. After it, the prober asks less for a second.
	maxLate = verdict.Interval / 2
	// sparing is the number of seconds in which a target is asked once while the prober is late.
	sparing = 4
	// maxConnections limits the questions in flight. Each takes a file descriptor, and an execution environment has
	// 1,024 ("Lambda quotas").
	maxConnections = 900
)

// runLoop is one run in progress. Only its loop accesses it; goroutines send it messages.
type runLoop struct {
	network Network
	start   time.Time
	targets []verdict.Target
	verdict *verdict.Run
	// order has the targets in the order in which they are asked within a second, and offset the time of each.
	order  []int
	offset []time.Duration
	// next counts the questions, of all targets in turn.
	next int
	// askedWitness has the time of each witness's last question, so that targets that share a witness ask it once.
	askedWitness map[netip.AddrPort]time.Time

	// connections counts the questions in flight.
	connections int
	late        lateness
	messages    chan message
	asking      sync.WaitGroup
}

// message is the outcome of a question to a target or to a witness.
type message struct {
	ended time.Time
	// connections is the number of connections that the question has released.
	connections int

	target int
	// asked is when the question was due, and started when it had its turn.
	asked, started time.Time
	outcome        verdict.Outcome

	witness netip.Addr // valid if a witness was asked
	heard   bool
}

func newRunLoop(network Network, in verdict.Input, start time.Time) *runLoop {
	r := &runLoop{
		network: network, start: start, targets: in.Targets, verdict: verdict.NewRun(in.Targets, start, start.Add(in.Run)),
		askedWitness: map[netip.AddrPort]time.Time{}, late: lateness{}, messages: make(chan message, maxConnections),
	}
	r.assignOffsets()
	return r
}

// assignOffsets spreads the questions over the second. Targets on one holder are asked together, so that all that goes
// down with it is known at the same moment.
func (r *runLoop) assignOffsets() {
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
		r.offset[n] = even.Truncate(spreadGrain)
	}
}

// run asks until there is a verdict, the run ends, or ctx ends.
func (r *runLoop) run(ctx context.Context) verdict.Event {
	askCtx, stop := context.WithCancel(ctx)
	end := r.loop(askCtx)
	stop()
	r.asking.Wait() // no connection outlives the invocation
	return r.verdict.Event(end)
}

// loop asks the questions and handles their outcomes. It returns the instant at which the run ended.
func (r *runLoop) loop(ctx context.Context) time.Time {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var since time.Time // when there was a verdict first, zero if there is none
	for {
		now := time.Now()
		by, ready := r.verdict.Ready(now)
		switch {
		case !ready:
			since = time.Time{}
		case since.IsZero():
			since = now
		}
		closing := r.closing(now, since, by)
		if !now.Before(r.verdict.Until(now)) || !closing.IsZero() && !now.Before(closing) || ctx.Err() != nil {
			return now
		}
		r.askDue(ctx, now)
		timer.Reset(time.Until(r.wakeTime(now, closing)))
		select {
		case <-ctx.Done():
		case m := <-r.messages:
			r.handle(m)
			r.drain()
		case <-timer.C:
		}
	}
}

// closing returns the time at which a run ends that has a verdict since an instant, and for which a verdict is promised by
// another one; zero if it has none.
func (r *runLoop) closing(now, since, by time.Time) time.Time {
	if since.IsZero() {
		return time.Time{}
	}
	at := by
	if !r.verdict.Unsettled(now) {
		at = earlier(since.Add(gatherTime), by)
	}
	if least := since.Add(leastGatherTime); at.Before(least) {
		return least
	}
	return at
}

// wakeTime returns when the loop must continue without a message.
func (r *runLoop) wakeTime(now, closing time.Time) time.Time {
	_, nextQuestion := r.upcoming()
	return earlier(earlier(r.verdict.Until(now), nextQuestion), earlier(closing, r.verdict.Due(now)))
}

// earlier returns the earlier of two instants. A zero instant never comes.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// drain handles all messages that have arrived, so that one decision considers them all.
func (r *runLoop) drain() {
	for {
		select {
		case m := <-r.messages:
			r.handle(m)
		default:
			return
		}
	}
}

// handle passes a message on to the run.
func (r *runLoop) handle(m message) {
	r.connections -= m.connections
	switch {
	case !m.witness.IsValid():
		r.verdict.Ended(m.target, m.asked, m.ended, r.excused(m))
	case m.heard:
		r.verdict.WitnessHeard(m.witness, m.ended)
	}
}

// excused returns the outcome of a question, without a time-out that the prober itself may have caused.
func (r *runLoop) excused(m message) verdict.Outcome {
	r.late.observe(m.started, m.started.Sub(m.asked))
	if m.outcome.Evidence != verdict.Timeout {
		return m.outcome
	}
	timeout := r.targets[m.target].Probe.Timeout
	r.late.observe(m.ended, m.ended.Sub(m.asked)-timeout)
	if r.late.worst(m.asked, m.ended) > timeout/turns {
		return verdict.Outcome{Evidence: verdict.Unasked, Heard: m.outcome.Heard}
	}
	return m.outcome
}

// upcoming returns the next target, and when to ask it.
func (r *runLoop) upcoming() (target int, at time.Time) {
	target = r.order[r.next%len(r.order)]
	second := time.Duration(r.next/len(r.order)) * verdict.Interval
	return target, r.start.Add(second + r.offset[target])
}

func (r *runLoop) askDue(ctx context.Context, now time.Time) {
	for {
		target, at := r.upcoming()
		if at.After(now) {
			return
		}
		r.next++
		t := r.targets[target]
		for _, w := range r.verdict.WitnessesOf(target) {
			r.askWitness(ctx, w, at, t.Probe.Timeout)
		}
		r.verdict.Asked(target, at)
		if now.Sub(at) > maxLate || r.spares(now) || r.connections+len(t.Probe.Checks) > maxConnections {
			r.verdict.Ended(target, at, now, verdict.Outcome{Evidence: verdict.Unasked})
			continue
		}
		r.askTarget(ctx, target, at)
	}
}

// spares reports whether the question whose turn it is is left out because the prober is late. Each target is still asked
// now and then. Without this a prober with a little too much to do would soon only start questions and never end one.
func (r *runLoop) spares(now time.Time) bool {
	round := r.next/len(r.order) + r.next%len(r.order)
	return round%sparing != 0 && r.late.worst(now.Add(-verdict.Interval), now) > maxLate
}

// askTarget asks all checks of a target at once.
func (r *runLoop) askTarget(ctx context.Context, target int, at time.Time) {
	t := r.targets[target]
	r.connections += len(t.Probe.Checks)
	r.asking.Go(func() {
		started := time.Now()
		met := make([]verdict.Evidence, len(t.Probe.Checks))
		var checks sync.WaitGroup
		for n, check := range t.Probe.Checks {
			q := ask.Question{Check: check, Address: t.Address, Host: t.Host, Timeout: t.Probe.Timeout}
			if n == len(met)-1 { // the last check, and often the only one, needs no goroutine of its own
				met[n] = r.network.Ask(ctx, q)
				continue
			}
			checks.Go(func() { met[n] = r.network.Ask(ctx, q) })
		}
		checks.Wait()
		r.send(ctx, message{
			ended: time.Now(), connections: len(met), target: target, asked: at, started: started, outcome: verdict.Join(t.Probe.Checks, met),
		})
	})
}

// askWitness asks a witness, unless it was asked in this second, or is not one.
func (r *runLoop) askWitness(ctx context.Context, w netip.AddrPort, at time.Time, timeout time.Duration) {
	if at.Sub(r.askedWitness[w]) < verdict.Interval || r.connections >= maxConnections || r.network.isRuntimeAPI(w) {
		return
	}
	r.askedWitness[w] = at
	r.connections++
	r.asking.Go(func() {
		heard := r.network.Witness(ctx, w, timeout)
		r.send(ctx, message{ended: time.Now(), connections: 1, witness: w.Addr(), heard: heard})
	})
}

// send sends a message to the loop, unless the loop has ended.
func (r *runLoop) send(ctx context.Context, m message) {
	select {
	case r.messages <- m:
	case <-ctx.Done():
	}
}
