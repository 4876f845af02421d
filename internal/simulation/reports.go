package simulation

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// finish records an invocation's report, and judges it by the wire log.
func (r *run) finish(inv *invocation, report failover.Report, err error, killed bool) {
	inv.env.current = nil
	if killed {
		inv.env.current = &invocation{dead: true} // the environment is not used again
		r.environments = slices.DeleteFunc(r.environments, func(e *environment) bool { return e == inv.env })
		r.digest.text(inv.name, "killed")
		return
	}
	text := encode(report)
	r.digest.text(inv.name, text, err)
	r.logf("%s ends: %s, error %v", inv.name, text, err)
	r.tally.Triggers[string(report.Trigger.Kind)]++
	r.tally.Outcomes[string(report.Outcome)]++
	r.tallyVerdict(inv, report)
	calls := r.callsOf(inv)
	r.judgeCalls(inv, report, calls)
	r.judgeError(inv, report, err)
	for _, i := range report.Interfaces {
		r.judgeInterface(inv, i, calls)
	}
	r.judgeAbandoned(inv, report)
	r.judgeHandedOver(inv, calls)
	r.judgeEvents(inv, report, err != nil, calls)
	r.judgeDuplicate(inv, report, err, calls)
}

// callsOf lists the calls of an invocation from the wire log.
func (r *run) callsOf(inv *invocation) []awssim.Call {
	var own []awssim.Call
	for _, c := range r.sim.Calls()[inv.firstCall:] {
		if c.AccessKey == inv.env.key {
			own = append(own, c)
		}
	}
	return own
}

func (r *run) judgeCalls(inv *invocation, report failover.Report, calls []awssim.Call) {
	logged := map[string]int{}
	for _, c := range calls {
		logged[c.Action]++
	}
	if !maps.Equal(logged, report.Calls) {
		r.violate("true-report", "%s reports the calls %v; the wire log has %v", inv.name, report.Calls, logged)
	}
}

// judgeError judges whether an error is one line and names the next step.
func (r *run) judgeError(inv *invocation, report failover.Report, err error) {
	bad := func(o plan.Outcome) bool { return o == plan.OutcomeFailed }
	if err == nil {
		if bad(report.Outcome) {
			r.violate("errors", "%s: outcome %s without an error", inv.name, report.Outcome)
		}
		if report.Outcome == plan.OutcomeStranded && !slices.Contains([]string{"sweep", "rehearsal", "health", "rebalance"}, inv.event.Kind) {
			r.violate("errors", "%s: stranded without an error", inv.name)
		}
		return
	}
	text := err.Error()
	if strings.Contains(text, "\n") || (!strings.Contains(text, "next: ") && !strings.Contains(text, "accepted: ")) {
		r.violate("next-step", "%s: %q names no next step, or is of several lines", inv.name, text)
	}
}

// judgeInterface compares the report on an interface with what the invocation did and saw.
func (r *run) judgeInterface(inv *invocation, i failover.InterfaceReport, calls []awssim.Call) {
	attached, changed := attaches(i, calls)
	if i.Outcome == plan.OutcomeMoved || i.Outcome == plan.OutcomeAttached {
		if !attached || !r.attachedAs(inv, i) {
			r.violate("true-report", "%s reports that %s was %s to %s as %s at index %d, which is not true (attach in the wire log: %t)",
				inv.name, i.Interface, i.Outcome, i.To, i.Attachment, i.DeviceIndex, attached)
		}
		if !r.ranSince(inv, i) {
			r.violate("running-target", "%s reports that %s was %s to %s, which did not run any more when it was attached", inv.name, i.Interface, i.Outcome, i.To)
		}
	}
	leftAlone := []plan.Outcome{plan.OutcomeNothingToDo, plan.OutcomeIgnored, plan.OutcomeStranded, plan.OutcomePlanned}
	if slices.Contains(leftAlone, i.Outcome) && changed && !inv.owns(i.Attachment) && i.Reason != plan.ReasonPaused {
		r.violate("true-report", "%s attached %s and reports %s", inv.name, i.Interface, i.Outcome)
	}
	if i.Outcome == plan.OutcomeStranded && inv.took(i.Interface) {
		r.violate("standby-first", "%s took %s off and reports it stranded", inv.name, i.Interface)
	}
}

// attaches reports whether an interface's attaches among the calls include one that the report can mean and that may
// have been carried out, and one that was answered and carried out.
func attaches(i failover.InterfaceReport, calls []awssim.Call) (reported, made bool) {
	for _, c := range calls {
		if c.Action != "AttachNetworkInterface" || c.DryRun || c.Params.Get("NetworkInterfaceId") != i.Interface {
			continue
		}
		made = made || (c.Status == http.StatusOK && c.Lost == "")
		mayBe := c.Code == "" || c.Status >= 500 || c.Lost != ""
		reported = reported || (mayBe && c.Params.Get("InstanceId") == i.To && c.Params.Get("DeviceIndex") == fmt.Sprint(i.DeviceIndex))
	}
	return reported, made
}

