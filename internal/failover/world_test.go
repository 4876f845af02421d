package failover_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/record"
)

const (
	account = "123456789012"
	region  = "eu-west-1"
	zoneA   = "eu-west-1a"
	zoneB   = "eu-west-1b"
	vpcID   = "vpc-0d0d0d0d0d0d0d0d0"
)

// id makes an id that EC2 could have given, from a short name in hexadecimal digits.
func id(kind, short string) string { return fmt.Sprintf("%s-%017s", kind, short) }

func instanceID(short string) string  { return id("i", short) }
func interfaceID(short string) string { return id("eni", short) }

// instance is a running member of group db in Availability Zone a.
func instance(short string, change ...func(*awssim.Instance)) awssim.Instance {
	in := awssim.Instance{
		ID: instanceID(short), Type: "t3.small", AZ: zoneA, VPC: vpcID, State: "running",
		Tags: map[string]string{"eni-failover:group": "db"},
	}
	for _, f := range change {
		f(&in)
	}
	return in
}

func spot(in *awssim.Instance) { in.Lifecycle = "spot" }

func inState(s string) func(*awssim.Instance) { return func(in *awssim.Instance) { in.State = s } }

func inZone(zone string) func(*awssim.Instance) { return func(in *awssim.Instance) { in.AZ = zone } }

func ofType(name string) func(*awssim.Instance) { return func(in *awssim.Instance) { in.Type = name } }

func instanceTag(key, value string) func(*awssim.Instance) {
	return func(in *awssim.Instance) { in.Tags[key] = value }
}

// eni is an interface of group db, attached to the instance if one is named.
func eni(short, holder string, change ...func(*awssim.Interface)) awssim.Interface {
	e := awssim.Interface{
		ID: interfaceID(short), AZ: zoneA, VPC: vpcID,
		Tags: map[string]string{"eni-failover:group": "db"},
	}
	if holder != "" {
		e.Attachment = &awssim.Attachment{Instance: instanceID(holder), DeviceIndex: 1}
	}
	for _, f := range change {
		f(&e)
	}
	return e
}

func interfaceTag(key, value string) func(*awssim.Interface) {
	return func(e *awssim.Interface) { e.Tags[key] = value }
}

func atIndex(n int) func(*awssim.Interface) {
	return func(e *awssim.Interface) { e.Attachment.DeviceIndex = n }
}

// lab is a simulated account and a handler on it.
type lab struct {
	t       testing.TB
	sim     *awssim.Sim
	handler *failover.Handler
	mu      sync.Mutex   // guards metrics, which several handlers write
	metrics bytes.Buffer // what was measured, a line each
	started time.Time
}

// timing is that of a healthy account: calls of 20 ms, a guest that lets go after 2 s.
func timing() awssim.Timing {
	return awssim.Timing{
		Call: awssim.Duration(20 * time.Millisecond), Detach: awssim.Duration(2 * time.Second),
		Attach: awssim.Duration(time.Second), Stop: awssim.Duration(30 * time.Second),
		Start: awssim.Duration(10 * time.Second), Terminate: awssim.Duration(30 * time.Second),
	}
}

// fastMoves is timing with a short detach and attach, for tests with many moves: fewer looks, less time.
func fastMoves(w *awssim.World) {
	w.Timing = timing()
	w.Timing.Detach, w.Timing.Attach = awssim.Duration(100*time.Millisecond), awssim.Duration(100*time.Millisecond)
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
	return l
}

// newHandler makes a handler with nothing cached, as after a cold start.
func (l *lab) newHandler(settings ...string) *failover.Handler {
	l.t.Helper()
	return l.loggingHandler(slog.New(slog.DiscardHandler), settings...)
}

// loggingHandler is newHandler with a log.
func (l *lab) loggingHandler(log *slog.Logger, settings ...string) *failover.Handler {
	l.t.Helper()
	s, err := failover.ReadSettings(func(name string) (string, bool) {
		for i := 0; i < len(settings); i += 2 {
			if settings[i] == name {
				return settings[i+1], true
			}
		}
		return "", false
	})
	if err != nil {
		l.t.Fatal(err)
	}
	cfg := awsconfig.Tune(aws.Config{
		Region: region, HTTPClient: l.sim.Client(),
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
	})
	clients := failover.Clients{
		EC2: ec2api.New(ec2.NewFromConfig(cfg)), Records: record.New(route53.NewFromConfig(awsconfig.Paced(cfg, failover.RecordRate())), region),
		Scaling: autoscalingapi.New(autoscaling.NewFromConfig(cfg)),
	}
	return failover.New(s, region, clients, emf.New(writer(func(p []byte) (int, error) {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.metrics.Write(p)
	}), "test"), log)
}

type writer func(p []byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// event makes an event in an envelope, of this moment.
func event(source, detailType string, detail map[string]any, change ...func(map[string]any)) []byte {
	e := map[string]any{
		"version": "0", "id": "12345678-1234-1234-1234-123456789012", "source": source, "detail-type": detailType,
		"account": account, "region": region, "time": time.Now().UTC().Format(time.RFC3339),
		"resources": []string{}, "detail": detail,
	}
	for _, f := range change {
		f(e)
	}
	b, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	return b
}

func spotWarning(short string, change ...func(map[string]any)) []byte {
	return event("aws.ec2", "EC2 Spot Instance Interruption Warning",
		map[string]any{"instance-id": instanceID(short), "instance-action": "terminate"}, change...)
}

func stateChange(short, state string, change ...func(map[string]any)) []byte {
	return event("aws.ec2", "EC2 Instance State-change Notification",
		map[string]any{"instance-id": instanceID(short), "state": state}, change...)
}

func request(detail map[string]any, change ...func(map[string]any)) []byte {
	return event("eni-failover", "ENI Failover Request", detail, change...)
}

// ago makes an event older.
func ago(d time.Duration) func(map[string]any) {
	return func(e map[string]any) { e["time"] = time.Now().Add(-d).UTC().Format(time.RFC3339) }
}

// send handles an event as Lambda does, with five minutes' time.
func (l *lab) send(event []byte) (failover.Report, error) {
	return l.sendFor(5*time.Minute, event)
}

// sendFor handles an event as Lambda does, with that much time.
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

// log is the wire log, for a failing test.
func (l *lab) log() string {
	const ends = 25
	s := ""
	calls := l.sim.Calls()
	for n, c := range calls {
		switch {
		case n < ends || n >= len(calls)-ends:
			s += fmt.Sprintf("%8s %s\n", c.Time.Sub(l.started).Round(time.Millisecond), c)
		case n == ends:
			s += fmt.Sprintf("… %d calls more\n", len(calls)-2*ends)
		}
	}
	return s
}

// mutations counts the accepted or attempted changes in the wire log.
func (l *lab) mutations() int {
	n := 0
	for _, c := range l.sim.Calls() {
		if c.Mutating && !c.DryRun {
			n++
		}
	}
	return n
}

// holder is the short name's interface's instance, with its attachment's status if that is not attached.
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

func show(v any) string {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic(err)
	}
	return string(b)
}
