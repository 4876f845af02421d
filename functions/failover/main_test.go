package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/testing/lambdatest"
	"github.com/eni-failover/eni-failover/internal/testing/mototest"
)

// These tests run the binary under a Lambda Runtime API, against moto, which others wrote: what works only
// against our own simulator proves half.

// account is a group in moto: a holder, standbys in two Availability Zones, and a record.
type account struct {
	*mototest.Account
	server          *mototest.Server
	function        *lambdatest.Function
	holder, standby string
	eni, attachment string
}

func start(t *testing.T, spot bool, settings map[string]string) *account {
	t.Helper()
	server := mototest.Start(t)
	a := &account{Account: server.NewAccount(t), server: server}
	tags := map[string]string{"eni-failover:group": "db"}
	a.holder = a.Launch(mototest.Instance{Spot: spot, Tags: tags})
	a.standby = a.Launch(mototest.Instance{Tags: tags})
	a.Launch(mototest.Instance{Zone: mototest.ZoneB, Tags: tags})
	id, address := a.CreateInterface(mototest.ZoneA, map[string]string{
		"eni-failover:group": "db", "eni-failover:record": "db.corp.internal",
	})
	a.eni, a.attachment = id, a.Attach(id, a.holder)
	a.SetRecord(a.CreateZone("corp.internal"), "db.corp.internal", address)
	env := map[string]string{"AWS_ENDPOINT_URL": server.Endpoint}
	maps.Copy(env, settings)
	a.function = lambdatest.Start(t, lambdatest.Build(t, "."), env)
	if err := a.function.InitError(); err != nil {
		t.Fatalf("init: %v\n%s", err, a.function.Logs())
	}
	server.ForgetCalls()
	return a
}

// send invokes the function and reads its report.
func (a *account) send(t *testing.T, event string) (failover.Report, *lambdatest.Error) {
	t.Helper()
	result := a.function.Invoke(time.Minute, []byte(event))
	var report failover.Report
	if result.Error == nil {
		if err := json.Unmarshal(result.Payload, &report); err != nil {
			t.Fatalf("report: %v\n%s", err, result.Payload)
		}
	}
	return report, result.Error
}

// must is send for an event that must succeed.
func (a *account) must(t *testing.T, event string) failover.Report {
	t.Helper()
	report, err := a.send(t, event)
	if err != nil {
		t.Fatalf("error %s: %s\n%s", err.Type, err.Message, a.function.Logs())
	}
	return report
}

func spotWarning(instance string) string {
	return fmt.Sprintf(`{"version":"0","id":"12345678-1234-1234-1234-123456789012","source":"aws.ec2",
		"detail-type":"EC2 Spot Instance Interruption Warning","account":"123456789012","region":"eu-west-1","time":%q,
		"resources":["arn:aws:ec2:eu-west-1a:instance/%s"],"detail":{"instance-id":%q,"instance-action":"terminate"}}`,
		time.Now().UTC().Format(time.RFC3339), instance, instance)
}

func stateChange(instance, state string) string {
	return fmt.Sprintf(`{"id":"7bf73129-1428-4cd3-a780-95db273d1602","source":"aws.ec2",
		"detail-type":"EC2 Instance State-change Notification","account":"123456789012","region":"eu-west-1","time":%q,
		"detail":{"instance-id":%q,"state":%q}}`, time.Now().UTC().Format(time.RFC3339), instance, state)
}

// mutations lists the changes that were asked for.
func (a *account) mutations() []string {
	var list []string
	for _, c := range a.server.Calls() {
		if !strings.HasPrefix(c.Action, "Describe") && !strings.HasPrefix(c.Action, "List") && c.Params.Get("DryRun") != "true" {
			list = append(list, c.Action)
		}
	}
	return list
}

func TestSpotWarning(t *testing.T) {
	t.Parallel()
	a := start(t, true, nil)
	r := a.must(t, spotWarning(a.holder))
	if r.Outcome != plan.OutcomeMoved || a.Holder(a.eni) != a.standby {
		t.Errorf("outcome %s, interface on %s; want moved, on %s\n%s", r.Outcome, a.Holder(a.eni), a.standby, a.function.Logs())
	}
	if i := r.Interfaces[0]; i.From != a.holder || i.To != a.standby || i.Attachment == a.attachment || len(i.Differences) > 0 {
		t.Errorf("report %+v; want a clean move from %s to %s", i, a.holder, a.standby)
	}
	if records := r.Interfaces[0].Records; len(records) != 1 || records[0].State != "ok" {
		t.Errorf("records %+v; want db.corp.internal ok", records)
	}

	a.server.ForgetCalls()
	if r := a.must(t, spotWarning(a.holder)); r.Outcome != plan.OutcomeIgnored || len(a.mutations()) > 0 {
		t.Errorf("the duplicate was %s, with changes %v; want ignored, none", r.Outcome, a.mutations())
	}
}

