package simulation

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// violate notes that a promise was not kept.
func (r *run) violate(rule, format string, args ...any) {
	r.tell("VIOLATION "+rule+": "+format, args...)
	r.violations = append(r.violations, Violation{Rule: rule, Detail: fmt.Sprintf(format, args...), At: time.Since(r.start)})
}

// judge is asked about each change at the instant at which it takes effect, accepted or not: what must not
// be done must not be tried.
func (r *run) judge(inv *invocation, c awssim.Call, f awssim.Fault) {
	if !mayChange(inv.event.Kind) || inv.event.DryRun || r.settings.DryRun {
		r.violate("report-only", "%s: %s in an invocation that may change nothing", inv.name, c.Action)
		return
	}
	switch c.Action {
	case "DetachNetworkInterface":
		r.judgeDetach(inv, c, f)
	case "AttachNetworkInterface":
		r.judgeAttach(inv, c, f)
	case "CreateTags":
		r.judgeTag(inv, c)
	case "CompleteLifecycleAction":
		r.judgeCompletion(inv, c)
	case "ChangeResourceRecordSets":
		if !r.settings.RepairRecords {
			r.violate("records-untouched", "%s changes a record without REPAIR_RECORDS: %v", inv.name, c.Params["change"])
		}
	default:
		r.violate("no-other-change", "%s calls %s", inv.name, c.Action)
	}
}

// mayChange reports whether events of a kind are a reason to change anything.
func mayChange(kind string) bool {
	return !slices.Contains([]string{"", "rehearsal", "health"}, kind)
}

// touchable judges whether an interface may be touched at all, by what the invocation saw of it last.
func (r *run) touchable(inv *invocation, id string, f awssim.Fault) (*awssim.Interface, bool) {
	e := r.decidedOn(inv, id, f)
	switch {
	case e == nil:
		r.violate("look-first", "%s changes %s, which no look has shown it", inv.name, id)
	case inv.touched[id] && plain(e): // what was begun is finished, whatever its tags say by now
		return e, true
	case !movable(e):
		r.violate("unsupported-untouched", "%s touches %s, which is not to be moved", inv.name, id)
	case !r.serves(e.Tags[tagGroup]):
		r.violate("groups", "%s touches %s of group %s, which is not served", inv.name, id, e.Tags[tagGroup])
	case paused(e):
		r.violate("paused-untouched", "%s touches %s, which is paused", inv.name, id)
	default:
		return e, true
	}
	return nil, false
}

func (r *run) serves(group string) bool {
	return len(r.settings.Policy.Groups) == 0 || slices.Contains(r.settings.Policy.Groups, group)
}

func (r *run) judgeDetach(inv *invocation, c awssim.Call, f awssim.Fault) {
	attachment := c.Params.Get("AttachmentId")
	force := c.Params.Get("Force") == "true"
	now := r.now()
	e := onAttachment(now, attachment)
	if e == nil {
		// It is over. It must be one that was seen.
		if !r.saw(inv, func(w *awssim.World) bool {
			if past := onAttachment(w, attachment); past != nil {
				e = past
			}
			return e != nil
		}) {
			r.violate("observed-attachment", "%s detaches %s, which it never saw", inv.name, attachment)
			return
		}
	}
	inv.before[attachment] = e.Attachment.Status
	resumed := inv.origin[e.ID] == holderOf(e) // somebody gave it back to where this move took it from
	inv.touching(e)
	if !inv.made(e) {
		if _, ok := r.touchable(inv, e.ID, f); !ok {
			return
		}
	}
	r.answeredBefore(inv, e.ID, c)
	if force {
		r.judgeForce(inv, e, attachment)
	}
	if e.Attachment.Status != "detaching" && !inv.made(e) && !resumed {
		r.judgeRelief(inv, e)
	}
}

// judgeRelief judges whether an interface may be taken off the instance that has it.
func (r *run) judgeRelief(inv *invocation, e *awssim.Interface) {
	holder := e.Attachment.Instance
	if why := r.doomed(inv, e); why == "" {
		r.violate("healthy-holder", "%s takes %s off %s without a reason", inv.name, e.ID, holder)
	}
	if !r.saw(inv, func(w *awssim.World) bool {
		seen := findInterface(w, e.ID)
		in := findInstance(w, holder)
		serves := !leaving(in) && seen != nil && seen.Attachment != nil && seen.Attachment.Status == "attached"
		return seen != nil && standby(w, seen, !serves || e.Attachment.Status == "attaching", holder) != nil
	}) && !inv.blind {
		r.violate("standby-first", "%s takes %s off %s and saw no standby", inv.name, e.ID, holder)
	}
}

