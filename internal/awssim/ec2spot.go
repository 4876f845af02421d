package awssim

import (
	"iter"
	"slices"
	"strings"
)

const (
	spotOneTime    = "one-time"
	spotPersistent = "persistent"
)

// describeSpotInstanceRequests answers DescribeSpotInstanceRequests with one request per Spot instance, except for
// requests that EC2 has forgotten (SpotStatus `none`).
func describeSpotInstanceRequests(e *exchange, out *xmlWriter) *refusal {
	list, refused := filters(e, spotField, &Instance{})
	if refused != nil {
		return refused
	}
	w, refused := e.window(1000, "")
	if refused != nil {
		return refused
	}
	requests := map[string]*Instance{}
	for i := range e.acc.spotInstances() {
		requests[spotRequestID(i)] = i
	}
	ids := e.list("SpotInstanceRequestId")
	for _, id := range ids {
		if requests[id] == nil {
			return refuse("InvalidSpotInstanceRequestID.NotFound", "The spot instance request ID '%s' does not exist", id)
		}
	}
	if refused := e.permit(); refused != nil {
		return refused
	}
	items, token := page(w, e.acc.spotInstances(), instanceKey, func(i *Instance) bool {
		return (len(ids) == 0 || slices.Contains(ids, spotRequestID(i))) && passes(i, list, spotField)
	})
	out.in("spotInstanceRequestSet", func() {
		for _, i := range items {
			out.in("item", func() { writeSpotRequest(out, i) })
		}
	})
	out.opt("nextToken", token)
	return nil
}

func (a *account) spotInstances() iter.Seq[*Instance] {
	return func(yield func(*Instance) bool) {
		for i := range a.instancesInOrder() {
			if i.Lifecycle == "spot" && i.SpotStatus != spotForgotten && !yield(i) {
				return
			}
		}
	}
}

// spotField returns the values for the filters of DescribeSpotInstanceRequests.
func spotField(i *Instance, name string) (values []string, known bool) {
	switch name {
	case "instance-id":
		return nonEmpty(spotInstance(i)), true
	case "launch.instance-type":
		return nonEmpty(i.Type), true
	case "launched-availability-zone":
		return nonEmpty(i.AZ), true
	case "spot-instance-request-id":
		return nonEmpty(spotRequestID(i)), true
	case "state":
		return nonEmpty(spotState(i)), true
	case "status-code":
		return nonEmpty(i.SpotStatus), true
	case "type":
		return nonEmpty(i.SpotType), true
	default:
		// A request does not have the tags of its instance.
		return tagField(nil, name)
	}
}

// spotState returns the state of a request (EC2 guide, "State changes for a Spot request"). A request ends when the
// termination of its instance is decided, not when it is complete: a one-time request is then closed, and a persistent
// one is open for another instance. The request of a stopped instance is disabled.
func spotState(i *Instance) string {
	switch {
	case i.SpotStatus == spotCanceled:
		return "cancelled"
	case i.spotEnded() || i.State == terminated:
		if i.SpotType == spotPersistent {
			return "open"
		}
		return "closed"
	case i.State == stopped:
		return "disabled"
	}
	return "active"
}

// spotInstance returns the instance that the request names.
func spotInstance(i *Instance) string {
	if i.SpotUnnamed && spotState(i) == "open" {
		return ""
	}
	return i.ID
}

func writeSpotRequest(x *xmlWriter, i *Instance) {
	x.text("spotInstanceRequestId", spotRequestID(i))
	x.opt("instanceId", spotInstance(i))
	x.text("type", i.SpotType)
	x.text("instanceInterruptionBehavior", i.SpotBehavior)
	x.text("launchedAvailabilityZone", i.AZ)
	x.text("productDescription", "Linux/UNIX")
	x.text("state", spotState(i))
	x.instant("createTime", i.LaunchTime)
	x.in("status", func() {
		x.text("code", i.SpotStatus)
		x.text("message", "Your Spot request is "+strings.ReplaceAll(i.SpotStatus, "-", " ")+".")
	})
}
