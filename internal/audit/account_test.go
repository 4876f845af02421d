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
	"github.com/eni-failover/eni-failover/internal/observe"
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

// brief turns ids back into what they were made from.
func brief(text string) string {
	for _, kind := range []string{"i-", "eni-"} {
		for at := strings.Index(text, kind+"000"); at >= 0; at = strings.Index(text, kind+"000") {
			id := text[at : at+len(kind)+17]
			text = strings.ReplaceAll(text, id, kind+strings.TrimLeft(id[len(kind):], "0"))
		}
	}
	return text
}

type edit = func(*awssim.World)

// ready is an account in which everything is as it should be: group db with its interface a on instance 1, a
// standby 2, and a name.
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

// foreign is an interface of nobody's concern that takes a slot.
func foreign(short, holder string, index int) edit {
	return func(w *awssim.World) {
		w.Interfaces = append(w.Interfaces, awssim.Interface{
			ID: n(short), VPC: vpcID, Attachment: &awssim.Attachment{Instance: i(holder), DeviceIndex: index},
		})
	}
}

// on changes the instance, and the interface, whose number in the list that is.
func on(at int, f func(*awssim.Instance)) edit {
	return func(w *awssim.World) { f(&w.Instances[at-1]) }
}

func the(f func(*awssim.Interface)) edit {
	return func(w *awssim.World) { f(&w.Interfaces[0]) }
}

func add(more awssim.Instance) edit {
	return func(w *awssim.World) { w.Instances = append(w.Instances, more) }
}

func with(more awssim.Interface) edit {
	return func(w *awssim.World) { w.Interfaces = append(w.Interfaces, more) }
}

func records(f func(*awssim.Zone)) edit {
	return func(w *awssim.World) { f(&w.Zones[0]) }
}

func spot(in *awssim.Instance) { in.Lifecycle = "spot" }

func kind(name string) func(*awssim.Instance) { return func(in *awssim.Instance) { in.Type = name } }

func impaired(in *awssim.Instance) { in.InstanceStatus = "impaired" }

// account is a simulated account and an auditor on it.
type account struct {
	t            testing.TB
	sim          *awssim.Sim
	auditor      *audit.Auditor
	log, metrics bytes.Buffer
}

// simulate simulates the account; env are NAME, VALUE pairs of settings.
func simulate(tb testing.TB, w awssim.World, env ...string) *account {
	tb.Helper()
	return simulateAt(tb, w, rates{audit.EC2Rate(), audit.ScalingRate(), audit.RecordRate()}, env...)
}

// rates are those of the clients.
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
	a := &account{t: tb, sim: sim}
	cfg := simclient.Config(sim.Client())
	observer := observe.New(
		ec2api.New(ec2.NewFromConfig(awsconfig.Paced(cfg, at.ec2))),
		autoscalingapi.New(autoscaling.NewFromConfig(awsconfig.Paced(cfg, at.scaling))))
	checker := route53api.New(route53.NewFromConfig(awsconfig.Paced(cfg, at.records)), cfg.Region)
	a.auditor = audit.New(settings, cfg.Region, observer, checker, emf.New(&a.metrics, "audit"), slog.New(slog.NewJSONHandler(&a.log, nil)))
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

// audit audits as Lambda does, with five minutes' time, and checks that no call could have changed anything.
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

// checkReadOnly goes by the wire log, from a call on: only reads, and no dry run either.
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
		a.t.Error("the audit asked nobody")
	}
}

// found lists findings as "severity ID resource".
func found(r readiness.Result) []string {
	list := []string{}
	for _, f := range r.Findings {
		list = append(list, brief(fmt.Sprintf("%s %s %s", f.Severity, f.ID, f.Resource)))
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