// doomed says what dooms the holder of an interface to this invocation; empty if nothing does.
func (r *run) doomed(inv *invocation, e *awssim.Interface) string {
	a, ev := e.Attachment, inv.event
	is := func(so func(in *awssim.Instance) bool) bool { return r.sawInstance(inv, a.Instance, so) }
	young := func(at time.Time) bool {
		// Whoever gives it back to the doomed host in the middle of a move makes that host no healthier.
		given := a.AttachTime.After(inv.began)
		return at.Sub(a.AttachTime) < r.settings.Policy.Cooldown && !returned(e) && !given
	}
	switch ev.Kind {
	case "stopping", "stopped", "shutting-down", "terminated":
		if ev.Instance == a.Instance && (is(leaving) || inv.blind) {
			return "it goes away"
		}
	case "spot-interruption":
		fresh := inv.began.Sub(ev.Time) <= 152*time.Second
		if ev.Instance == a.Instance && (is(leaving) || (fresh && is(func(in *awssim.Instance) bool { return in != nil && in.Lifecycle == "spot" })) ||
			is(func(in *awssim.Instance) bool { return in != nil && marked(in) }) || inv.blind) {
			return "it is interrupted"
		}
	case "lifecycle":
		if ev.Instance == a.Instance && (inv.blind || is(func(in *awssim.Instance) bool {
			return in == nil || (in.LifecycleState != "InService" && in.LifecycleState != "Standby")
		})) {
			return "its Auto Scaling group terminates it"
		}
	case "alarm":
		if r.alarmed(inv, e, is) && !young(ev.Alarm.since) {
			return "an alarm says so"
		}
	case "rebalance":
		if ev.Instance == a.Instance && r.settings.Policy.ActOnRebalance && !young(time.Now()) {
			return "it is to be rebalanced"
		}
	case "manual":
		given := a.AttachTime.After(inv.began) // while it was in scope, and hung loose
		if named(ev, e) && (ev.From == "" || ev.From == a.Instance) && ev.Target != a.Instance &&
			(ev.Bare || a.AttachTime.Before(ev.Time) || returned(e) || given) {
			return "a person asks for it"
		}
	case "sweep", "running":
		return r.needsHelp(e, is)
	}
	return ""
}

// needsHelp says why a holder is relieved without an event about it.
func (r *run) needsHelp(e *awssim.Interface, is func(func(in *awssim.Instance) bool) bool) string {
	age := time.Since(e.Attachment.AttachTime)
	impairedFor := func(in *awssim.Instance) bool {
		after := r.settings.Policy.ImpairedAfter
		return in != nil && after > 0 && impaired(in) && time.Since(in.ImpairedSince) >= after
	}
	switch {
	case is(leaving):
		return "its holder is going away"
	case is(func(in *awssim.Instance) bool { return in != nil && (marked(in) || terminating(in)) }):
		return "its holder is about to go away"
	case is(impairedFor) && age >= r.settings.Policy.Cooldown:
		return "its holder is impaired"
	case e.Attachment.Status == "attaching" && age > 5*time.Minute:
		return "it is stuck"
	}
	return ""
}

// alarmed reports whether an alarm is about an interface on its holder, and EC2 does not contradict it.
func (r *run) alarmed(inv *invocation, e *awssim.Interface, is func(func(in *awssim.Instance) bool) bool) bool {
	a := inv.event.Alarm
	about := named(inv.event, e) || inv.event.Instance == e.Attachment.Instance
	fresh := inv.began.Sub(a.since) <= 10*time.Minute+time.Second
	borneOut := !a.statusCheck || inv.blind || is(func(in *awssim.Instance) bool {
		return in == nil || in.State != "running" || in.SystemStatus != "ok" || in.InstanceStatus != "ok"
	})
	if a.noDataBefore {
		borneOut = is(func(in *awssim.Instance) bool { return in != nil && impaired(in) })
	}
	return about && fresh && borneOut && !a.suppressed
}

func named(ev Event, e *awssim.Interface) bool {
	return ev.Interface == e.ID || (ev.Group != "" && e.Tags[tagGroup] == ev.Group)
}

// returned reports whether an interface is where `left` says that it was taken from: a move of ours that
// gave it back.
func returned(e *awssim.Interface) bool {
	instance, _, _ := strings.Cut(e.Tags[tagLeft], " ")
	return instance != "" && instance == holderOf(e)
}

