package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/plan"
)

// probeResult is an event of the probe about one interface, as a rule hands it over.
func probeResult(detailType, item, more string) string {
	return fmt.Sprintf(`{"source":"eni-failover","time":%q,"detail-type":%q,"detail":{"interfaces":[{%s}],"asked":9,"answered":3,"isolated":false,"down":[]%s}}`,
		time.Now().UTC().Format(time.RFC3339), detailType, item, more)
}

// puts lists the types of the events that were put on a bus, and forgets all calls. PutEvents is the only call in JSON.
func (a *account) puts() []string {
	var list []string
	for _, c := range a.server.Calls() {
		for _, entry := range strings.Split(c.Body, `"DetailType":"`)[1:] {
			detailType, _, _ := strings.Cut(entry, `"`)
			list = append(list, strings.TrimPrefix(detailType, "ENI Failover "))
		}
	}
	a.server.ForgetCalls()
	return list
}

// TestProbe: the life of an attachment, on moto: it answers, it dies, and the next one has to answer again.
func TestProbe(t *testing.T) {
	t.Parallel()
	a := start(t, false, map[string]string{"EVENT_BUS": "default", "PROBE_VPC": "vpc-0a1b2c3d", "COOLDOWN": "0"})
	on := fmt.Sprintf(`"networkInterfaceId":%q,"attachmentId":%q`, a.eni, a.attachment)
	answer := probeResult("ENI Failover Reached", on, "")
	for n, want := range []int{1, 0} {
		if r := a.must(t, answer); r.Outcome != plan.OutcomeNothingToDo || r.Reason != plan.ReasonReached || len(a.mutations()) != want {
			t.Errorf("answer %d: %s (%s), changes %v; want %d", n, r.Outcome, r.Reason, a.mutations(), want)
		}
		a.server.ForgetCalls()
	}

	const rest = `,"rest":{"run":"30s","targets":[{"networkInterfaceId":"eni-0a1b2c3d","attachmentId":"eni-attach-0a1b2c3d","instanceId":"i-0a1b2c3d","address":"10.0.1.12","probe":"tcp:443"}]}`
	verdict := probeResult("ENI Failover Unreachable", on+`,"check":"tcp:5432","evidence":"refused","confirmed":true`, rest)
	if r := a.must(t, verdict); r.Outcome != plan.OutcomeMoved || a.Holder(a.eni) != a.standby || len(r.Warnings) > 0 {
		t.Errorf("outcome %s (%s), interface on %s, warnings %q; want moved, on %s", r.Outcome, r.Reason, a.Holder(a.eni), r.Warnings, a.standby)
	}
	if got := a.puts(); !slices.Equal(got, []string{"Probe", "Moved"}) {
		t.Errorf("told %v; want the rest handed back, then the move", got)
	}
	for name, event := range map[string]string{"verdict": verdict, "answer": answer} {
		if r := a.must(t, event); r.Outcome != plan.OutcomeSuperseded || r.Reason != plan.ReasonAttachmentNewer {
			t.Errorf("the %s on the attachment before: %s (%s); want superseded", name, r.Outcome, r.Reason)
		}
	}
	if got := a.puts(); !slices.Equal(got, []string{"Probe"}) {
		t.Errorf("told %v; want only the rest", got)
	}
	_, err := a.send(t, probeResult("ENI Failover Unreachable", `"networkInterfaceId":"eni-0a1b2c3d"`, ""))
	if err == nil || err.Type != "RefusedError" || !strings.Contains(err.Message, "eni-0a1b2c3d does not exist") {
		t.Errorf("%+v; want the monitor's id to be refused", err)
	}
}
