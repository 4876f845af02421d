package plan

import (
	"fmt"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// Expired says that an event is too old to read anything for it; empty if it is not.
func Expired(t trigger.Trigger, now time.Time) (Reason, string) {
	if age := now.Sub(t.Alarm.Since); t.Kind == trigger.KindAlarm && age > AlarmLife {
		return ReasonStale, fmt.Sprintf("the alarm went off %s ago, which is too long ago to act on", age.Truncate(time.Second))
	}
	if age := now.Sub(t.Time); t.Kind == trigger.KindUnreachable && age > AlarmLife {
		return ReasonStale, fmt.Sprintf("the verdict is %s old, which is too old to act on", age.Truncate(time.Second))
	}
	return "", ""
}

// formerRun says that the event is older than the instance's launch, so that it is about a former run of the instance;
// empty if it is not.
func (d *decision) formerRun(in inventory.Instance) (Reason, string) {
	age := in.LaunchTime.Sub(d.trigger.Time)
	if in.LaunchTime.IsZero() || age <= StaleSlack {
		return "", ""
	}
	return ReasonStale, fmt.Sprintf("the event is %s older than the launch of %s: it is about a former run", age, in.ID)
}

// coolingDown says that the holder got the interface only a short while before the instant at; empty if it has had it
// for longer. The caller decides whether an attachment that is our own return counts: see [decision.returnedSince].
func (d *decision) coolingDown(e inventory.Interface, at time.Time) (Reason, string) {
	age := at.Sub(e.Attachment.AttachTime)
	if age >= d.policy.Cooldown {
		return "", ""
	}
	return ReasonCooldown, fmt.Sprintf("%s had the interface for only %s, and COOLDOWN is %s",
		e.Attachment.Instance, max(0, age).Truncate(time.Second), d.policy.Cooldown)
}

// ownReturn reports whether a move has given the interface back to the instance that it took it from a short while ago.
// The age of such an attachment says nothing about the instance. A move goes back within the time of its invocation;
// what was attached there later was a decision of its own.
func (d *decision) ownReturn(e inventory.Interface) bool {
	const invocation = 6 * time.Minute // Lambda's time for one, and some slack
	since := e.Attachment.AttachTime.Sub(e.LeftTag.Time)
	return d.leftRecently(&e, e.Attachment.Instance) && since < invocation && since > -StaleSlack
}

// returnedSince reports whether our own return of the interface is newer than an event of the given time. Then the event
// is the one that caused the move and its return, and this is its retry. A later event finds an attachment like any other.
func (d *decision) returnedSince(e inventory.Interface, event time.Time) bool {
	return d.ownReturn(e) && event.Before(e.Attachment.AttachTime.Add(StaleSlack))
}

// causedReturn reports whether a verdict of the given time can have caused the move that ended in our own return of the
// interface. That move wrote the tag before it took the interface off, so what was said later did not cause it: it may be
// about the outage that the move itself made.
func (d *decision) causedReturn(e inventory.Interface, verdict time.Time) bool {
	return d.ownReturn(e) && verdict.Before(e.LeftTag.Time.Add(StaleSlack))
}

// leftRecently reports whether a move took the interface from the instance a short while ago.
func (d *decision) leftRecently(e *inventory.Interface, instance string) bool {
	age := d.now.Sub(e.LeftTag.Time)
	return e.LeftTag.Instance == instance && age < LeftTagLife && age > -LeftTagLife
}
