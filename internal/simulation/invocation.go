package simulation

import (
	"context"
	"strconv"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// invocation is one attempt to handle an event.
type invocation struct {
	name  string
	event Event
	env   *environment
	began time.Time
	// end is its deadline.
	end time.Time
	// kill ends it, as Lambda ends a process.
	kill context.CancelFunc
	// killAt is the number of the call at which it is killed; zero if it is not.
	killAt int
	// killAfter reports whether that call takes effect first.
	killAfter bool
	// dead reports whether it was killed.
	dead bool
	// alone reports whether no other invocation ran, and nothing happened in the account, during this one.
	alone bool

	// calls counts its calls, and byAction those of each action.
	calls    int
	byAction map[string]int
	// firstCall is the index of its first call in the wire log.
	firstCall int
	// lastAsked has the instant of the last call with the same action and parameters.
	lastAsked map[string]time.Time
	// outage is the time in which its looks fail.
	outage period
	// handedOver counts its requests for the probe, and handed has the interfaces in them.
	handedOver int
	handed     map[string]bool
	// told has the interfaces about which it told others.
	told map[string]bool

	knowledge
	changes
}

// knowledge is what an invocation was shown.
type knowledge struct {
	// oldestShown is the time of the oldest state that a read was shown.
	oldestShown time.Time
	// blind reports whether a read failed, so that the invocation may miss a fact.
	blind bool
	looks []look
	// unattached has, by interface, the first of the looks in a row that showed it unattached.
	unattached map[string]sighting
	// attachedAgain has, by interface, the end of the last such row.
	attachedAgain map[string]reattachment
	// detachingSince has, by attachment, the instant of the first look that showed it detaching.
	detachingSince map[string]time.Time
	// firstHolder has, by interface, the first instance that a look showed it on.
	firstHolder map[string]string
	// targetStopped reports whether a target was found stopped before the attach.
	targetStopped bool
	// shownFull has the instances that ran and had no free slot when the invocation asked about each alone.
	shownFull map[string]bool
	// notShown has the existing interfaces and instances that a read did not show.
	notShown map[string]bool
	// unknown reports whether the last call that asked for a fact did not show the instance.
	unknown map[fact]bool
}

// changes is what an invocation did, or may have done.
type changes struct {
	// touched has the interfaces that the invocation has begun to move.
	touched map[string]bool
	// origin has, by interface, the instance that the invocation took it off.
	origin map[string]string
	// statusBefore has, by attachment, its status before the invocation's last detach of it.
	statusBefore map[string]string
	// accepted has, by attachment, the instant at which EC2 accepted a plain detach.
	accepted map[string]time.Time
	// takenOff has the interfaces of these attachments.
	takenOff map[string]bool
	// unansweredSince has, by attachment, the instant of the first detach without an answer.
	unansweredSince map[string]time.Time
	// attempts counts, by interface, the attaches.
	attempts map[string]int
	// attachedAt has, by attachment, the instant at which the invocation made it.
	attachedAt map[string]time.Time
	// unansweredAttaches has interface, instance and index of each attach without an answer.
	unansweredAttaches map[string]bool
	// inDoubt has the interfaces whose last change got no answer, and that no look has shown since.
	inDoubt map[string]bool
}

func newKnowledge() knowledge {
	return knowledge{
		unattached: map[string]sighting{}, detachingSince: map[string]time.Time{}, firstHolder: map[string]string{},
		notShown: map[string]bool{}, unknown: map[fact]bool{}, shownFull: map[string]bool{}, attachedAgain: map[string]reattachment{},
	}
}

func newChanges() changes {
	return changes{
		touched: map[string]bool{}, origin: map[string]string{}, statusBefore: map[string]string{},
		accepted: map[string]time.Time{}, takenOff: map[string]bool{}, unansweredSince: map[string]time.Time{}, attempts: map[string]int{},
		attachedAt: map[string]time.Time{}, unansweredAttaches: map[string]bool{}, inDoubt: map[string]bool{},
	}
}

// owns reports whether the invocation made an attachment.
func (inv *invocation) owns(attachment string) bool { return !inv.attachedAt[attachment].IsZero() }

// mayHaveMade reports whether the invocation made an interface's attachment, or may have made it with an attach that
// got no answer.
func (inv *invocation) mayHaveMade(e *awssim.Interface) bool {
	a := e.Attachment
	return inv.owns(a.ID) || inv.unansweredAttaches[e.ID+a.Instance+strconv.Itoa(a.DeviceIndex)]
}

// beginMove records that the invocation has begun to move an interface, and its origin.
func (inv *invocation) beginMove(e *awssim.Interface) {
	inv.touched[e.ID] = true
	if inv.origin[e.ID] == "" {
		inv.origin[e.ID] = holderOf(e)
	}
}
