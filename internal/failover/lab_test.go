package failover_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/aws/eventbridgeapi"
	"github.com/eni-failover/eni-failover/internal/aws/route53api"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

// bubble runs a subtest in fake time.
func bubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

// lab is a simulated account and a handler on it.
type lab struct {
	t       testing.TB
	sim     *awssim.Sim
	handler *failover.Handler
	mu      sync.Mutex   // guards metrics, which several handlers write
	metrics bytes.Buffer // the metrics' lines
	started time.Time
}

// newLab simulates the account; settings are NAME, VALUE pairs.
func newLab(tb testing.TB, w awssim.World, settings ...string) *lab {
	tb.Helper()
	if w.Timing == (awssim.Timing{}) {
		w.Timing = timing()
	}
	sim, err := awssim.New(w)
	if err != nil {
		tb.Fatal(err)
	}
	l := &lab{t: tb, sim: sim, started: time.Now()}
	l.handler = l.newHandler(settings...)
	tb.Cleanup(l.checkBusEvents)
	return l
}

// newHandler makes a handler with empty caches, as after a cold start.
func (l *lab) newHandler(settings ...string) *failover.Handler {
	l.t.Helper()
	return l.loggingHandler(slog.New(slog.DiscardHandler), settings...)
}

// loggingHandler makes a handler like newHandler does, with a log.
func (l *lab) loggingHandler(log *slog.Logger, settings ...string) *failover.Handler {
	l.t.Helper()
	s, err := failover.ReadSettings(func(name string) (string, bool) {
		for i := 0; i < len(settings); i += 2 {
			if settings[i] == name {
				return settings[i+1], true
			}
		}
		if name == "EVENT_BUS" { // unless a test says otherwise, others are told: each event is compared with its schema
			return "default", true
		}
		return "", false
	})
	if err != nil {
		l.t.Fatal(err)
	}
	cfg := simclient.Config(l.sim.Client())
	clients := failover.Clients{
		EC2: ec2api.New(ec2.NewFromConfig(cfg)), Records: route53api.New(route53.NewFromConfig(awsconfig.Paced(cfg, failover.RecordRate())), region),
		Scaling: autoscalingapi.New(autoscaling.NewFromConfig(cfg)),
	}
	if s.EventBus != "" {
		clients.Bus = eventbridgeapi.New(eventbridge.NewFromConfig(cfg), s.EventBus)
	}
	return failover.New(s, region, clients, emf.New(writer(func(p []byte) (int, error) {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.metrics.Write(p)
	}), "test"), log)
}

