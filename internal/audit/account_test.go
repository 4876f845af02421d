package audit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/eni-failover/eni-failover/internal/audit"
	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/aws/route53api"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/readiness"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

const (
	zoneA = "eu-west-1a"
	zoneB = "eu-west-1b"
	vpcID = "vpc-00000000000000001"
)

// i and n make the ids of instances and network interfaces from hexadecimal digits.
func i(short string) string { return fmt.Sprintf("i-%017s", short) }
func n(short string) string { return fmt.Sprintf("eni-%017s", short) }

// shortIDs turns the ids in a text back into what they were made from.
func shortIDs(text string) string {
	for _, kind := range []string{"i-", "eni-"} {
		for at := strings.Index(text, kind+"000"); at >= 0; at = strings.Index(text, kind+"000") {
			id := text[at : at+len(kind)+17]
			text = strings.ReplaceAll(text, id, kind+strings.TrimLeft(id[len(kind):], "0"))
		}
	}
	return text
}

type edit = func(*awssim.World)

// ready is an account without a defect: group db has an interface a on instance 1, a standby 2, and a name.
func ready(edits ...edit) awssim.World {
	w := awssim.World{
		Timing:     awssim.Timing{Call: awssim.Duration(20 * time.Millisecond)},
		Instances:  []awssim.Instance{member("1", nil), member("2", nil)},
		Interfaces: []awssim.Interface{secondary("a", "1", nil)},
		Zones: []awssim.Zone{{ID: "ZCORP", Name: "corp.internal", VPCs: []string{vpcID}, Records: []awssim.Record{
			{Name: "db.corp.internal", Type: "A", TTL: 60, Values: []string{"10.0.0.10"}},
		}}},
	}
	w.Interfaces[0].PrivateIPs = []awssim.PrivateIP{{Address: "10.0.0.10"}}
	w.Interfaces[0].Tags["eni-failover:record"] = "db.corp.internal"
	for _, f := range edits {
		f(&w)
	}
	return w
}

func member(short string, change func(*awssim.Instance)) awssim.Instance {
	in := awssim.Instance{ID: i(short), Type: "t3.small", AZ: zoneA, VPC: vpcID, Tags: map[string]string{"eni-failover:group": "db"}}
	if change != nil {
		change(&in)
	}
	return in
}

func secondary(short, holder string, change func(*awssim.Interface)) awssim.Interface {
	e := awssim.Interface{ID: n(short), AZ: zoneA, VPC: vpcID, Tags: map[string]string{"eni-failover:group": "db"}}
	if holder != "" {
		e.Attachment = &awssim.Attachment{Instance: i(holder), DeviceIndex: 1}
	}
	if change != nil {
		change(&e)
	}
	return e
}

// addUnmanaged adds an interface that is not managed, and takes a slot.
func addUnmanaged(short, holder string, index int) edit {
	return func(w *awssim.World) {
		w.Interfaces = append(w.Interfaces, awssim.Interface{
			ID: n(short), VPC: vpcID, Attachment: &awssim.Attachment{Instance: i(holder), DeviceIndex: index},
		})
	}
}

// instance changes the instance with that number in the list, which begins at 1.
func instance(number int, f func(*awssim.Instance)) edit {
	return func(w *awssim.World) { f(&w.Instances[number-1]) }
}

// theInterface changes the first interface.
func theInterface(f func(*awssim.Interface)) edit {
	return func(w *awssim.World) { f(&w.Interfaces[0]) }
}

func addInstance(more awssim.Instance) edit {
	return func(w *awssim.World) { w.Instances = append(w.Instances, more) }
}

func addInterface(more awssim.Interface) edit {
	return func(w *awssim.World) { w.Interfaces = append(w.Interfaces, more) }
}

// zone changes the first hosted zone.
func zone(f func(*awssim.Zone)) edit {
	return func(w *awssim.World) { f(&w.Zones[0]) }
}

// startStandbys allows starting cold standbys.
func startStandbys() []string { return []string{"START_STANDBYS", "true"} }

// cold makes an instance a cold standby.
func cold(in *awssim.Instance) { in.State, in.Tags["eni-failover:start"] = "stopped", "true" }

func spot(in *awssim.Instance) { in.Lifecycle = "spot" }

func ofType(name string) func(*awssim.Instance) { return func(in *awssim.Instance) { in.Type = name } }

func impaired(in *awssim.Instance) { in.InstanceStatus = "impaired" }

// account is a simulated account with an auditor.
type account struct {
	t            testing.TB
	env          []string
	sim          *awssim.Sim
	auditor      *audit.Auditor
	log, metrics bytes.Buffer
}

// simulate simulates the account; env are NAME, VALUE pairs of settings.
func simulate(tb testing.TB, w awssim.World, env ...string) *account {
	tb.Helper()
	return simulateAt(tb, w, rates{audit.EC2Rate(), audit.ScalingRate(), audit.RecordRate()}, env...)
}

// rates are the rate limits of the clients.
type rates struct{ ec2, scaling, records *awsconfig.Limiter }

// simulateAt is simulate at other rates than the function's.
func simulateAt(tb testing.TB, w awssim.World, at rates, env ...string) *account {
	tb.Helper()
	sim, err := awssim.New(w)
	if err != nil {
		tb.Fatal(err)
	}
	settings, err := audit.ReadSettings(lookup(env))
	if err != nil {
		tb.Fatal(err)
	}
	a := &account{t: tb, env: env, sim: sim}
	cfg := simclient.Config(sim.Client())
	a.auditor = audit.New(settings, cfg.Region, audit.Clients{
		EC2:     ec2api.New(ec2.NewFromConfig(awsconfig.Paced(cfg, at.ec2))),
		Records: route53api.New(route53.NewFromConfig(awsconfig.Paced(cfg, at.records)), cfg.Region),
		Scaling: autoscalingapi.New(autoscaling.NewFromConfig(awsconfig.Paced(cfg, at.scaling))),
	}, emf.New(&a.metrics, "audit"), slog.New(slog.NewJSONHandler(&a.log, nil)))
	return a
}

func lookup(env []string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		at := slices.Index(env, name)
		if at < 0 {
			return "", false
		}
		return env[at+1], true
	}
}

// audit runs the audit with Lambda's five minutes, and checks that no call could have changed anything.
func (a *account) audit() readiness.Result {
	a.t.Helper()
	before := len(a.sim.Calls())
	ctx, cancel := context.WithTimeout(a.t.Context(), 5*time.Minute)
	defer cancel()
	r, err := a.auditor.Run(ctx)
	if err != nil {
		a.t.Fatal(err)
	}
	a.checkReadOnly(before)
	return r
}

// checkReadOnly checks the calls from a number on: all of them read, and none is a dry run.
func (a *account) checkReadOnly(from int) {
	a.t.Helper()
	calls := a.sim.Calls()[from:]
	for _, c := range calls {
		reads := strings.HasPrefix(c.Action, "Describe") || strings.HasPrefix(c.Action, "List")
		if c.Mutating || c.DryRun || !reads {
			a.t.Errorf("an audit must not call %s", c)
		}
	}
	if len(calls) == 0 {
		a.t.Error("the audit made no call")
	}
}

// found lists findings as "severity ID resource".
func found(r readiness.Result) []string {
	list := []string{}
	for _, f := range r.Findings {
		list = append(list, shortIDs(fmt.Sprintf("%s %s %s", f.Severity, f.ID, f.Resource)))
	}
	return list
}

func show(v any) string {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic(err)
	}
	return string(b)
}
