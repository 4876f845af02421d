package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eni-failover/eni-failover/internal/audit"
	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/readiness"
)

func TestStatus(t *testing.T) {
	a := serve(t, "healthy-pair.json")
	a.ask(t, "status").checkPage(t,
		"eni-failover status of eu-west-1,", "Group db, which survives 1 loss in a row",
		interfaceID+" 10.0.1.10 on "+holderID+" (db-a), index 1, since ", "next: "+standbyID+" (db-b)", "record db.corp.internal: ok",
		"holder "+holderID+" (db-a) eu-west-1a t3.medium spot running", "standby "+standbyID+" (db-b)", "Findings: no finding that needs a person",
		"Judged by default settings.")
	var s status
	a.read(t, &s, nil, "status")
	i := s.Groups[0].Interfaces[0]
	if s.Region != "eu-west-1" || len(s.Groups) != 1 || i.To != standbyID || i.Holder != holderID || !i.Served || i.Attachment != "attached" || i.Index != 1 ||
		!slices.Equal(i.Addresses, []string{"10.0.1.10"}) || i.Since == "" || i.Paused {
		t.Errorf("%+v", s)
	}
	if m := s.Groups[0].Members; len(m) != 2 || !slices.Equal(m[0].Holds, []string{interfaceID}) || !slices.Equal(m[1].NextFor, []string{interfaceID}) || !m[0].Spot {
		t.Errorf("%+v", m)
	}
}

// What is wrong is on the page in words.
func TestStatusOfWhatIsWrong(t *testing.T) {
	for file, wants := range map[string][]string{
		"no-standby.json":           {"survives 0 losses", "nowhere to go (no-standby)", "critical", "`eni-failover audit` explains them"},
		"scaling-group-of-one.json": {"unattached, in eu-west-1a; no running instance serves it"},
		"cold-standby.json":         {"nowhere to go"},
	} {
		t.Run(file, func(t *testing.T) { serve(t, file).ask(t, "status").checkPage(t, wants...) })
	}
	a := serve(t, "healthy-pair.json", func(w *awssim.World) {
		w.Interfaces[0].Tags["eni-failover:paused"] = "true"
		w.Interfaces[0].Tags["eni-failover:left"] = standbyID + " 2026-01-01T00:00:00Z"
		w.Zones[0].Records[0].Values = []string{"10.0.1.99"}
	})
	a.ask(t, "status").checkPage(t, "left alone (paused)", "came from "+standbyID+" (db-b)", "record db.corp.internal: mismatch; ")
	service := serve(t, "healthy-pair.json", func(w *awssim.World) {
		e := &w.Interfaces[0]
		e.RequesterManaged, e.Type, e.AZ = true, "nat_gateway", "eu-west-1a"
		e.Attachment = &awssim.Attachment{ID: "ela-attach-0a1b2c3d4e5f60001", InstanceOwner: "amazon-aws", DeviceIndex: 1}
	})
	service.ask(t, "status").checkPage(t, "used by a service, in eu-west-1a left alone (unsupported-interface)")
	none := serve(t, "healthy-pair.json", func(w *awssim.World) { w.Interfaces[0].Tags = nil })
	none.ask(t, "status").checkPage(t, "No interface with a group is served here: nothing is protected.")
}

// The environment has the settings, as for the functions.
func TestSettings(t *testing.T) {
	a := serve(t, "cold-standby.json")
	cold := []string{"START_STANDBYS=true"}
	r := eniFailover(t, "", cold, "status", "-endpoint", a.url)
	r.checkPage(t, "next: i-0000000000000000c (db-c) after its start", "Judged by START_STANDBYS=true.", "stopped, a cold standby")
	eniFailover(t, "", cold, "plan", holderID, "-endpoint", a.url).checkPage(t, "-> i-0000000000000000c (db-c) after its start, device index 1", "startable "+standbyID, "cold-spot i-0000000000000000d")
	eniFailover(t, "", []string{"GROUPS=web"}, "audit", "-endpoint", a.url).checkPage(t, "nothing is protected", "Judged by GROUPS=web.")
	bad := eniFailover(t, "", []string{"GROUPS=*", "COOLDOWN=soon"}, "status", "-endpoint", a.url)
	if bad.status != exitUsage || !strings.Contains(bad.err, `GROUPS is "*"`) || !strings.Contains(bad.err, `COOLDOWN is "soon"`) {
		t.Errorf("status %d, %s", bad.status, bad.err)
	}
}

// The command audits as the deployed audit does.
func TestAudit(t *testing.T) {
	for _, file := range []string{"healthy-pair.json", "no-standby.json", "two-groups.json", "denied.json"} {
		a := serve(t, file)
		var got readiness.Result
		a.read(t, &got, nil, "audit")
		settings, err := audit.ReadSettings(func(string) (string, bool) { return "", false })
		if err != nil {
			t.Fatal(err)
		}
		cfg := a.config(t)
		want, err := audit.New(settings, cfg.Region, auditClients(cfg), emf.New(io.Discard, "audit"), slog.New(slog.DiscardHandler)).Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ignore := cmpopts.IgnoreFields(readiness.Summary{}, "DurationMs", "Time", "Text", "Calls")
		if d := cmp.Diff(asJSON(t, want), asJSON(t, got), ignore, cmpopts.EquateComparable(netip.Addr{})); d != "" {
			t.Errorf("%s: %s", file, d)
		}
	}
	serve(t, "no-standby.json").ask(t, "audit").checkPage(t, "eni-failover audit of eu-west-1", "CRITICAL NO_STANDBY_IN_AZ")
}