// judgeForce judges a forced detach by the table of when force may be used.
func (r *run) judgeForce(inv *invocation, e *awssim.Interface, attachment string) {
	holder := e.Attachment.Instance
	grace := r.settings.Policy.DetachGrace
	ends := r.sawInstance(inv, holder, ending) || (inv.event.Instance == holder && slices.Contains([]string{"shutting-down", "terminated"}, inv.event.Kind))
	unreachable := inv.event.Kind == "alarm" || (slices.Contains([]string{"sweep", "running"}, inv.event.Kind) &&
		r.sawInstance(inv, holder, func(in *awssim.Instance) bool { return in != nil && impaired(in) }))
	if unreachable {
		grace /= 3
	}
	since := inv.accepted[attachment]
	if t := inv.doubted[attachment]; since.IsZero() || (!t.IsZero() && t.Before(since)) {
		since = t
	}
	found := inv.detachingSince[attachment]
	byItself := inv.event.Force || !slices.Contains([]string{"manual", "rebalance"}, inv.event.Kind) || r.sawInstance(inv, holder, leaving)
	const slack = 100 * time.Millisecond // the phases of calls
	waited := func(t time.Time) bool { return !t.IsZero() && time.Since(t) >= grace-slack }
	stuck := e.Attachment.Status == "attaching" || inv.made(e)
	switch {
	case ends, stuck:
	case byItself && (grace == 0 || waited(since) || waited(found)):
	case since.IsZero() && waited(found): // found on its way off: past the point of return
	case inv.doubted[attachment] == found && waited(found):
	default:
		r.violate("force", "%s forces %s off %s after %s (found detaching %s ago), grace %s", inv.name, e.ID, holder,
			ago(since), ago(found), grace)
	}
}

func ago(t time.Time) string {
	if t.IsZero() {
		return "nothing"
	}
	return time.Since(t).String()
}

func (r *run) judgeAttach(inv *invocation, c awssim.Call, f awssim.Fault) {
	id, target := c.Params.Get("NetworkInterfaceId"), c.Params.Get("InstanceId")
	if c.Params.Get("NetworkCardIndex") != "0" {
		r.violate("card-zero", "%s attaches %s to network card %q", inv.name, id, c.Params.Get("NetworkCardIndex"))
	}
	if index, err := strconv.Atoi(c.Params.Get("DeviceIndex")); err != nil || index < 1 {
		r.violate("card-zero", "%s attaches %s at index %q", inv.name, id, c.Params.Get("DeviceIndex"))
	}
	e, ok := r.touchable(inv, id, f)
	if !ok {
		return
	}
	r.answeredBefore(inv, id, c)
	r.judgePatience(inv, id, f)
	r.judgeTarget(inv, e, target)
}

// judgePatience judges whether an interface that somebody else took off was left alone for long enough.
func (r *run) judgePatience(inv *invocation, id string, f awssim.Fault) {
	if inv.touched[id] || slices.Contains([]string{"manual", "shutting-down", "terminated"}, inv.event.Kind) {
		return
	}
	if since := inv.freeSince[id]; since.IsZero() || time.Since(since) < 5*time.Second {
		r.violate("second-look", "%s attaches %s, which it has known to be unattached for %s", inv.name, id, ago(since))
	}
}

// judgeTarget judges whether an instance may get the interface.
func (r *run) judgeTarget(inv *invocation, e *awssim.Interface, target string) {
	could := func(so func(w *awssim.World, in *awssim.Instance) bool) bool {
		return r.saw(inv, func(w *awssim.World) bool {
			in := findInstance(w, target)
			return in != nil && so(w, in)
		})
	}
	origin := target == inv.origin[e.ID] || (target == inv.event.Instance && inv.event.Kind != "running") || (inv.origin[e.ID] == "" && strings.HasPrefix(e.Tags[tagLeft], target))
	switch {
	case !could(func(_ *awssim.World, in *awssim.Instance) bool { return in.AZ == e.AZ }):
		r.violate("same-zone", "%s attaches %s to %s in another Availability Zone", inv.name, e.ID, target)
	case !could(func(_ *awssim.World, in *awssim.Instance) bool { return in.VPC == e.VPC }):
		r.violate("same-vpc", "%s attaches %s to %s in another VPC", inv.name, e.ID, target)
	case !could(func(_ *awssim.World, in *awssim.Instance) bool { return in.State == "running" }):
		r.violate("running-target", "%s attaches %s to %s, which does not run", inv.name, e.ID, target)
	case origin && (inv.touched[e.ID] || inv.attempts[e.ID] > 0):
		// Back to where it was taken from, which needs be no member, and may be doomed.
		if ends := slices.Contains([]string{"shutting-down", "terminated"}, inv.event.Kind); ends && inv.event.Instance == target {
			r.violate("doomed-target", "%s attaches %s to %s, which ends", inv.name, e.ID, target)
		}
		if inv.attempts[e.ID] == 0 && inv.event.Instance == target && r.standbyNow(e, target) {
			r.violate("doomed-target", "%s gives %s back to %s before anybody has refused it", inv.name, e.ID, target)
		}
	case inv.event.Instance == target && inv.event.Kind != "running":
		r.violate("doomed-target", "%s attaches %s to %s, which it is about", inv.name, e.ID, target)
	case !could(func(w *awssim.World, in *awssim.Instance) bool {
		group := e.Tags[tagGroup]
		if seen := findInterface(w, e.ID); seen != nil {
			group = seen.Tags[tagGroup]
		}
		return memberOf(in.Tags, group) || memberOf(in.Tags, e.Tags[tagGroup])
	}):
		r.violate("member-target", "%s attaches %s to %s, which is no member of %s", inv.name, e.ID, target, e.Tags[tagGroup])
	case !could(func(_ *awssim.World, in *awssim.Instance) bool { return !marked(in) }) && !inv.blind:
		r.violate("interrupted-target", "%s attaches %s to %s, which is interrupted", inv.name, e.ID, target)
	case !could(func(_ *awssim.World, in *awssim.Instance) bool { return !leavingGroup(in) }) && !inv.blind:
		r.violate("leaving-target", "%s attaches %s to %s, which leaves its Auto Scaling group", inv.name, e.ID, target)
	}
}