// writer is an io.Writer made of a function.
type writer func(p []byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// send handles an event as Lambda does, with five minutes' time.
func (l *lab) send(event []byte) (failover.Report, error) {
	return l.sendFor(5*time.Minute, event)
}

// sendFor handles an event as Lambda does, with the given time.
func (l *lab) sendFor(limit time.Duration, event []byte) (failover.Report, error) {
	ctx, cancel := context.WithTimeout(l.t.Context(), limit)
	defer cancel()
	return l.handler.Handle(ctx, event, account)
}

// mustSend handles an event that must succeed.
func (l *lab) mustSend(event []byte) failover.Report {
	l.t.Helper()
	r, err := l.send(event)
	if err != nil {
		l.t.Fatalf("error: %v\n%s", err, l.log())
	}
	return r
}

// mustFail checks that an event gave an error of the type E, and returns its report and its text.
func mustFail[E error](l *lab, event []byte) (failover.Report, string) {
	l.t.Helper()
	r, err := l.send(event)
	if typed, ok := errors.AsType[E](err); !ok {
		l.t.Fatalf("error %T %v, want %T\n%s\n%s", err, err, typed, show(r), l.log())
	}
	if text := err.Error(); strings.ContainsAny(text, "\n\r") || text == "" {
		l.t.Errorf("the message is not one line: %q", text)
	}
	l.wantTrueReport(r)
	return r, err.Error()
}

// mustChangeNothing sends an event once more, to the same handler and to one with empty caches: neither changes anything.
func (l *lab) mustChangeNothing(event []byte) {
	l.t.Helper()
	for _, name := range []string{"warm", "cold"} {
		if name == "cold" {
			l.handler = l.newHandler()
		}
		before, calls := l.sim.World(), len(l.sim.Calls())
		r, err := l.send(event)
		if err != nil {
			l.t.Errorf("%s duplicate: %v", name, err)
		}
		for _, c := range l.sim.Calls()[calls:] {
			if changes(c) {
				l.t.Errorf("%s duplicate changes: %s\n%s", name, c, show(r))
			}
		}
		if after := l.sim.World(); !slices.EqualFunc(before.Interfaces, after.Interfaces, func(a, b awssim.Interface) bool {
			return (a.Attachment == nil) == (b.Attachment == nil) && (a.Attachment == nil || *a.Attachment == *b.Attachment)
		}) {
			l.t.Errorf("%s duplicate: the account changed", name)
		}
	}
}

// sendTogether handles events concurrently, each in an environment of its own. Each starts by the offset later than the
// one before.
func (l *lab) sendTogether(offset time.Duration, events ...[]byte) ([]failover.Report, []error) {
	reports, errs := make([]failover.Report, len(events)), make([]error, len(events))
	var wg sync.WaitGroup
	for i, event := range events {
		handler := l.newHandler()
		wg.Go(func() {
			// The nanoseconds keep invocations that wake at the same instant in one order.
			time.Sleep(time.Duration(i)*offset + time.Duration(i))
			ctx, cancel := context.WithTimeout(l.t.Context(), 5*time.Minute)
			defer cancel()
			reports[i], errs[i] = handler.Handle(ctx, event, account)
		})
	}
	wg.Wait()
	return reports, errs
}

// editInterface edits an interface by hand.
func (l *lab) editInterface(short string, f func(*awssim.Interface)) {
	l.sim.Edit(func(w *awssim.World) {
		for n := range w.Interfaces {
			if w.Interfaces[n].ID == interfaceID(short) {
				f(&w.Interfaces[n])
			}
		}
	})
}

// editInstance edits an instance by hand.
func (l *lab) editInstance(short string, f func(*awssim.Instance)) {
	l.sim.Edit(func(w *awssim.World) {
		for n := range w.Instances {
			if w.Instances[n].ID == instanceID(short) {
				f(&w.Instances[n])
			}
		}
	})
}

// holder returns the instance that an interface is attached to, followed by the attachment's status unless that is
// attached.
func (l *lab) holder(short string) string {
	e, ok := l.sim.Interface(interfaceID(short))
	switch {
	case !ok:
		return "gone"
	case e.Attachment == nil:
		return "none"
	case e.Attachment.Status != "attached":
		return e.Attachment.Instance + " " + e.Attachment.Status
	}
	return e.Attachment.Instance
}

// holderShort returns the short name of the instance that an interface is attached to.
func (l *lab) holderShort(short string) string {
	return strings.TrimLeft(strings.TrimPrefix(l.holder(short), "i-"), "0")
}

// wantHolder checks where an interface is.
func (l *lab) wantHolder(short, holder string) {
	l.t.Helper()
	want := holder
	if holder != "none" && holder != "gone" && !strings.Contains(holder, " ") {
		want = instanceID(holder)
	}
	if got := l.holder(short); got != want {
		l.t.Errorf("%s is on %s, want %s\n%s", short, got, want, l.log())
	}
}

// wantOutcome checks the outcome and the reason of a report, and returns the report.
func (l *lab) wantOutcome(r failover.Report, want plan.Outcome, reason plan.Reason) failover.Report {
	l.t.Helper()
	if r.Outcome != want || r.Reason != reason {
		l.t.Errorf("outcome %s %q, want %s %q\n%s\n%s", r.Outcome, r.Reason, want, reason, show(r), l.log())
	}
	l.wantTrueReport(r)
	return r
}

// wantTrueReport compares what a report says of the interfaces that were moved or attached with the account.
func (l *lab) wantTrueReport(r failover.Report) {
	l.t.Helper()
	if r.DryRun {
		return
	}
	for _, i := range r.Interfaces {
		if i.Outcome != plan.OutcomeMoved && i.Outcome != plan.OutcomeAttached {
			continue
		}
		e, ok := l.sim.Interface(i.Interface)
		if a := e.Attachment; !ok || a == nil || a.Instance != i.To || a.ID != i.Attachment || a.DeviceIndex != i.DeviceIndex || a.Status != "attached" {
			l.t.Errorf("the report says %s on %s (%s, index %d); it is %+v\n%s", i.Interface, i.To, i.Attachment, i.DeviceIndex, a, l.log())
		}
		if len(i.Differences) == 0 && e.Attachment != nil && e.Attachment.DeleteOnTermination {
			l.t.Errorf("%s: DeleteOnTermination", i.Interface)
		}
	}
}

// candidateOf returns an instance from the candidates of an interface in a report.
func candidateOf(t *testing.T, r failover.Report, short, instance string) plan.Candidate {
	t.Helper()
	for _, i := range r.Interfaces {
		if i.Interface != interfaceID(short) {
			continue
		}
		for _, c := range i.Candidates {
			if c.Instance == instanceID(instance) {
				return c
			}
		}
	}
	t.Errorf("%s is not a candidate for %s\n%s", instance, short, show(r))
	return plan.Candidate{}
}

// wantError checks an error's type, by the name that Lambda reports, and what its message says.
func wantError(t *testing.T, err error, typeName string, parts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error; want a %s", typeName)
		return
	}
	if got := reflect.TypeOf(err).Elem().Name(); got != typeName {
		t.Errorf("error %s (%v); want a %s", got, err, typeName)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q; want it to say %q", err, part)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("error of several lines: %q", err)
	}
}

// show formats a value for a failing test.
func show(v any) string {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic(err)
	}
	return string(b)
}
