package audit_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/aws/route53api"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/readiness"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// send has the real failover handle an event in the account, and returns its report as it is logged: with the first
// candidates, like a verdict.
func (a *account) send(source, detailType string, detail map[string]any) failover.Report {
	a.t.Helper()
	event, err := json.Marshal(map[string]any{
		"id": "12345678-1234-1234-1234-123456789012", "source": source, "detail-type": detailType,
		"account": "123456789012", "region": "eu-west-1", "time": time.Now().UTC().Format(time.RFC3339), "detail": detail,
	})
	if err != nil {
		a.t.Fatal(err)
	}
	settings, err := failover.ReadSettings(lookup(a.env))
	if err != nil {
		a.t.Fatal(err)
	}
	cfg := simclient.Config(a.sim.Client())
	handler := failover.New(settings, cfg.Region, failover.Clients{
		EC2: ec2api.New(ec2.NewFromConfig(cfg)), Records: route53api.New(route53.NewFromConfig(cfg), cfg.Region),
		Scaling: autoscalingapi.New(autoscaling.NewFromConfig(cfg)),
	}, emf.New(&a.metrics, "failover"), slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithTimeout(a.t.Context(), 5*time.Minute)
	defer cancel()
	report, _ := handler.Handle(ctx, event, "123456789012") // the error of a stranded interface is in the report, too
	return report.Limited()
}

// depart has an instance depart as a verdict assumes: a Spot instance gets its warning, any other one stops.
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

// contested are accounts in which there is something to decide: several candidates, several interfaces, or a holder, a
// standby or an interface in a state that rules a move out.
func contested() map[string]awssim.World {
	all := map[string]awssim.World{}
	maps.Copy(all, contestedStandbys())
	maps.Copy(all, contestedColdStandbys())
	maps.Copy(all, contestedSlots())
	maps.Copy(all, contestedInterfaces())
	return all
}

func contestedStandbys() map[string]awssim.World {
	interrupted := func(in *awssim.Instance) { in.SpotStatus = "marked-for-stop" }
	return map[string]awssim.World{
		"no standby":                    ready(func(w *awssim.World) { w.Instances = w.Instances[:1] }),
		"standby in another zone":       ready(instance(2, func(in *awssim.Instance) { in.AZ = zoneB })),
		"standby in another VPC":        ready(instance(2, func(in *awssim.Instance) { in.VPC = "vpc-2" })),
		"standby stopped":               ready(instance(2, func(in *awssim.Instance) { in.State = "stopped" })),
		"several candidates":            ready(addInstance(member("3", spot)), addInstance(member("4", ofType("m5.large"))), addInstance(member("5", impaired)), addUnmanaged("f", "2", 1)),
		"a priority":                    ready(addInstance(member("3", func(in *awssim.Instance) { in.Tags["eni-failover:priority"] = "1" }))),
		"one of two full":               ready(instance(2, ofType("t3.micro")), addUnmanaged("f", "2", 1), addInstance(member("3", nil))),
		"one of two impaired":           ready(instance(2, impaired), addInstance(member("3", nil))),
		"one of two interrupted":        ready(instance(2, spot), instance(2, interrupted), addInstance(member("3", nil))),
		"one Spot pool":                 ready(instance(1, spot), instance(2, spot)),
		"two Spot pools":                ready(instance(1, spot), instance(2, spot), instance(2, ofType("t3a.medium"))),
		"Spot among Spot":               ready(instance(1, spot), instance(2, spot), addInstance(member("3", func(in *awssim.Instance) { in.Lifecycle, in.Type = "spot", "t3a.medium" }))),
		"Spot with an impaired standby": ready(instance(1, spot), instance(2, impaired)),
		"recently left": ready(theInterface(func(e *awssim.Interface) {
			e.Tags["eni-failover:left"] = i("2") + " 1999-12-31T23:50:00Z"
		}), addInstance(member("3", func(in *awssim.Instance) { in.Tags["eni-failover:priority"] = "900" }))),
	}
}

func contestedColdStandbys() map[string]awssim.World {
	return map[string]awssim.World{
		"a cold standby":                        ready(instance(2, cold)),
		"a cold standby and one that runs":      ready(instance(2, cold), addInstance(member("3", nil))),
		"a cold standby and one that is full":   ready(instance(2, cold), addInstance(member("3", ofType("t3.micro"))), addUnmanaged("f", "3", 1)),
		"a cold standby of Spot":                ready(instance(1, spot), instance(2, cold)),
		"a cold standby for two":                ready(instance(2, cold), addInterface(secondary("b", "1", func(e *awssim.Interface) { e.Attachment.DeviceIndex = 2 }))),
		"a cold standby and an impaired one":    ready(instance(2, cold), addInstance(member("3", impaired))),
		"two cold standbys of two types":        ready(instance(1, spot), instance(2, cold), addInstance(member("3", cold)), instance(3, ofType("m5.large"))),
		"cold standbys that are none":           ready(instance(2, cold), instance(2, spot), addInstance(member("3", cold)), instance(3, scaled("InService"))),
		"a stopped holder and a cold standby":   ready(instance(1, cold), instance(2, cold)),
		"an unattached interface, cold standby": ready(instance(2, cold), theInterface(func(e *awssim.Interface) { e.Attachment = nil })),
	}
}

func contestedSlots() map[string]awssim.World {
	atIndex := func(index int) func(*awssim.Interface) {
		return func(e *awssim.Interface) { e.Attachment.DeviceIndex = index }
	}
	webAtIndex2 := func(e *awssim.Interface) { e.Attachment.DeviceIndex, e.Tags["eni-failover:group"] = 2, "web" }
	groups := func(names string) func(*awssim.Instance) {
		return func(in *awssim.Instance) { in.Tags["eni-failover:group"] = names }
	}
	return map[string]awssim.World{
		"device index taken": ready(addUnmanaged("f", "2", 1)),
		"two interfaces, two standbys with a slot each": ready(instance(2, ofType("t3.micro")), addInstance(member("3", ofType("t3.micro"))),
			addInterface(secondary("b", "1", atIndex(2)))),
		"two interfaces, one slot": ready(instance(2, ofType("t3.micro")), addInterface(secondary("b", "1", atIndex(2)))),
		"three interfaces, two slots": ready(instance(1, ofType("m5.xlarge")),
			addInterface(secondary("b", "1", atIndex(2))), addInterface(secondary("c", "1", atIndex(3)))),
		"two holders, one slot": ready(instance(1, ofType("t3.micro")), instance(2, ofType("t3.micro")),
			addInstance(member("3", ofType("t3.micro"))), addInterface(secondary("b", "3", nil))),
		"an unattached interface wants the same slot": ready(instance(2, ofType("t3.micro")), addInterface(secondary("0", "", nil)), addUnmanaged("f", "1", 2)),
		"two groups share a standby": ready(instance(1, ofType("m5.xlarge")), instance(2, groups("web db")), addInstance(member("3", groups("web"))),
			addInterface(secondary("b", "1", webAtIndex2))),
		"one moves for the other": ready(instance(1, ofType("m5.xlarge")), instance(2, ofType("t3.micro")), instance(2, groups("web db")), addInstance(member("3", ofType("t3.micro"))),
			addInterface(secondary("0", "1", webAtIndex2))),
	}
}

func contestedInterfaces() map[string]awssim.World {
	stopped := func(in *awssim.Instance) { in.State = "stopped" }
	unattached := func(e *awssim.Interface) { e.Attachment = nil }
	return map[string]awssim.World{
		"unattached, paused":     ready(theInterface(paused), theInterface(unattached)),
		"holder stopped":         ready(instance(1, stopped)),
		"holder stopped, alone":  ready(instance(1, stopped), func(w *awssim.World) { w.Instances = w.Instances[:1] }),
		"holder stopped, paused": ready(instance(1, stopped), theInterface(paused)),
		"attaching just now": ready(theInterface(func(e *awssim.Interface) {
			e.Attachment.Status, e.Attachment.AttachTime = "attaching", time.Now().Add(-4*time.Minute)
		})),
		"holder of another group": ready(instance(1, func(in *awssim.Instance) { in.Tags["eni-failover:group"] = "db2" })),
	}
}

// TestPromises checks that the real failover does with each interface what the audit says, with the same reasons against the
// same instances.
func TestPromises(t *testing.T) {
	worlds := map[string]func() awssim.World{}
	for name := range observed() {
		if name == "holder is gone" {
			continue // the simulator takes it for another account's, and refuses to detach from it
		}
		worlds[name] = func() awssim.World { return observed()[name].world }
	}
	for name := range contested() {
		worlds["contested: "+name] = func() awssim.World { return contested()[name] }
	}
	promised := 0
	for name, world := range worlds {
		t.Run(name, func(t *testing.T) {
			var verdicts []readiness.Verdict
			synctest.Test(t, func(t *testing.T) { verdicts = simulate(t, world(), startStandbys()...).audit().Interfaces })
			for _, v := range verdicts {
				promised++
				synctest.Test(t, func(t *testing.T) { checkPromise(t, simulate(t, world(), startStandbys()...), v) })
			}
		})
	}
	if promised < len(worlds) {
		t.Errorf("%d promises in %d accounts", promised, len(worlds))
	}
}

// checkPromise has the event of a verdict take place in an account, and compares.
func checkPromise(t *testing.T, a *account, v readiness.Verdict) {
	t.Helper()
	var report failover.Report
	if v.Trigger == trigger.KindSweep {
		report = a.sweep()
	} else {
		report = a.depart(v.Holder)
	}
	of := slices.IndexFunc(report.Interfaces, func(r failover.InterfaceReport) bool { return r.Interface == v.Interface })
	if of < 0 {
		if v.Outcome != plan.OutcomeIgnored {
			t.Fatalf("%s: promised %s, and the failover does not report it (%s %s)", shortIDs(v.Interface), v.Outcome, report.Outcome, report.Detail)
		}
		return
	}
	r := report.Interfaces[of]
	e, _ := a.sim.Interface(v.Interface)
	switch {
	case v.Ready && (e.Attachment == nil || e.Attachment.Instance != v.To || e.Attachment.DeviceIndex != v.DeviceIndex):
		t.Errorf("promised %s at index %d, and it is on %+v\n%s", shortIDs(v.To), v.DeviceIndex, e.Attachment, show(r))
	case !v.Ready && (r.Outcome != v.Outcome || r.Reason != v.Reason):
		t.Errorf("promised %s (%s), and it is %s (%s)", v.Outcome, v.Reason, r.Outcome, r.Reason)
	}
	var promised, reported []string
	for _, c := range v.Candidates {
		promised = append(promised, showCandidate(c))
	}
	for _, c := range r.Candidates {
		reported = append(reported, showCandidate(c))
	}
	if d := cmp.Diff(promised, reported); d != "" {
		t.Errorf("candidates: %s", d)
	}
}

func showCandidate(c plan.Candidate) string {
	text := c.Instance + " " + string(c.Reason)
	if c.Start {
		text += " is started"
	}
	return shortIDs(text)
}
