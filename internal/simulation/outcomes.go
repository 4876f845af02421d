package simulation

import (
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// remember records what a change did, or may have done, after it took effect.
func (r *run) remember(inv *invocation, c awssim.Call, f awssim.Fault) {
	switch c.Action {
	case "DetachNetworkInterface":
		attachment := c.Params.Get("AttachmentId")
		if f.LoseReply || f.Status >= 500 {
			r.rememberUnanswered(inv, c) // the attachment may be over already
			return
		}
		e := onAttachment(r.now(), attachment)
		if e != nil && f.Code == "" && inv.statusBefore[attachment] != "detaching" && e.Attachment.Status == "detaching" && inv.accepted[attachment].IsZero() {
			inv.accepted[attachment], inv.takenOff[e.ID] = time.Now(), true
			r.stopStandbys(inv, e)
		}
	case "AttachNetworkInterface":
		r.rememberAttach(inv, c, f)
	case actionStart:
		r.followStart(c)
	}
}

func (r *run) rememberAttach(inv *invocation, c awssim.Call, f awssim.Fault) {
	id := c.Params.Get("NetworkInterfaceId")
	inv.touched[id] = true
	inv.attempts[id]++
	if f.LoseReply || f.Status >= 500 || r.failsToAttach(c, f) {
		r.rememberUnanswered(inv, c)
	}
	e := findInterface(r.now(), id)
	if e == nil || e.Attachment == nil || !e.Attachment.AttachTime.Equal(time.Now()) {
		return
	}
	inv.attachedAt[e.Attachment.ID] = time.Now()
	if in := findInstance(r.now(), e.Attachment.Instance); in != nil && in.State == "stopped" {
		r.count(faultStopped)
	}
	r.beginOutage(inv)
}

// beginOutage makes the invocation's looks fail from a moment at which one may have shown the interface attaching. The
// outage continues when the other faults have stopped.
func (r *run) beginOutage(inv *invocation) {
	lasts := r.scenario.outage(inv.name)
	if r.quiet || lasts == 0 || !inv.outage.to.IsZero() {
		return
	}
	r.count(faultOutage)
	from := time.Now().Add(time.Duration(r.scenario.roll("outage-begins", inv.name) / 100 * float64(time.Second)))
	inv.outage = period{from, from.Add(lasts)}
	r.logf("the looks of %s fail from %s on for %s", inv.name, from.Sub(r.start), lasts)
}

// failsToAttach reports whether the instance answers attaches with a server error, which says as little as no answer.
func (r *run) failsToAttach(c awssim.Call, f awssim.Fault) bool {
	to := findInstance(r.now(), c.Params.Get("InstanceId"))
	return f.Code == "" && f.Status == 0 && to != nil && slices.Contains([]string{"InternalError", "ServiceUnavailable"}, to.RefuseAttach)
}

// rememberUnanswered records a change without an answer: the function can't know whether it was made.
func (r *run) rememberUnanswered(inv *invocation, c awssim.Call) {
	if c.Action == actionStart {
		return // it may be sent again: the start of an instance that starts or runs changes nothing
	}
	id := c.Params.Get("NetworkInterfaceId")
	if c.Action == "DetachNetworkInterface" {
		attachment := c.Params.Get("AttachmentId")
		for _, moment := range slices.Backward(r.sim.Past()) { // the attachment may be over by now
			if e := onAttachment(&moment.World, attachment); e != nil {
				inv.beginMove(e)
				id = e.ID
				break
			}
		}
		if inv.unansweredSince[attachment].IsZero() {
			inv.unansweredSince[attachment] = time.Now()
		}
	}
	if c.Action == "AttachNetworkInterface" {
		inv.unansweredAttaches[id+c.Params.Get("InstanceId")+c.Params.Get("DeviceIndex")] = true
	}
	inv.touched[id] = true
	inv.inDoubt[id] = true
}