func TestTerminatedInstance(t *testing.T) {
	t.Parallel()
	a := start(t, false, nil)
	a.Terminate(a.holder)
	r := a.must(t, stateChange(a.holder, "terminated"))
	if a.Holder(a.eni) != a.standby {
		t.Errorf("outcome %s, interface on %s; want on %s", r.Outcome, a.Holder(a.eni), a.standby)
	}
}

func TestOrphanOfTerminatedInstance(t *testing.T) {
	t.Parallel()
	a := start(t, false, nil)
	a.Detach(a.attachment)
	a.Terminate(a.holder)
	a.server.ForgetCalls()
	r := a.must(t, stateChange(a.holder, "terminated"))
	if r.Outcome != plan.OutcomeAttached || a.Holder(a.eni) != a.standby {
		t.Errorf("outcome %s, interface on %s; want attached, on %s", r.Outcome, a.Holder(a.eni), a.standby)
	}
	if got := a.mutations(); len(got) != 1 || got[0] != "AttachNetworkInterface" {
		t.Errorf("changes %v; want one AttachNetworkInterface", got)
	}
}

func TestForeignInstanceCostsOneCall(t *testing.T) {
	t.Parallel()
	a := start(t, false, nil)
	foreign := a.Launch(mototest.Instance{})
	a.server.ForgetCalls()
	for _, event := range []string{spotWarning(foreign), stateChange(foreign, "terminated"), stateChange(foreign, "running")} {
		a.server.ForgetCalls()
		r := a.must(t, event)
		if calls := a.server.Calls(); r.Outcome != plan.OutcomeIgnored || len(calls) != 1 {
			t.Errorf("outcome %s with %d calls; want ignored with one: %+v", r.Outcome, len(calls), calls)
		}
	}
}

func TestManualRequest(t *testing.T) {
	t.Parallel()
	a := start(t, false, nil)
	request := fmt.Sprintf(`{"group":"db","target":%q,"dryRun":true}`, a.standby)
	if r := a.must(t, request); r.Outcome != plan.OutcomePlanned || len(a.mutations()) > 0 {
		t.Errorf("dry run: outcome %s, changes %v; want planned, none", r.Outcome, a.mutations())
	}
	request = fmt.Sprintf(`{"group":"db","target":%q}`, a.standby)
	if r := a.must(t, request); r.Outcome != plan.OutcomeMoved || a.Holder(a.eni) != a.standby {
		t.Errorf("outcome %s, interface on %s; want moved, on %s", r.Outcome, a.Holder(a.eni), a.standby)
	}
	if r := a.must(t, request); r.Outcome != plan.OutcomeNothingToDo {
		t.Errorf("the duplicate was %s; want nothing-to-do", r.Outcome)
	}
}

func TestGarbageIsRefusedAndTheProcessLives(t *testing.T) {
	t.Parallel()
	a := start(t, true, nil)
	for event, field := range map[string]string{
		`not JSON`:               "event",
		`[]`:                     "event",
		`null`:                   "event",
		`{}`:                     "group",
		`{"group":"db*"}`:        "group",
		`{"gruop":"db"}`:         "gruop",
		`{"source":"aws.ec2"}`:   "detail-type",
		`{"Records":[{}]}`:       "Records",
		spotWarning("i-nothing"): "detail.instance-id",
		strings.Replace(spotWarning(a.holder), "terminate", "explode", 1):       "detail.instance-action",
		strings.Replace(spotWarning(a.holder), "123456789012", "1", 2):          "account",
		strings.Replace(spotWarning(a.holder), `"eu-west-1"`, `"us-east-1"`, 1): "region",
	} {
		_, err := a.send(t, event)
		if err == nil || err.Type != "BadInputError" || !strings.Contains(err.Message, field) {
			t.Errorf("%s: error %+v; want a BadInputError that names %s", event, err, field)
		}
	}
	if calls := a.server.Calls(); len(calls) > 0 {
		t.Errorf("calls %+v; want none", calls)
	}
	if r := a.must(t, spotWarning(a.holder)); r.Outcome != plan.OutcomeMoved || !a.function.Alive() {
		t.Errorf("after the garbage: outcome %s, alive %t; want moved, true", r.Outcome, a.function.Alive())
	}
}

func TestBadSettingsFailAtInit(t *testing.T) {
	t.Parallel()
	f := lambdatest.Start(t, lambdatest.Build(t, "."), map[string]string{
		"DETACH_GRACE": "soon", "DRY_RUN": "maybe", "GROUPS": "db,not a group", "PROBE_VPC": "corp",
	})
	if f.InitError() == nil {
		t.Fatal("init succeeded; want an error")
	}
	for _, want := range []string{`DETACH_GRACE is "soon"`, `DRY_RUN is "maybe"`, `GROUPS is "not a group"`, `PROBE_VPC is "corp"`} {
		if !strings.Contains(f.Logs(), want) {
			t.Errorf("log %q; want it to say %s", f.Logs(), want)
		}
	}
}
