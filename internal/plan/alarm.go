package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// alarm plans for an alarm that says that an instance can't be reached: the one that it names, or the holder of the
// interface or group that it names. The instance does not go away by itself: a wrong move cuts a healthy service off.
func (d *decision) alarm() Plan {
	if d.trigger.Instance != "" {
		doomed := d.instance(d.trigger.Instance)
		if reason, detail := d.ignoreAlarm(doomed); reason != "" {
			return Plan{Ignored: reason, Detail: detail}
		}
		return d.leftBy(doomed, func(e inventory.Interface) Item { return d.alarmItem(e, doomed) })
	}
	scope, refused := d.requested()
	if refused != nil {
		return *refused
	}
	// An alarm about a group names no instance. Only if one instance holds all of the group does it say which one.
	// A paused interface counts here: its service may be the one that the alarm is about, and the alarm may go off
	// because of the work that it was paused for. Then the other holder is healthy.
	named := supported(scope)
	on := holders(named)
	if d.trigger.Group != "" && len(on) > 1 {
		return Plan{Refused: ReasonSeveralHolders, Detail: fmt.Sprintf("the alarm %q is about group %s, whose interfaces are on several instances (%s); next: name one with eni-failover:interface= in the alarm's description (%s)",
			d.trigger.Alarm.Name, d.trigger.Group, strings.Join(on, ", "), ids(named))}
	}
	var plan Plan
	for _, e := range scope {
		plan.Items = append(plan.Items, d.namedByAlarm(e, on))
	}
	return plan
}

// supported leaves out the interfaces that can never be moved, like the primary ones that a launch template tags
// together with the instance.
func supported(interfaces []inventory.Interface) []inventory.Interface {
	return slices.DeleteFunc(slices.Clone(interfaces), func(e inventory.Interface) bool { return !e.Supported() })
}

func ids(interfaces []inventory.Interface) string {
	var list []string
	for _, e := range interfaces {
		list = append(list, e.ID)
	}
	return strings.Join(list, ", ")
}

// namedByAlarm makes the item for an interface that an alarm names, itself or by its group; on are the holders of those
// that are named with it. A released interface only has to be attached, but not to the one instance that holds the
// others, if the alarm is right about that instance.
func (d *decision) namedByAlarm(e inventory.Interface, on []string) Item {
	suspect := e.Holder()
	switch {
	case e.Released() && len(on) == 1:
		suspect = on[0]
	case e.Unattached():
		return d.attach(e, unforced)
	}
	doomed := d.instance(suspect)
	reason, detail := d.ignoreAlarm(doomed)
	switch {
	case reason == "":
		return d.alarmItem(e, doomed)
	case e.Released():
		return d.attach(e, unforced)
	}
	return d.settled(e, OutcomeIgnored, reason, detail)
}

// alarmItem makes the item for an interface that leaves the instance which the alarm is about.
func (d *decision) alarmItem(e inventory.Interface, doomed inventory.Instance) Item {
	item := d.move(e, doomed, urgencyOf(unreachable, doomed.State))
	// The age rules protect a holder that serves. They do not apply to a released interface, which no instance serves, nor
	// to our own return, whose retry would otherwise be refused.
	if item.Settled == "" && !e.Released() && !d.returnedSince(e, d.trigger.Alarm.Since) {
		if since := d.trigger.Alarm.Since; since.Before(e.Attachment.AttachTime) {
			return d.settled(e, OutcomeSuperseded, ReasonAttachmentNewer, fmt.Sprintf("the alarm went off at %s, and %s has had the interface since %s: it is about the attachment before",
				since.UTC().Format(timeFormat), e.Attachment.Instance, e.Attachment.AttachTime.UTC().Format(timeFormat)))
		}
		if reason, detail := d.coolingDown(e, d.trigger.Alarm.Since); reason != "" {
			return d.settled(e, OutcomeIgnored, reason, detail)
		}
	}
	// A stopped instance needs no tag: the rules of eligibility refuse it by its state.
	item.WriteLeftTag = e.Holder() == doomed.ID && !e.Released() && doomed.State == inventory.StateRunning
	return item
}

// ignoreAlarm says how EC2 contradicts the alarm about the instance; empty if it does not. An alarm goes off once, so
// EC2 has to contradict it twice before it is dropped: the metric may be ahead of the Describe call.
func (d *decision) ignoreAlarm(in inventory.Instance) (Reason, string) {
	if reason, detail := d.formerRun(in); reason != "" {
		return reason, detail
	}
	a := d.trigger.Alarm
	// Its description may name an interface that another instance holds by now.
	if a.Instance != "" && a.Instance != in.ID {
		return ReasonNotConcerned, fmt.Sprintf("the alarm is on the status checks of %s, which is not %s", a.Instance, in.ID)
	}
	// A new alarm goes from INSUFFICIENT_DATA to its first state, which may be ALARM ("Using Amazon CloudWatch alarms" in
	// the CloudWatch User Guide). So EC2 has to confirm it.
	if a.FromInsufficientData && !in.Health.Impaired() && in.Health.Application != inventory.CheckImpaired {
		d.doubtContradiction(in)
		return ReasonNotImpaired, fmt.Sprintf("the alarm had no data before, and EC2 does not say that %s or its application is impaired", in.ID)
	}
	if a.Check != trigger.CheckNone && passes(in.Health, a.Check) {
		d.doubtContradiction(in)
		return ReasonStatusChecksOK, fmt.Sprintf("EC2 says ok for the status check of %s that the alarm is on", in.ID)
	}
	return "", ""
}

// passes reports whether EC2 says ok for a status check. Unknown is not ok, nor is initializing.
func passes(h inventory.Health, c trigger.Check) bool {
	switch c {
	case trigger.CheckInstance:
		return h.Instance == inventory.CheckOK
	case trigger.CheckSystem:
		return h.System == inventory.CheckOK
	case trigger.CheckEBS:
		return h.EBS == inventory.CheckOK
	case trigger.CheckApplication:
		return h.Application == inventory.CheckOK
	case trigger.CheckAny:
		// Not every type has an EBS check, and few instances have application checks.
		return h.Instance == inventory.CheckOK && h.System == inventory.CheckOK &&
			okOrUnknown(h.EBS) && okOrUnknown(h.Application)
	case trigger.CheckNone, trigger.CheckOther:
	}
	return false
}

func okOrUnknown(c inventory.Check) bool {
	return c == inventory.CheckOK || c == inventory.CheckUnknown
}
