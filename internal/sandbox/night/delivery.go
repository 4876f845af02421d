package night

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/pace"
	"github.com/eni-failover/eni-failover/internal/probe"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
	"github.com/eni-failover/eni-failover/internal/sandbox/session"
)

const (
	// deliveryTime is the time of an event through a bus, or through the queue of Lambda: an assumption, since AWS promises
	// none.
	deliveryTime = 300 * time.Millisecond
	// stateEvery is the time between two looks at the states of the instances, for the events that EC2 sends about them.
	stateEvery = 100 * time.Millisecond
	// probeTimeout is the time-out of the probe's function.
	probeTimeout = 15 * time.Minute
)

// delivery is what EventBridge makes of an event.
type delivery string

const (
	deliveryNormal delivery = "normal"
	deliveryLost   delivery = "lost"
	deliveryTwice  delivery = "twice" // it is delivered at least once, says AWS
)

// retryWaits returns Lambda's waits before the attempts of an asynchronous invocation ("How Lambda handles errors and
// retries with asynchronous invocation").
func retryWaits() []time.Duration { return []time.Duration{0, time.Minute, 2 * time.Minute} }

// callerPrefix is the beginning of the access key of an invocation; its number follows.
const callerPrefix = "invocation-"

// secondCopy is the time between the two copies of an event that EventBridge delivers twice: an assumption.
const secondCopy = 20 * time.Millisecond

// deliver sends the event of a change to the failover. It is named for a person.
func (r *run) deliver(ctx context.Context, name string, c session.Change) {
	e := session.Event{Data: c.Event(r.session.Sim().World())}.HappeningAt(time.Now())
	how := r.delivery()
	r.setDelivery(deliveryNormal)
	if how == deliveryLost {
		r.note(Entry{Actor: "Events", Text: "loses " + name, Style: display.Warn})
		return
	}
	r.later(ctx, deliveryTime, func() { r.handleEvent(ctx, name, e.Data) })
	if how == deliveryTwice {
		r.later(ctx, deliveryTime+secondCopy, func() { r.handleEvent(ctx, name+" once more", e.Data) })
	}
}

// delivery returns what becomes of the next event of EC2.
func (r *run) delivery() delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.next
}

func (r *run) setDelivery(how delivery) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.next = how
}

// followStarts notes when instances that are being started run, and sends EC2's event about it.
func (r *run) followStarts(ctx context.Context) {
	pending := map[string]bool{}
	for pace.Wait(ctx, stateEvery) {
		w := r.session.Sim().World()
		for _, in := range w.Instances {
			if in.State == "running" && pending[in.ID] {
				r.setTime(&r.timeline.Times.RunningMs)
				r.note(Entry{Actor: "EC2", Text: session.Label(w, in.ID) + " is running", Style: display.Bold})
				r.deliver(ctx, "EC2's event that "+in.ID+" is running", session.Change{Sample: "instance-running.json", Instance: in.ID})
			}
			pending[in.ID] = in.State == "pending"
		}
	}
}

// handleEvent invokes the failover as Lambda does: again after an error.
func (r *run) handleEvent(ctx context.Context, name string, data []byte) {
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
func (r *run) invokeFailover(ctx context.Context, name string, data []byte) bool {
	w := r.session.Sim().World()
	inv := invocation{name: name, caller: r.nextCaller(), start: time.Now(), sweep: strings.HasPrefix(name, sweepName)}
	r.live.invoked(ctx, inv)
	wire := busWatcher{wire: r.session.Sim().RoundTripper(), after: func() {
		r.applyRules(ctx)
		r.live.answered(ctx)
	}}
	cfg := awsconfig.Tune(aws.Config{
		Region: w.Region, HTTPClient: &http.Client{Transport: &wire},
		Credentials: credentials.NewStaticCredentialsProvider(inv.caller, session.Key, ""),
	})
	limited, cancel := context.WithTimeout(ctx, session.Timeout)
	defer cancel()
	inv.report, inv.err = session.NewHandler(r.settings, cfg, r.log).Handle(limited, data, w.Account)
	if ctx.Err() == nil { // otherwise the story is over
		r.noteInvocation(ctx, inv)
	}
	return inv.err == nil
}

// nextCaller returns an access key of its own for each invocation, by which its calls are told apart.
func (r *run) nextCaller() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.invocations++
	return fmt.Sprintf("%s%d", callerPrefix, r.invocations)
}

// applyRules delivers what is new on the bus to the targets of the template's rules.
func (r *run) applyRules(ctx context.Context) {
	r.mu.Lock()
	all := r.session.Sim().BusEvents()
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
func (r *run) invokeProbe(ctx context.Context, input []byte) {
	limited, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	network := probe.Network{Ask: r.askForProbe, Witness: r.services.witness}
	result, err := probe.New(network, emf.New(r.log, "probe"), r.logger()).Run(limited, input)
	if ctx.Err() != nil {
		return // the story is over
	}
	if err != nil {
		r.note(Entry{Actor: "probe", Text: err.Error(), Style: display.Bad})
		return
	}
	data, err := json.Marshal(result)
	if err != nil {
		panic(err) // it has plain fields
	}
	r.noteResult(ctx, result, data)
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
