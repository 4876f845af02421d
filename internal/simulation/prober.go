package simulation

import (
	"context"
	"io"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/probe"
	"github.com/eni-failover/eni-failover/internal/probe/ask"
	"github.com/eni-failover/eni-failover/internal/probe/probetag"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

// probing is the probe's side of a run: its requests, the applications that it asks, and what it has found.
type probing struct {
	// routed counts the events on the bus that their rules have handled.
	routed int
	// breakdowns has the last breakdown of each application, by interface and instance.
	breakdowns map[string]breakdown
	// answered has what has been answered: an attachment and a check, or an attachment that was reached before the
	// history began.
	answered map[string]bool
	// deadSince has, by attachment, the sweep that first found its application dead with a standby for it.
	deadSince map[string]time.Time
}

func newProbing(w awssim.World) probing {
	p := probing{
		breakdowns: map[string]breakdown{}, answered: map[string]bool{}, deadSince: map[string]time.Time{},
	}
	for _, e := range w.Interfaces {
		if a := e.Attachment; a != nil && e.Tags[tagReached] == a.ID {
			p.answered[a.ID] = true
		}
	}
	return p
}

// proberRun is one run of the probe.
type proberRun struct {
	*run
	name string
	// order gives each question that the run may ask another number of nanoseconds, so that no two outcomes arrive at the
	// same instant.
	order []string
	// killAfter is the time after which the run is killed; zero if it is not.
	killAfter time.Duration
	// lastAsked has, by address and check, when the last of the questions was asked that have ended, and lastAlive when the
	// last of those was asked that the application would have answered, the prober being cut off or not.
	lastAsked, lastAlive map[string]time.Time
}

// startRun starts a run of the probe, as Lambda does for an event. The run may be killed: it is then never a verdict.
func (r *run) startRun(name string, input []byte) {
	in, err := verdict.ParseInput(input)
	if err != nil {
		return // the rules have judged the request
	}
	p := &proberRun{run: r, name: name, lastAsked: map[string]time.Time{}, lastAlive: map[string]time.Time{}}
	for _, t := range in.Targets {
		for _, c := range t.Probe.Checks {
			p.order = append(p.order, t.Address.String()+c.String())
		}
		for _, w := range t.Witnesses {
			p.order = append(p.order, w.String())
		}
	}
	slices.Sort(p.order)
	p.order = slices.Compact(p.order)
	if !r.quiet && !r.scenario.Faults.WithoutKinds[faultRunKilled] && r.scenario.roll("run-killed", name) < r.scenario.Faults.Probe {
		r.count(faultRunKilled)
		p.killAfter = time.Duration(r.scenario.roll("run-killed-after", name) / 100 * float64(in.Run))
	}
	r.logf("%s runs the probe: %s", name, input)
	r.group.Go(func() {
		event, ended := p.play(input)
		// Two runs that go on with one silence end at one instant.
		time.Sleep(time.Duration(r.scenario.roll("run-ends", name) / 100 * float64(time.Millisecond)))
		r.mu.Lock()
		defer r.mu.Unlock()
		if ended {
			r.runEnded(p, event)
		}
	})
}

// play asks the questions of the run. It reports whether the run came to its end.
func (p *proberRun) play(input []byte) (result verdict.Event, ended bool) {
	const timeout = 15 * time.Minute // of the function; a run goes on after its end while an application is silent
	ctx, kill := context.WithTimeout(context.Background(), timeout)
	defer kill()
	if p.killAfter > 0 {
		defer time.AfterFunc(p.killAfter, kill).Stop()
	}
	network := probe.Network{Ask: p.ask, Witness: p.witness}
	result, err := probe.New(network, emf.New(io.Discard, "probe"), slog.New(slog.DiscardHandler)).Run(ctx, input)
	return result, err == nil && ctx.Err() == nil
}

// roundTrip is the time from a question to the answer. It is never the same for two questions of a run.
func (p *proberRun) roundTrip(question string) time.Duration {
	n, _ := slices.BinarySearch(p.order, question)
	return roundTripTime + 2*time.Duration(n)*time.Nanosecond
}

const roundTripTime = time.Millisecond

// answerTime returns the time from the middle of a round trip until its end, or until a question times out.
func (p *proberRun) answerTime(trip, timeout time.Duration, reacts bool) time.Duration {
	if reacts {
		return trip / 2
	}
	return timeout - roundTripTime + trip/2
}

// ask answers a question of a run from the account.
func (p *proberRun) ask(ctx context.Context, q ask.Question) verdict.Evidence {
	key := q.Address.String() + q.Check.String()
	asked, trip := time.Now(), p.roundTrip(key)
	if !waitFor(ctx, trip/2) {
		return verdict.Unasked
	}
	met, attachment := p.meetsAt(q)
	cut := p.cutOff(asked, asked.Add(trip))
	heard := met
	if cut {
		heard = verdict.Timeout
	}
	if !waitFor(ctx, p.answerTime(trip, q.Timeout, !heard.Silent())) {
		return verdict.Unasked
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lastAsked[key] = latest(p.lastAsked[key], asked)
	if met == verdict.Answered {
		p.lastAlive[key] = latest(p.lastAlive[key], asked)
	}
	if heard == verdict.Answered {
		p.probing.answered[attachment+q.Check.String()] = true
	}
	p.tally.Probe[metPrefix+string(heard)]++
	return heard
}

// meetsAt returns what a question meets, and the attachment that the address is on.
func (p *proberRun) meetsAt(q ask.Question) (met verdict.Evidence, attachment string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := byAddress(p.now(), q.Address)
	if e == nil || e.Attachment == nil {
		return verdict.Timeout, ""
	}
	return p.meets(e, q.Check), e.Attachment.ID
}

// witness reports whether the host of a primary address reacts.
func (p *proberRun) witness(ctx context.Context, at netip.AddrPort, timeout time.Duration) bool {
	asked, trip := time.Now(), p.roundTrip(at.Addr().String())
	if !waitFor(ctx, trip/2) {
		return false
	}
	p.mu.Lock()
	w := p.now()
	in := findInstance(w, holderOf(byAddress(w, at.Addr())))
	reacts := in != nil && in.State == "running" && in.InstanceStatus != "impaired" && !p.cutOff(asked, asked.Add(trip))
	p.mu.Unlock()
	return waitFor(ctx, p.answerTime(trip, timeout, reacts)) && reacts
}

// byAddress returns the interface with a primary address in the prober's VPC.
func byAddress(w *awssim.World, address netip.Addr) *awssim.Interface {
	text := address.String()
	for n := range w.Interfaces {
		e := &w.Interfaces[n]
		if e.VPC == mainVPC && len(e.PrivateIPs) > 0 && e.PrivateIPs[0].Address == text {
			return e
		}
	}
	return nil
}

// cutOff reports whether the prober is cut off at one of two instants.
func (r *run) cutOff(instants ...time.Time) bool {
	if r.scenario.Faults.WithoutKinds[faultCutOff] {
		return false
	}
	return slices.ContainsFunc(r.scenario.Faults.CutOff, func(c Window) bool {
		from := r.start.Add(c.From)
		return slices.ContainsFunc(instants, period{from, from.Add(c.Lasts)}.has)
	})
}

// waitFor waits, and reports whether ctx did not end before.
func waitFor(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// runEnded hands a run's result to the failover, as Lambda's destination and a rule on the bus do. The result may be
// lost, doubled or late.
func (r *run) runEnded(p *proberRun, result verdict.Event) {
	body := encode(result)
	r.digest.text(p.name, body)
	r.logf("%s ends: %s", p.name, body)
	r.tally.Probe[result.Type]++
	if result.Detail.Isolated {
		r.tally.Probe[probeIsolated]++
	}
	e := Event{Name: p.name + "=", Body: body, Time: result.Time, Verdicts: p.verdicts(result.Detail)}
	for _, t := range result.Detail.Reached {
		e.Reached = append(e.Reached, t.Attachment)
	}
	switch result.Type {
	case verdict.TypeUnreachable:
		e.Kind = "unreachable"
		if result.Detail.Rest != nil {
			for _, t := range result.Detail.Rest.Targets {
				e.Rest = append(e.Rest, t.Interface)
			}
		}
	case verdict.TypeReached:
		e.Kind = "reached"
	default:
		return // no rule has it
	}
	copies, wait := r.fate(e.Name, "result")
	for n := range copies {
		again := e
		again.Name += strings.Repeat("'", n)
		r.after(wait+pauseBetween(n), func() { r.invokeAsync(again) })
	}
}

// verdicts lists the verdicts of a run, with what the model knows of each.
func (p *proberRun) verdicts(d verdict.Detail) []Verdict {
	var list []Verdict
	for _, u := range d.Unreachable {
		v := Verdict{Interface: u.Interface, Attachment: u.Attachment, Instance: u.Instance, Confirmed: u.Confirmed, Probed: true}
		p.recall(&v)
		list = append(list, v)
		p.tally.Probe[confirmation(u.Confirmed)]++
	}
	return list
}

// recall fills in when the run last asked an interface, and when its application was last alive.
func (p *proberRun) recall(v *Verdict) {
	e := findInterface(p.now(), v.Interface)
	if e == nil || len(e.PrivateIPs) == 0 {
		return // it has been deleted
	}
	for n, c := range checksOf(e.Tags[probetag.Name]) {
		key := e.PrivateIPs[0].Address + c.String()
		v.LastAsked = latest(v.LastAsked, p.lastAsked[key])
		if alive := p.lastAlive[key]; n == 0 || alive.Before(v.LastAlive) {
			v.LastAlive = alive
		}
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