// asJSON is a result as it comes out of JSON.
func asJSON(t *testing.T, r readiness.Result) (out readiness.Result) {
	t.Helper()
	data, err := json.Marshal(r)
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// What the command plans, the handler then does: each sample account, with each holder interrupted or stopped.
func TestPlanIsWhatHappens(t *testing.T) {
	files, err := filepath.Glob("../../examples/worlds/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	settings := []string{"START_STANDBYS=true", "START_SETTLE=10ms", "DETACH_GRACE=100ms"}
	planned := 0
	for _, file := range files {
		file = filepath.Base(file)
		if file == "denied.json" {
			continue // no plan sees what EC2 will deny
		}
		probe := serve(t, file)
		for _, in := range probe.sim.World().Instances {
			a := serve(t, file)
			r := eniFailover(t, "", settings, "plan", in.ID, "-json", "-endpoint", a.url)
			if r.status == exitUsage {
				continue // not of a group
			}
			var d departure
			if err := json.Unmarshal([]byte(r.out), &d); err != nil {
				t.Fatalf("%s %s: %v\n%s", file, in.ID, err, r.err)
			}
			for _, call := range a.sim.Calls() {
				if call.Mutating {
					t.Fatalf("the plan makes the call %s", call.Action)
				}
			}
			report := a.lose(t, in, settings)
			if len(report.Interfaces) != len(d.Interfaces) {
				t.Errorf("%s %s: %d interfaces planned, %d handled: %s", file, in.ID, len(d.Interfaces), len(report.Interfaces), report.Detail)
				continue
			}
			for n, e := range d.Interfaces {
				got := report.Interfaces[n]
				want := e.To
				if !e.Ready {
					want = got.To // where it is
				}
				moved := got.Outcome == plan.OutcomeMoved || got.Outcome == plan.OutcomeAttached
				if got.Interface != e.Interface || got.To != want || moved != e.Ready {
					t.Errorf("%s %s: planned %s -> %q (%s), but %s %s -> %q", file, in.ID, e.Interface, e.To, e.Outcome, got.Interface, got.Outcome, got.To)
				}
				planned++
			}
		}
	}
	if planned < 8 {
		t.Errorf("only %d interfaces were planned for", planned)
	}
}

// lose has an instance go as a plan assumes, and returns the handler's report.
func (a *account) lose(t *testing.T, in awssim.Instance, env []string) failover.Report {
	t.Helper()
	kind, detail := "EC2 Instance State-change Notification", map[string]any{"instance-id": in.ID, "state": "stopping"}
	if in.Lifecycle == "spot" && in.State == "running" {
		kind, detail = "EC2 Spot Instance Interruption Warning", map[string]any{"instance-id": in.ID, "instance-action": "terminate"}
	} else {
		a.sim.Edit(instance(in.ID, func(in *awssim.Instance) { in.State = "stopped" }))
	}
	event, err := json.Marshal(map[string]any{
		"id": "12345678-1234-1234-1234-123456789012", "source": "aws.ec2", "detail-type": kind, "account": a.sim.World().Account, "region": "eu-west-1",
		"time": time.Now().UTC().Format(time.RFC3339), "detail": detail,
	})
	if err != nil {
		t.Fatal(err)
	}
	report, _ := a.handler(t, env).Handle(t.Context(), event, a.sim.World().Account) // the error of a stranded interface is in the report, too
	return report
}

// handler is the failover as it is deployed.
func (a *account) handler(t *testing.T, env []string) *failover.Handler {
	t.Helper()
	settings, err := failover.ReadSettings(func(name string) (string, bool) {
		for _, pair := range env {
			if n, value, _ := strings.Cut(pair, "="); n == name {
				return value, true
			}
		}
		return "", false
	})
	if err != nil {
		t.Fatal(err)
	}
	cfg := awsconfig.Tune(a.config(t))
	clients := auditClients(cfg)
	return failover.New(settings, cfg.Region, failover.Clients{EC2: clients.EC2, Records: clients.Records, Scaling: clients.Scaling},
		emf.New(io.Discard, "failover"), slog.New(slog.NewJSONHandler(a.logs.Writer(logGroup), &slog.HandlerOptions{ReplaceAttr: lambdaNames})))
}

// lambdaNames gives a line of the log the names of Lambda's own logger (lambdacontext.NewLogger).
func lambdaNames(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.MessageKey {
		a.Key = "message"
	}
	return a
}

func TestPlanForAPerson(t *testing.T) {
	a := serve(t, "healthy-pair.json")
	a.ask(t, "plan", holderID).checkPage(t,
		"If "+holderID+" (db-a) was interrupted now", interfaceID+" of group db, 10.0.1.10 -> "+standbyID+" (db-b), device index 1",
		"chosen "+standbyID, "doomed "+holderID, "record db.corp.internal: ok", "Nothing was changed.")
	a.ask(t, "plan", standbyID).checkPage(t, "stopped or was terminated now", "nothing would move", "would get "+interfaceID+" next")
	serve(t, "no-standby.json").ask(t, "plan", holderID).checkPage(t,
		": nowhere (no-standby)", "next: start ", "not-running ", "CRITICAL NO_STANDBY_IN_AZ")
	paused := serve(t, "healthy-pair.json", func(w *awssim.World) { w.Interfaces[0].Tags["eni-failover:paused"] = "" })
	paused.ask(t, "plan", holderID).checkPage(t, "left alone (paused)")
	other := a.ask(t, "plan", "i-0123456789abcdef0")
	if other.status != exitUsage || !strings.Contains(other.err, "accepted: one of "+holderID+", "+standbyID) {
		t.Errorf("status %d, %s", other.status, other.err)
	}
}
