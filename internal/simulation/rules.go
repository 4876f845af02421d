package simulation

import (
	"fmt"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// violate records a broken promise.
func (r *run) violate(rule, format string, args ...any) {
	r.logf("VIOLATION "+rule+": "+format, args...)
	r.violations = append(r.violations, Violation{Rule: rule, Detail: fmt.Sprintf(format, args...), At: time.Since(r.start)})
}

// judge judges each change at the instant at which it takes effect. A refused change is judged, too: what must not be
// done must not be tried.
func (r *run) judge(inv *invocation, c awssim.Call, f awssim.Fault) {
	if !mayChange(inv.event.Kind) || inv.event.Kind == "reached" && c.Action != "CreateTags" || inv.event.DryRun || r.settings.DryRun {
		r.violate("report-only", "%s: %s in an invocation that may change nothing", inv.name, c.Action)
		return
	}
	switch c.Action {
	case "DetachNetworkInterface":
		r.judgeDetach(inv, c, f)
	case "AttachNetworkInterface":
		r.judgeAttach(inv, c, f)
	case actionStart:
		r.judgeStart(inv, c)
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

// mayChange reports whether events of a kind may lead to changes.
func mayChange(kind string) bool {
	return !slices.Contains([]string{"", "rehearsal", "health"}, kind)
}

// touchable judges whether an interface may be touched, by the last look that showed it.
func (r *run) touchable(inv *invocation, id string, f awssim.Fault) (*awssim.Interface, bool) {
	e := r.decidedOn(inv, id, f)
	// A look that was answered when the change was being requested may have been too late for it.
	if before, _ := r.lastLook(inv, id, r.askedAt(f).Add(-2*phases)); before != nil && movable(before) && (!movable(e) || paused(e)) {
		e = before
	}
	switch {
	case e == nil:
		r.violate("look-first", "%s changes %s, which no look has shown it", inv.name, id)
	case inv.touched[id] && plain(e): // a move that has begun is finished, whatever the tags say by now
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

// answeredBefore judges whether the invocation has looked again after a change of an interface that got no answer:
// neither Attach nor Detach has a client token.
func (r *run) answeredBefore(inv *invocation, id, action string) {
	if inv.inDoubt[id] {
		r.violate("look-after-doubt", "%s: %s of %s without a look since one got no answer", inv.name, action, id)
	}
}

func (r *run) judgeTag(inv *invocation, c awssim.Call) {
	id, key := c.Params.Get("ResourceId.1"), tagLeft
	if inv.event.Kind == "reached" || c.Params.Get("Tag.1.Key") == tagReached {
		key = tagReached
		r.judgeReachedTag(inv, id, c.Params.Get("Tag.1.Value"))
	}
	if c.Params.Has("ResourceId.2") || c.Params.Has("Tag.2.Key") || c.Params.Get("Tag.1.Key") != key {
		r.violate("one-tag", "%s writes tags other than %s: %v", inv.name, key, c.Params)
		return
	}
	if e := findInterface(r.now(), id); e != nil && !r.saw(inv, func(w *awssim.World) bool {
		seen := findInterface(w, id)
		return seen != nil && movable(seen) && !paused(seen)
	}) {
		r.violate("one-tag", "%s writes a tag on %s, which is not to be touched", inv.name, id)
	}
}
