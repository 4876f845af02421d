package audit_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/readiness"
	"github.com/eni-failover/eni-failover/internal/record"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// send has the real failover handle an event in the account.
func (a *account) send(source, detailType string, detail map[string]any) failover.Report {
	a.t.Helper()
	event, err := json.Marshal(map[string]any{
		"id": "12345678-1234-1234-1234-123456789012", "source": source, "detail-type": detailType,
		"account": "123456789012", "region": "eu-west-1", "time": time.Now().UTC().Format(time.RFC3339), "detail": detail,
	})
	if err != nil {
		a.t.Fatal(err)
	}
	settings, err := failover.ReadSettings(lookup(nil))
	if err != nil {
		a.t.Fatal(err)
	}
	cfg := a.config()
	handler := failover.New(settings, cfg.Region, failover.Clients{
		EC2: ec2api.New(ec2.NewFromConfig(cfg)), Records: record.New(route53.NewFromConfig(cfg), cfg.Region),
		Scaling: autoscalingapi.New(autoscaling.NewFromConfig(cfg)),
	}, emf.New(&a.metrics, "failover"), slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithTimeout(a.t.Context(), 5*time.Minute)
	defer cancel()
	report, _ := handler.Handle(ctx, event, "123456789012") // an error is what it is to be stranded
	return report
}

// depart lets an instance go as the verdict has it: a Spot instance gets its warning, any other one stops.
func (a *account) depart(id string) failover.Report {
	a.t.Helper()
	in, ok := a.sim.Instance(id)
	if ok && in.Lifecycle == "spot" && in.State == "running" {
		return a.send("aws.ec2", "EC2 Spot Instance Interruption Warning", map[string]any{"instance-id": id, "instance-action": "terminate"})
	}
	a.sim.Edit(func(w *awssim.World) {
		for at := range w.Instances {
			if w.Instances[at].ID == id {
				w.Instances[at].State = "stopping"
			}
		}
	})
	// EC2 refuses to detach from an instance that is stopping; a little later it is stopped.
	a.sim.After(2*time.Second, func(w *awssim.World) {
		for at := range w.Instances {
			if w.Instances[at].ID == id {
				w.Instances[at].State = "stopped"
			}
		}
	})
	return a.send("aws.ec2", "EC2 Instance State-change Notification", map[string]any{"instance-id": id, "state": "stopping"})
}

func (a *account) sweep() failover.Report {
	return a.send("aws.events", "Scheduled Event", map[string]any{})
}

// crowd are accounts with more to choose from, and to quarrel about, than the ones with one defect.
func crowd() map[string]awssim.World {
	second := func(index int) func(*awssim.Interface) {
		return func(e *awssim.Interface) { e.Attachment.DeviceIndex = index }
	}
	group := func(name string) func(*awssim.Instance) {
		return func(in *awssim.Instance) { in.Tags["eni-failover:group"] = name }
	}
	return map[string]awssim.World{
		"several candidates": ready(add(member("3", spot)), add(member("4", kind("m5.large"))), add(member("5", impaired)), foreign("f", "2", 1)),
		"a priority":         ready(add(member("3", func(in *awssim.Instance) { in.Tags["eni-failover:priority"] = "1" }))),
		"two interfaces, two standbys with a slot each": ready(on(2, kind("t3.micro")), add(member("3", kind("t3.micro"))),
			with(secondary("b", "1", second(2)))),
		"two interfaces, one slot": ready(on(2, kind("t3.micro")), with(secondary("b", "1", second(2)))),
		"an orphan competes": ready(on(2, kind("t3.micro")), with(secondary("0", "", nil)),
			foreign("f", "1", 2)),
		"two groups share a standby": ready(on(1, kind("m5.xlarge")), on(2, group("web db")), add(member("3", group("web"))),
			with(secondary("b", "1", func(e *awssim.Interface) {
				e.Attachment.DeviceIndex, e.Tags["eni-failover:group"] = 2, "web"
			}))),
		"one moves for the other": ready(on(1, kind("m5.xlarge")), on(2, kind("t3.micro")), on(2, group("web db")), add(member("3", kind("t3.micro"))),
			with(secondary("0", "1", func(e *awssim.Interface) {
				e.Attachment.DeviceIndex, e.Tags["eni-failover:group"] = 2, "web"
			}))),
		"Spot among Spot":               ready(on(1, spot), on(2, spot), add(member("3", func(in *awssim.Instance) { in.Lifecycle, in.Type = "spot", "t3a.medium" }))),
		"Spot with an impaired standby": ready(on(1, spot), on(2, impaired)),
		"recently left": ready(the(func(e *awssim.Interface) {
			e.Tags["eni-failover:left"] = i("2") + " 1999-12-31T23:50:00Z"
		}), add(member("3", func(in *awssim.Instance) { in.Tags["eni-failover:priority"] = "900" }))),
	}
}

// TestPromises: what the audit says of each interface is what the real failover then does in that account, with
// the same reasons against the same instances.
func TestPromises(t *testing.T) {
	worlds := map[string]func() awssim.World{}
	for name := range defects() {
		if name == "holder is gone" {
			continue // the simulator takes it for another account's, and lets nobody detach from it
		}
		worlds[name] = func() awssim.World { return defects()[name].world }
	}
	for name := range crowd() {
		worlds["crowd: "+name] = func() awssim.World { return crowd()[name] }
	}
	promised := 0
	for name, world := range worlds {
		t.Run(name, func(t *testing.T) {
			var verdicts []readiness.Verdict
			synctest.Test(t, func(t *testing.T) { verdicts = simulate(t, world()).audit().Interfaces })
			for _, v := range verdicts {
				promised++
				synctest.Test(t, func(t *testing.T) { checkPromise(t, world(), v) })
			}
		})
	}
	if promised < len(worlds) {
		t.Errorf("%d promises in %d accounts", promised, len(worlds))
	}
}

func checkPromise(t *testing.T, w awssim.World, v readiness.Verdict) {
	t.Helper()
	a := simulate(t, w)
	var report failover.Report
	if v.Trigger == trigger.KindSweep {
		report = a.sweep()
	} else {
		report = a.depart(v.Holder)
	}
	of := slices.IndexFunc(report.Interfaces, func(r failover.InterfaceReport) bool { return r.Interface == v.Interface })
	if of < 0 {
		if v.Outcome != plan.OutcomeIgnored {
			t.Fatalf("%s: promised %s, and the failover reports nothing of it (%s %s)", brief(v.Interface), v.Outcome, report.Outcome, report.Detail)
		}
		return
	}
	r := report.Interfaces[of]
	e, _ := a.sim.Interface(v.Interface)
	switch {
	case v.Ready && (e.Attachment == nil || e.Attachment.Instance != v.To || e.Attachment.DeviceIndex != v.DeviceIndex):
		t.Errorf("promised %s at index %d, and it is on %+v\n%s", brief(v.To), v.DeviceIndex, e.Attachment, show(r))
	case !v.Ready && (r.Outcome != v.Outcome || r.Reason != v.Reason):
		t.Errorf("promised %s (%s), and it is %s (%s)", v.Outcome, v.Reason, r.Outcome, r.Reason)
	}
	var promised, reported []string
	for _, c := range v.Candidates {
		promised = append(promised, brief(strings.TrimSpace(c.Instance+" "+string(c.Reason))))
	}
	for _, c := range r.Candidates {
		reported = append(reported, brief(strings.TrimSpace(c.Instance+" "+string(c.Reason))))
	}
	if d := cmp.Diff(promised, reported); d != "" {
		t.Errorf("candidates: %s", d)
	}
}
