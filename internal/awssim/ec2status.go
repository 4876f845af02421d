package awssim

import (
	"strconv"
	"time"
)

// describeInstanceStatus answers DescribeInstanceStatus for running instances, or with IncludeAllInstances for all. The
// checks of an instance that does not run are `not-applicable`.
func describeInstanceStatus(e *exchange, out *xmlWriter) *refusal {
	list, refused := filters(e, e.acc.statusField, &Instance{})
	if refused != nil {
		return refused
	}
	w, refused := e.window(1000, "InstanceId")
	if refused != nil {
		return refused
	}
	// The API reference: at most 100 explicitly specified instance ids.
	if ids := e.list("InstanceId"); len(ids) > 100 {
		return refuse("InvalidParameterValue", "The maximum number of instance IDs is 100, there are %d", len(ids))
	}
	all, refused := e.requestedInstances()
	if refused != nil {
		return refused
	}
	if refused := e.permit(); refused != nil {
		return refused
	}
	everyState := e.req.params.Get("IncludeAllInstances") == "true"
	items, token := page(w, all, instanceKey, func(i *Instance) bool {
		return (everyState || i.State == running) && passes(i, list, e.acc.statusField)
	})
	out.in("instanceStatusSet", func() {
		for _, i := range items {
			out.in("item", func() { e.acc.writeStatus(out, i) })
		}
	})
	out.opt("nextToken", token)
	return nil
}

// statusField returns the values for the filters of DescribeInstanceStatus.
func (a *account) statusField(i *Instance, name string) (values []string, known bool) {
	switch name {
	case "availability-zone":
		return nonEmpty(i.AZ), true
	case "availability-zone-id":
		return nonEmpty(azID(i.AZ, a.Region)), true
	case "instance-state-name":
		return nonEmpty(i.State), true
	case "instance-state-code":
		return nonEmpty(strconv.Itoa(stateCode(i.State))), true
	case "instance-status.status":
		return nonEmpty(i.shownStatus(i.InstanceStatus)), true
	case "system-status.status":
		return nonEmpty(i.shownStatus(i.SystemStatus)), true
	case "application-status.status":
		return nonEmpty(i.shownStatus(i.ApplicationStatus)), true
	case "instance-status.reachability":
		return nonEmpty(reachability(i.shownStatus(i.InstanceStatus))), true
	case "system-status.reachability":
		return nonEmpty(reachability(i.shownStatus(i.SystemStatus))), true
	default:
		return nil, false
	}
}

// shownStatus returns a status check as shown: only a running instance has one.
func (i *Instance) shownStatus(status string) string {
	if i.State != running {
		return "not-applicable"
	}
	return status
}

// reachability returns the status of the one check that a summary stands for, empty if it does not apply.
func reachability(summary string) string {
	switch summary {
	case "ok":
		return "passed"
	case "impaired":
		return "failed"
	case "not-applicable":
		return ""
	default:
		return summary // initializing, insufficient-data
	}
}

func (a *account) writeStatus(x *xmlWriter, i *Instance) {
	x.text("instanceId", i.ID)
	x.text("availabilityZone", i.AZ)
	x.text("availabilityZoneId", azID(i.AZ, a.Region))
	x.in("instanceState", func() { writeState(x, i.State) })
	x.in("systemStatus", func() { writeSummary(x, i.shownStatus(i.SystemStatus), i.ImpairedSince) })
	x.in("instanceStatus", func() { writeSummary(x, i.shownStatus(i.InstanceStatus), i.ImpairedSince) })
	if application := i.shownStatus(i.ApplicationStatus); i.ApplicationStatus != "" {
		x.in("applicationStatus", func() {
			x.text("status", application)
			if application == "impaired" {
				x.instant("impairedSince", i.ImpairedSince)
			}
		})
	}
}

func writeSummary(x *xmlWriter, status string, since time.Time) {
	x.text("status", status)
	check := reachability(status)
	if check == "" {
		return
	}
	x.in("details", func() {
		x.in("item", func() {
			x.text("name", "reachability")
			x.text("status", check)
			if status == "impaired" {
				x.instant("impairedSince", since)
			}
		})
	})
}