// took reports whether EC2 accepted the invocation's detach of an interface.
func (inv *invocation) took(id string) bool { return inv.takenOff[id] }

// attachedAs reports whether the invocation can have seen the interface attached as the report says.
func (r *run) attachedAs(inv *invocation, i failover.InterfaceReport) bool {
	return r.saw(inv, func(w *awssim.World) bool {
		e := findInterface(w, i.Interface)
		if e == nil || e.Attachment == nil {
			return false
		}
		a := e.Attachment
		return a.ID == i.Attachment && a.Instance == i.To && a.DeviceIndex == i.DeviceIndex && a.Status == "attached"
	})
}

// ranSince reports whether the invocation can have seen the target running since the attach. It is also true if the
// report says that the target could not be asked.
func (r *run) ranSince(inv *invocation, i failover.InterfaceReport) bool {
	if slices.ContainsFunc(i.Warnings, func(w string) bool { return strings.Contains(w, "could not be asked") }) {
		return true
	}
	since, own := inv.attachedAt[i.Attachment]
	if !own {
		return true // another party attached it there after our attach got no answer
	}
	shown := since
	if r.scenario.Faults.Stale > 0 {
		shown = since.Add(-maxStale)
	}
	for _, moment := range slices.Backward(r.sim.Past()) {
		if in := findInstance(&moment.World, i.To); in != nil && in.State == "running" {
			return true
		}
		if !moment.Since.After(shown) {
			return false // older states were over by then
		}
	}
	return false
}

// judgeAbandoned judges whether an invocation left an interface unattached that it had taken off, with time left and a
// standby available.
func (r *run) judgeAbandoned(inv *invocation, report failover.Report) {
	const reserve = 8 * time.Second
	if time.Until(inv.end) < reserve || inv.blind {
		return
	}
	w := r.now()
	for _, i := range report.Interfaces {
		e := findInterface(w, i.Interface)
		if e == nil || e.Attachment != nil || !inv.took(e.ID) || i.Reason == plan.ReasonDenied || i.Outcome == plan.OutcomeSuperseded {
			continue
		}
		if r.attachedAs(inv, i) { // it was given back, and another party has taken it off since
			continue
		}
		if i.Outcome != plan.OutcomeMoved && couldTake(r.now(), e, inv.event.Instance) {
			r.violate("not-abandoned", "%s took %s off and leaves it unattached (%s, %s) with %s left", inv.name, e.ID, i.Outcome, i.Reason, time.Until(inv.end))
		}
	}
}

// judgeDuplicate sends some handled events a second time. The duplicate must change nothing.
func (r *run) judgeDuplicate(inv *invocation, report failover.Report, err error, calls []awssim.Call) {
	if original, again := strings.CutSuffix(strings.Split(inv.name, "#")[0], "+"); again {
		for _, c := range calls {
			if c.Mutating && !c.DryRun && c.Action != "CompleteLifecycleAction" && c.Action != actionPut && inv.alone {
				r.violate("duplicate", "%s is handled again, and makes the change %s", original, c.Action)
			}
		}
		return
	}
	calm := r.quiet || r.scenario.Faults.calm()
	// Requests and alarms are compared with the attachment's time, which EC2's clock gives. If the two clocks differ, a
	// duplicate within that difference can't be distinguished from a new event.
	ahead := r.scenario.Skew > 0 && slices.Contains([]string{"manual", "alarm", "unreachable"}, inv.event.Kind)
	// The event's own moves may have freed a slot for an interface that found no standby.
	stranded := report.Outcome == plan.OutcomeStranded
	// An instance that was not impaired for long enough may be by now.
	due := slices.ContainsFunc(r.now().Instances, func(in awssim.Instance) bool { return impaired(&in) }) &&
		(inv.event.Kind == "sweep" || inv.event.Kind == "running")
	// A sweep ends its check of records after three seconds. The next one repairs what is left.
	cut := inv.event.Kind == "sweep" && r.scenario.Settings["REPAIR_RECORDS"] == "true" && report.DurationMs >= 3000
	if err != nil || stranded || due || cut || !inv.alone || !calm || inv.event.Bare || ahead || r.scenario.roll("again", inv.name) > 15 {
		return
	}
	again := inv.event
	again.Name += "+"
	again.Sync = true
	r.invokeAsync(again)
}

// calm reports whether an invocation can notice none of the faults.
func (f Faults) calm() bool {
	return f.Throttle+f.ServerError+f.BareError+f.LostReply+f.LostRequest+f.Slow+f.Stale+f.Killed == 0
}
