package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/pace"
	"github.com/eni-failover/eni-failover/internal/probe"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

const (
	// deliveryTime is the time of an event through a bus, or through the queue of Lambda: an assumption, since AWS promises
	// none.
	deliveryTime = 300 * time.Millisecond
	// stateEvery is the time between two looks at the states of the instances, for the events that EC2 sends about them.
	stateEvery = 100 * time.Millisecond
	// probeTimeout is the time-out of the probe's function, a little more than the length of a run.
	probeTimeout = 2 * time.Minute
)

// retryWaits returns Lambda's waits before the attempts of an asynchronous invocation ("How Lambda handles errors and
// retries with asynchronous invocation").
func retryWaits() []time.Duration { return []time.Duration{0, time.Minute, 2 * time.Minute} }

// deliver sends the event of a change to the failover. It is named for a person.
func (r *storyRun) deliver(ctx context.Context, name string, c change) {
	e, err := c.event(r.session.now().World())
	if err != nil {
		panic(err) // the story is wrong
	}
	e = e.happeningAt(time.Now())
	r.later(ctx, deliveryTime, func() { r.handleEvent(ctx, name, e.data) })
}

// followStarts notes when instances that are being started run, and sends EC2's event about it.
func (r *storyRun) followStarts(ctx context.Context) {
	pending := map[string]bool{}
	for pace.Wait(ctx, stateEvery) {
		w := r.session.now().World()
		for _, in := range w.Instances {
			if in.State == "running" && pending[in.ID] {
				r.setTime(&r.timeline.Times.RunningMs)
				r.note(entry{Actor: "EC2", Text: label(w, in.ID) + " is running", style: display.Bold})
				r.deliver(ctx, "EC2's event that "+in.ID+" is running", change{sample: "instance-running.json", instance: in.ID})
			}
			pending[in.ID] = in.State == "pending"
		}
	}
}

// handleEvent invokes the failover as Lambda does: again after an error.
func (r *storyRun) handleEvent(ctx context.Context, name string, data []byte) {
	for n, wait := range retryWaits() {
		attempt := name
		if n > 0 {
			attempt = fmt.Sprintf("%s, attempt %d", name, n+1)
		}
		if !pace.Wait(ctx, wait) || r.invokeFailover(ctx, attempt, data) {
			return
		}
	}
}

// invokeFailover carries out one invocation of the failover in an environment of its own, and reports whether it
// succeeded.
func (r *storyRun) invokeFailover(ctx context.Context, name string, data []byte) bool {
	w := r.session.now().World()
	inv := invocation{name: name, caller: r.nextCaller(), start: time.Now()}
	wire := busWatcher{wire: r.session.now().RoundTripper(), after: func() { r.applyRules(ctx) }}
	cfg := awsconfig.Tune(aws.Config{
		Region: w.Region, HTTPClient: &http.Client{Transport: &wire},
		Credentials: credentials.NewStaticCredentialsProvider(inv.caller, dummyKey, ""),
	})
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	inv.report, inv.err = newHandler(r.settings, cfg, r.log).Handle(limited, data, w.Account)
	if ctx.Err() == nil { // otherwise the story is over
		r.noteInvocation(inv)
	}
	return inv.err == nil
}

// nextCaller returns an access key of its own for each invocation, by which its calls are told apart.
func (r *storyRun) nextCaller() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.invocations++
	return fmt.Sprintf("invocation-%d", r.invocations)
}

// applyRules delivers what is new on the bus to the targets of the template's rules.
func (r *storyRun) applyRules(ctx context.Context) {
	r.mu.Lock()
	all := r.session.now().BusEvents()
	fresh := all[r.handed:]
	r.handed = len(all)
	r.mu.Unlock()
	for _, e := range fresh {
		switch e.DetailType {
		case "ENI Failover Probe":
			r.later(ctx, deliveryTime, func() { r.invokeProbe(ctx, e.Detail) })
		case "ENI Failover Moved", "ENI Failover Failed":
			r.later(ctx, deliveryTime, func() { r.mail(e) })
		}
	}
}

// invokeProbe carries out one run of the probe. Lambda's destination puts the result on the bus, and a rule hands it to the
// failover.
func (r *storyRun) invokeProbe(ctx context.Context, input []byte) {
	limited, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	network := probe.Network{Ask: r.askForProbe, Witness: r.services.witness}
	result, err := probe.New(network, emf.New(r.log, "probe"), r.logger()).Run(limited, input)
	if ctx.Err() != nil {
		return // the story is over
	}
	if err != nil {
		r.note(entry{Actor: "probe", Text: err.Error(), style: display.Bad})
		return
	}
	data, err := json.Marshal(result)
	if err != nil {
		panic(err) // it has plain fields
	}
	r.noteResult(result, data)
	if result.Type == verdict.TypeProbed {
		return // no rule wants it
	}
	name := "the verdict"
	if result.Type == verdict.TypeReached {
		name = "the answer"
	}
	r.later(ctx, 2*deliveryTime, func() { r.handleEvent(ctx, name, data) })
}

// busWatcher is a connection to AWS. It calls after when a call has been answered.
type busWatcher struct {
	wire  http.RoundTripper
	after func()
}

// RoundTrip implements [http.RoundTripper].
func (b *busWatcher) RoundTrip(r *http.Request) (*http.Response, error) {
	defer b.after()
	return b.wire.RoundTrip(r)
}
