package deploytest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/aws/route53api"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

// The account of the scenarios: a holder with an interface of group db, and a standby beside it.
const (
	holder   = "i-0a1b2c3d4e5f60001"
	standby  = "i-0a1b2c3d4e5f60002"
	faraway  = "i-0a1b2c3d4e5f60003" // in another Availability Zone
	theENI   = "eni-0a1b2c3d4e5f60001"
	theZone  = "Z0123456789ABCDEFGHIJ"
	theName  = "db.corp.internal"
	theVPC   = "vpc-0d0d0d0d0d0d0d0d0"
	theGroup = "db-asg"
)

// world is the account; the record of the name is wrong.
func world(change ...func(*awssim.World)) awssim.World {
	member := map[string]string{"eni-failover:group": "db"}
	w := awssim.World{
		Timing: awssim.Timing{
			Call: awssim.Duration(20 * time.Millisecond), Detach: awssim.Duration(time.Second), Attach: awssim.Duration(time.Second),
		},
		Instances: []awssim.Instance{
			{ID: holder, Type: "t3.small", AZ: region + "a", VPC: theVPC, Lifecycle: "spot", Tags: maps.Clone(member)},
			{ID: standby, Type: "t3.small", AZ: region + "a", VPC: theVPC, Tags: maps.Clone(member)},
			{ID: faraway, Type: "t3.small", AZ: region + "b", VPC: theVPC, Tags: maps.Clone(member)},
		},
		Interfaces: []awssim.Interface{{
			ID: theENI, AZ: region + "a", VPC: theVPC, PrivateIPs: []awssim.PrivateIP{{Address: "10.0.0.5", Primary: true}},
			Tags:       map[string]string{"eni-failover:group": "db", "eni-failover:record": theName},
			Attachment: &awssim.Attachment{Instance: holder, DeviceIndex: 1},
		}},
		Zones: []awssim.Zone{{
			ID: theZone, Name: "corp.internal", VPCs: []string{theVPC},
			Records: []awssim.Record{{Name: theName, Type: "A", TTL: 60, Values: []string{"10.0.0.9"}}},
		}},
		AutoScalingGroups: []awssim.AutoScalingGroup{{Name: theGroup, Tags: map[string]string{"eni-failover:group": "yes"}}},
	}
	for _, f := range change {
		f(&w)
	}
	return w
}

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
	l.handler = l.make(s, slog.New(slog.DiscardHandler))
	return l
}

// make makes the function's handler, with a stack's environment variables.
func (l *lab) make(s stack, log *slog.Logger) *failover.Handler {
	l.t.Helper()
	settings, err := failover.ReadSettings(environment(s, "FailoverFunction"))
	if err != nil {
		l.t.Fatal(err)
	}
	cfg := simclient.Config(l.sim.Client())
	cfg.Credentials = simclient.Credentials(accessKey)
	return failover.New(settings, region, failover.Clients{
		EC2: ec2api.New(ec2.NewFromConfig(cfg)), Records: route53api.New(route53.NewFromConfig(awsconfig.Paced(cfg, failover.RecordRate())), region),
		Scaling: autoscalingapi.New(autoscaling.NewFromConfig(cfg)),
	}, emf.New(l, physical("FailoverFunction")), log)
}

// Write takes in the metrics.
func (l *lab) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.emf.Write(p)
}

// send handles an event as Lambda does, with the stack's five minutes, and returns all that it says about it.
func (l *lab) send(event []byte) (report failover.Report, said string) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), 5*time.Minute)
	defer cancel()
	report, err := l.handler.Handle(ctx, event, account)
	return report, told(report, err)
}

// told is all that the failover says of an event, but the mere count of its calls.
func told(report failover.Report, err error) string {
	report.Calls = nil
	said := show(report)
	if err != nil {
		said += "\n" + err.Error()
	}
	return said
}

// denied lists the calls that were refused for want of permission, service:action, in order.
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

func isDenial(code string) bool { return code == "UnauthorizedOperation" || code == "AccessDenied" }

// log is the wire log, for a failing test.
func (l *lab) log() string {
	var b strings.Builder
	for _, c := range l.sim.Calls() {
		fmt.Fprintln(&b, c)
	}
	return b.String()
}

// event makes an event of this moment.
func event(source, detailType string, detail map[string]any) []byte {
	b, err := json.Marshal(map[string]any{
		"version": "0", "id": "12345678-1234-1234-1234-123456789012", "source": source, "detail-type": detailType,
		"account": account, "region": region, "time": time.Now().UTC().Format(time.RFC3339), "resources": []string{}, "detail": detail,
	})
	if err != nil {
		panic(err)
	}
	return b
}

func spotWarning() []byte {
	return event("aws.ec2", "EC2 Spot Instance Interruption Warning", map[string]any{"instance-id": holder, "instance-action": "terminate"})
}

func stateChange(instance, state string) []byte {
	return event("aws.ec2", "EC2 Instance State-change Notification", map[string]any{"instance-id": instance, "state": state})
}

func lifecycleAction() []byte {
	return event("aws.autoscaling", "EC2 Instance-terminate Lifecycle Action", map[string]any{
		"LifecycleActionToken": "87654321-4321-4321-4321-210987654321", "AutoScalingGroupName": theGroup, "LifecycleHookName": "eni-failover",
		"EC2InstanceId": holder, "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING", "Destination": "EC2",
	})
}

func alarm() []byte {
	return event("aws.cloudwatch", "CloudWatch Alarm State Change", map[string]any{
		"alarmName": "unreachable", "configuration": map[string]any{"description": "eni-failover:group=db"},
		"state":         map[string]any{"value": "ALARM", "timestamp": time.Now().UTC().Format("2006-01-02T15:04:05.000+0000")},
		"previousState": map[string]any{"value": "OK"},
	})
}

func sweep() []byte { return event("aws.scheduler", "Scheduled Event", nil) }

func request() []byte {
	return event("eni-failover", "ENI Failover Request", map[string]any{"group": "db", "target": standby})
}

// What happens to the holder.
func inState(state string) func(*awssim.World) {
	return func(w *awssim.World) { w.Instances[0].State = state }
}

func impaired(w *awssim.World) { w.Instances[0].InstanceStatus = "impaired" }

func untagged(w *awssim.World) { w.Instances[0].Tags = nil }

func leaving(w *awssim.World) {
	in := &w.Instances[0]
	in.Lifecycle = ""
	in.AutoScalingGroup, in.LifecycleState, in.LifecycleHook = theGroup, "Terminating:Wait", "eni-failover"
	in.Tags["aws:autoscaling:groupName"] = theGroup
}

func disrupted(w *awssim.World) { w.DisruptedAZs = []string{region + "b"} }

func paused(w *awssim.World) { w.Interfaces[0].Tags["eni-failover:paused"] = "yes" }

// without takes the standby away.
func without(w *awssim.World) { w.Instances[1].State = "stopped" }
