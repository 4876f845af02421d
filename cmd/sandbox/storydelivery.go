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
	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/pace"
	"github.com/eni-failover/eni-failover/internal/probe"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

const (
	// deliveryTime is the time of an event through a bus, or through the queue of Lambda: an assumption, since AWS promises
	// none.
	deliveryTime = 300 * time.Millisecond
	// probeTimeout is the time-out of the probe's function, a little more than the length of a run.
	probeTimeout = 2 * time.Minute
)

// retryWaits returns Lambda's waits before the attempts of an asynchronous invocation ("How Lambda handles errors and
// retries with asynchronous invocation").
func retryWaits() []time.Duration { return []time.Duration{0, time.Minute, 2 * time.Minute} }

// deliver sends the event of a change to the failover.
func (s *stage) deliver(ctx context.Context, c change) {
	e, err := c.event(s.session.now().World())
	if err != nil {
		panic(err) // the story is wrong
	}
	e = e.happeningAt(time.Now())
	s.later(ctx, deliveryTime, func() { s.handleEvent(ctx, "the warning", e.data) })
}

// handleEvent invokes the failover as Lambda does: again after an error.
func (s *stage) handleEvent(ctx context.Context, name string, data []byte) {
	for n, wait := range retryWaits() {
		if n > 0 {
			name = fmt.Sprintf("attempt %d", n+1)
		}
		if !pace.Wait(ctx, wait) || s.invokeFailover(ctx, name, data) {
			return
		}
	}
}

// invokeFailover carries out one invocation of the failover in an environment of its own, and reports whether it
// succeeded.
func (s *stage) invokeFailover(ctx context.Context, name string, data []byte) bool {
	w := s.session.now().World()
	inv := invocation{name: name, caller: s.nextCaller(), start: time.Now()}
	wire := busWatcher{wire: s.session.now().RoundTripper(), after: func() { s.applyRules(ctx) }}
	cfg := awsconfig.Tune(aws.Config{
		Region: w.Region, HTTPClient: &http.Client{Transport: &wire},
		Credentials: credentials.NewStaticCredentialsProvider(inv.caller, dummyKey, ""),
	})
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	inv.report, inv.err = newHandler(s.settings, cfg, s.log).Handle(limited, data, w.Account)
	if ctx.Err() == nil { // otherwise the story is over
		s.noteInvocation(inv)
	}
	return inv.err == nil
}

// nextCaller returns an access key of its own for each invocation, by which its calls are told apart.
func (s *stage) nextCaller() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.invocations++
	return fmt.Sprintf("invocation-%d", s.invocations)
}

// applyRules delivers what is new on the bus to the targets of the template's rules.
func (s *stage) applyRules(ctx context.Context) {
	s.mu.Lock()
	all := s.session.now().BusEvents()
	fresh := all[s.handed:]
	s.handed = len(all)
	s.mu.Unlock()
	for _, e := range fresh {
		switch e.DetailType {
		case "ENI Failover Probe":
			s.later(ctx, deliveryTime, func() { s.invokeProbe(ctx, e.Detail) })
		case "ENI Failover Moved", "ENI Failover Failed":
			s.later(ctx, deliveryTime, func() { s.mail(e) })
		}
	}
}

// invokeProbe carries out one run of the probe. Lambda's destination puts the result on the bus, and a rule hands it to the
// failover.
func (s *stage) invokeProbe(ctx context.Context, input []byte) {
	limited, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	network := probe.Network{Ask: s.askForProbe, Witness: s.services.witness}
	result, err := probe.New(network, emf.New(s.log, "probe"), s.logger()).Run(limited, input)
	if ctx.Err() != nil {
		return // the story is over
	}
	if err != nil {
		s.note(entry{Actor: "probe", Text: err.Error(), style: bad})
		return
	}
	data, err := json.Marshal(result)
	if err != nil {
		panic(err) // it has plain fields
	}
	s.noteResult(result, data)
	if result.Type == verdict.TypeProbed {
		return // no rule wants it
	}
	name := "the verdict"
	if result.Type == verdict.TypeReached {
		name = "the answer"
	}
	s.later(ctx, 2*deliveryTime, func() { s.handleEvent(ctx, name, data) })
}

// busWatcher calls after when a call has been answered.
type busWatcher struct {
	wire  http.RoundTripper
	after func()
}

// RoundTrip implements [http.RoundTripper].
func (b *busWatcher) RoundTrip(r *http.Request) (*http.Response, error) {
	defer b.after()
	return b.wire.RoundTrip(r)
}
