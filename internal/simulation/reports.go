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

// finish takes in what an invocation said, and judges it by the wire log.
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
	calls := r.callsOf(inv)
	r.judgeCalls(inv, report, calls)
	r.judgeError(inv, report, err)
	for _, i := range report.Interfaces {
		r.judgeInterface(inv, i, calls)
	}
	r.judgeAbandoned(inv, report)
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

// judgeError judges an error by what a person needs of it at night: one line, and the next step.
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

// judgeInterface compares what a report says of an interface with what the invocation did and saw.
func (r *run) judgeInterface(inv *invocation, i failover.InterfaceReport, calls []awssim.Call) {
	attached, changed := attaches(i, calls)
	switch i.Outcome {
	case plan.OutcomeMoved, plan.OutcomeAttached:
		if !attached || !r.attachedAs(inv, i) {
			r.violate("true-report", "%s reports that %s was %s to %s as %s at index %d, which is not so (attach in the wire log: %t)",
				inv.name, i.Interface, i.Outcome, i.To, i.Attachment, i.DeviceIndex, attached)
		}
		if !r.ranSince(inv, i) {
			r.violate("running-target", "%s reports that %s was %s to %s, which did not run any more when it was attached", inv.name, i.Interface, i.Outcome, i.To)
		}
	case plan.OutcomeNothingToDo, plan.OutcomeIgnored, plan.OutcomeStranded, plan.OutcomePlanned:
		if changed && !inv.owns(i.Attachment) && i.Reason != plan.ReasonPaused {
			r.violate("true-report", "%s attached %s and reports %s", inv.name, i.Interface, i.Outcome)
		}
	case plan.OutcomeFailed, plan.OutcomeSuperseded:
	}
	if i.Outcome == plan.OutcomeStranded && inv.took(i.Interface) {
		r.violate("standby-first", "%s took %s off and reports it stranded", inv.name, i.Interface)
	}
}

// attaches finds an interface's attaches among calls: whether there is one that the report can be about, which
// was or for all that anybody knows may have been carried out; and whether one was answered that was.
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

// took reports whether a detach of the invocation was accepted for an attachment that it did not make itself.
func (inv *invocation) took(id string) bool {
	return inv.origin[id] != "" && len(inv.accepted) > 0 && inv.touched[id]
}

// attachedAs reports whether an interface was attached as a report says, in a state that the invocation can
// have seen.
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

// ranSince reports whether the instance that an interface was given to can have been seen running since, or the report
// says that it could not be asked.
func (r *run) ranSince(inv *invocation, i failover.InterfaceReport) bool {
	if slices.ContainsFunc(i.Warnings, func(w string) bool { return strings.Contains(w, "could not be asked") }) {
		return true
	}
	since, own := inv.attachedAt[i.Attachment]
	if !own {
		return true // somebody else gave it to that instance, after a request of ours that got no answer
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
			return false // the one before was over by then
		}
	}
	return false
}

// judgeAbandoned judges whether an invocation left an interface hanging that it took off, with time left and
// somebody to give it to.
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
		if r.attachedAs(inv, i) { // it gave it back, and somebody else took it off since
			continue
		}
		if i.Outcome != plan.OutcomeMoved && r.standbyNow(e, inv.event.Instance) {
			r.violate("not-abandoned", "%s took %s off and leaves it unattached (%s, %s) with %s left", inv.name, e.ID, i.Outcome, i.Reason, time.Until(inv.end))
		}
	}
}

// judgeDuplicate sends an event that was handled a second time, now and then, and wants no change of it.
func (r *run) judgeDuplicate(inv *invocation, report failover.Report, err error, calls []awssim.Call) {
	if original, again := strings.CutSuffix(strings.Split(inv.name, "#")[0], "+"); again {
		for _, c := range calls {
			if c.Mutating && !c.DryRun && c.Action != "CompleteLifecycleAction" && inv.alone {
				r.violate("duplicate", "%s is handled again, and makes the change %s", original, c.Action)
			}
		}
		return
	}
	calm := r.quiet || r.scenario.Faults.calm()
	// The times of requests and alarms are compared with the attachment's, which EC2's clock gives. Where the two
	// clocks differ, a duplicate within that difference can't be told from a new one.
	ahead := r.scenario.Skew > 0 && (inv.event.Kind == "manual" || inv.event.Kind == "alarm")
	// What found no standby may find one by now: the event's own moves have made room.
	stranded := report.Outcome == plan.OutcomeStranded
	// And what was impaired for almost long enough is by now.
	due := slices.ContainsFunc(r.now().Instances, func(in awssim.Instance) bool { return impaired(&in) }) &&
		(inv.event.Kind == "sweep" || inv.event.Kind == "running")
	if err != nil || stranded || due || !inv.alone || !calm || inv.event.Bare || ahead || r.scenario.roll("again", inv.name) > 15 {
		return
	}
	again := inv.event
	again.Name += "+"
	again.Sync = true
	r.invokeAsync(again)
}

// calm reports whether no fault is made that an invocation would notice.
func (f Faults) calm() bool {
	return f.Throttle+f.ServerError+f.BareError+f.LostReply+f.LostRequest+f.Slow+f.Stale+f.Killed == 0
}