// standbyNow reports whether an instance other than one could take the interface now.
func (r *run) standbyNow(e *awssim.Interface, but string) bool {
	w := r.now()
	in := standby(w, e, false, but)
	return in != nil && !in.HungAttach && in.RefuseAttach == ""
}

// answeredBefore judges whether the invocation has looked since its last change of an interface that got no
// answer: neither Attach nor Detach has a client token.
func (r *run) answeredBefore(inv *invocation, id string, c awssim.Call) {
	if inv.unclear[id] {
		r.violate("look-after-doubt", "%s: %s of %s without a look since one got no answer", inv.name, c.Action, id)
	}
}

func (r *run) judgeTag(inv *invocation, c awssim.Call) {
	id := c.Params.Get("ResourceId.1")
	if c.Params.Has("ResourceId.2") || c.Params.Has("Tag.2.Key") || c.Params.Get("Tag.1.Key") != tagLeft {
		r.violate("one-tag", "%s writes tags other than %s: %v", inv.name, tagLeft, c.Params)
		return
	}
	if e := findInterface(r.now(), id); e != nil && !r.saw(inv, func(w *awssim.World) bool {
		seen := findInterface(w, id)
		return seen != nil && movable(seen) && !paused(seen)
	}) {
		r.violate("one-tag", "%s writes a tag on %s, which is not to be touched", inv.name, id)
	}
}

// judgeCompletion judges whether Auto Scaling may be told to go on.
func (r *run) judgeCompletion(inv *invocation, c awssim.Call) {
	inv.completed = true
	instance := c.Params.Get("InstanceId")
	if hook := c.Params.Get("LifecycleHookName"); !strings.HasPrefix(hook, "eni-failover") {
		r.violate("own-hooks", "%s completes %s", inv.name, hook)
	}
	// Whatever it has must have come after the invocation looked.
	if left := r.always(inv, func(w *awssim.World) string { return leftOn(w, instance) }); left != "" {
		r.violate("complete-when-empty", "%s lets %s go with %s on it", inv.name, instance, left)
	}
	r.in(time.Millisecond, func() { r.afterCompletion(instance) })
}

// always returns an interface that stood in the way in every state since the invocation began to look.
func (r *run) always(inv *invocation, left func(w *awssim.World) string) string {
	found := ""
	if r.saw(inv, func(w *awssim.World) bool { found = left(w); return found == "" }) {
		return ""
	}
	return found
}

// leftOn names an interface that an instance would take with it.
func leftOn(w *awssim.World, instance string) string {
	for n := range w.Interfaces {
		e := &w.Interfaces[n]
		if movable(e) && !paused(e) && holderOf(e) == instance && e.Attachment.Status != "detaching" {
			return e.ID
		}
	}
	return ""
}

// afterCompletion sends the notices of an instance that Auto Scaling terminates.
func (r *run) afterCompletion(instance string) {
	in, ok := r.sim.Instance(instance)
	if !ok || in.State != "shutting-down" {
		return
	}
	name := "gone-" + instance
	r.emit(r.stateEvent(name+".0", instance, "shutting-down"))
	r.in(time.Duration(r.scenario.World.Timing.Terminate), func() { r.emit(r.stateEvent(name+".1", instance, "terminated")) })
}
