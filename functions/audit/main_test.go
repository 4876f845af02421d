package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/readiness"
	"github.com/eni-failover/eni-failover/internal/testing/lambdatest"
	"github.com/eni-failover/eni-failover/internal/testing/mototest"
)

// These tests run the binary under a Lambda Runtime API, against moto, an independent simulation of AWS.

func run(t *testing.T, env map[string]string) *lambdatest.Function {
	t.Helper()
	return lambdatest.Start(t, lambdatest.Build(t, "."), env)
}

// result invokes the function with an event and reads what it returns.
func result(t *testing.T, f *lambdatest.Function, event string) readiness.Result {
	t.Helper()
	out := f.Invoke(time.Minute, []byte(event))
	var r readiness.Result
	if out.Error != nil {
		t.Fatalf("%v\n%s", out.Error, f.Logs())
	}
	if err := json.Unmarshal(out.Payload, &r); err != nil {
		t.Fatalf("%v\n%s", err, out.Payload)
	}
	return r
}

func TestAudit(t *testing.T) {
	t.Parallel()
	server := mototest.Start(t)
	a := server.NewAccount(t)
	tags := map[string]string{"eni-failover:group": "db"}
	holder, standby := a.Launch(mototest.Instance{Tags: tags}), a.Launch(mototest.Instance{Tags: tags})
	id, address := a.CreateInterface(mototest.ZoneA, map[string]string{"eni-failover:group": "db", "eni-failover:record": "db.corp.internal"})
	a.Attach(id, holder)
	zone := a.CreateZone("corp.internal")
	a.SetRecord(zone, "db.corp.internal", address)
	f := run(t, map[string]string{"AWS_ENDPOINT_URL": server.Endpoint})
	server.ForgetCalls()

	// The content of the event does not matter.
	for _, event := range []string{
		`{"source":"aws.events","detail-type":"Scheduled Event","account":"000000000000","region":"us-east-1","detail":{}}`, `{}`, `[1]`, `null`,
	} {
		r := result(t, f, event)
		if r.Summary.Ready != 1 || r.Summary.Critical+r.Summary.Warning != 0 || r.Interfaces[0].To != standby || r.Groups[0].Losses != 1 {
			t.Errorf("a ready account: %s\n%s", event, r.Summary.Text)
		}
	}
	for _, c := range server.Calls() {
		if !strings.HasPrefix(c.Action, "Describe") && !strings.HasPrefix(c.Action, "List") || c.Params.Get("DryRun") == "true" {
			t.Errorf("an audit must not call %s", c.Action)
		}
	}

	a.Terminate(standby)
	unattached, _ := a.CreateInterface(mototest.ZoneB, tags)
	r := result(t, f, `{}`)
	critical := map[readiness.ID]string{}
	for _, finding := range r.Findings {
		if finding.Severity == readiness.Critical {
			critical[finding.ID] += finding.Resource
		}
	}
	if !strings.Contains(critical[readiness.NoStandbyInAZ], id) || critical[readiness.InterfaceUnattached] != unattached || r.Summary.Unready != 2 {
		t.Errorf("critical findings %v\n%s", critical, r.Summary.Text)
	}
	for _, want := range []string{`"msg":"finding"`, `"message":"finding"`} {
		if strings.Contains(f.Logs(), want) {
			return
		}
	}
	t.Errorf("no finding in the log\n%s", f.Logs())
}

func TestBadSettings(t *testing.T) {
	t.Parallel()
	f := run(t, map[string]string{
		"GROUPS": "d*b", "COOLDOWN": "soon", "AWS_ENDPOINT_URL": "localhost:4566", "ALERTS_UNSUBSCRIBED": "perhaps",
		"PROBE_VPC": "default", "START_KEYS": "alias/aws/ebs",
	})
	err := f.InitError()
	for _, want := range []string{"GROUPS", "COOLDOWN", `AWS_ENDPOINT_URL is "localhost:4566"`, "ALERTS_UNSUBSCRIBED", `PROBE_VPC is "default"`, `START_KEYS is "alias/aws/ebs"`} {
		if err == nil || !strings.Contains(f.Logs(), want) {
			t.Errorf("%v; want %s named\n%s", err, want, f.Logs())
		}
	}
}

// TestUnreachable checks that an audit asks as long as it has time, and then still says why there was no answer.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	f := run(t, map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
	out := f.Invoke(8*time.Second, []byte(`{}`))
	if out.Error == nil || out.Error.Type != "ObserveError" || !strings.Contains(out.Error.Message, "Describe") ||
		!strings.Contains(out.Error.Message, "connection refused") || strings.Contains(out.Error.Message, "\n") {
		t.Errorf("%+v; want an ObserveError of one line that says why\n%s", out.Error, f.Logs())
	}
}
