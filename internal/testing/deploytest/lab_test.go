package deploytest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
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
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

// lab is the account with the failover function in it, under policies.
type lab struct {
	t       *testing.T
	sim     *awssim.Sim
	handler *failover.Handler

	mu  sync.Mutex
	emf bytes.Buffer
}

const accessKey = "AKIDFAILOVER"

// newLab puts the function into an account, with a stack's environment variables and, if there are any, under
// policies.
func newLab(t *testing.T, s stack, w awssim.World, policies [][]byte) *lab {
	t.Helper()
	sim, err := awssim.New(w)
	if err != nil {
		t.Fatal(err)
	}
	if policies != nil {
		if err := sim.Policy(accessKey, policies...); err != nil {
			t.Fatal(err)
		}
	}
	l := &lab{t: t, sim: sim}
	l.handler = l.newHandler(s, slog.New(slog.DiscardHandler))
	return l
}

// newHandler makes the function's handler, with a stack's environment variables.
func (l *lab) newHandler(s stack, log *slog.Logger) *failover.Handler {
	l.t.Helper()
	settings, err := failover.ReadSettings(environment(s, "FailoverFunction"))
	if err != nil {
		l.t.Fatal(err)
	}
	cfg := simclient.Config(l.sim.Client())
	cfg.Credentials = simclient.Credentials(accessKey)
	clients := failover.Clients{
		EC2: ec2api.New(ec2.NewFromConfig(cfg)), Records: route53api.New(route53.NewFromConfig(awsconfig.Paced(cfg, failover.RecordRate())), region),
		Scaling: autoscalingapi.New(autoscaling.NewFromConfig(cfg)),
	}
	if settings.EventBus != "" {
		clients.Bus = eventbridgeapi.New(eventbridge.NewFromConfig(cfg), settings.EventBus)
	}
	return failover.New(settings, region, clients, emf.New(l, physical("FailoverFunction")), log)
}

// Write keeps the metrics.
func (l *lab) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.emf.Write(p)
}

// handle handles an event as Lambda does, with the stack's timeout of five minutes.
func (l *lab) handle(event []byte) (failover.Report, error) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), 5*time.Minute)
	defer cancel()
	return l.handler.Handle(ctx, event, account)
}

// send handles an event, and returns the report and its text.
func (l *lab) send(event []byte) (report failover.Report, output string) {
	l.t.Helper()
	report, err := l.handle(event)
	return report, reportText(report, err)
}

// invoke handles an event, and returns its error.
func (l *lab) invoke(event []byte) error {
	l.t.Helper()
	_, err := l.handle(event)
	return err
}

// reportText is the failover's report and its error, without the count of its calls.
func reportText(report failover.Report, err error) string {
	report.Calls = nil
	output := toJSON(report)
	if err != nil {
		output += "\n" + err.Error()
	}
	return output
}

// denied lists the calls that were refused for a missing permission, as service:action, in order.
func (l *lab) denied() []string {
	var list []string
	for _, c := range l.sim.Calls() {
		if name := c.Service + ":" + c.Action; isDenial(c.Code) && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

func isDenial(code string) bool {
	return code == "UnauthorizedOperation" || code == "AccessDenied" || code == "AccessDeniedException"
}

// told returns the events on the bus, as rules get them.
func (l *lab) told() []map[string]any {
	l.t.Helper()
	var list []map[string]any
	for _, e := range l.sim.BusEvents() {
		list = append(list, decodedEvent(l.t, []byte(toJSON(e))))
	}
	return list
}

// decodedEvent reads an event.
func decodedEvent(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var event map[string]any
	if err := json.Unmarshal(text, &event); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return event
}

// log is the wire log, for a failing test.
func (l *lab) log() string {
	var b strings.Builder
	for _, c := range l.sim.Calls() {
		fmt.Fprintln(&b, c)
	}
	return b.String()
}
