package awssim

import (
	"slices"
	"strconv"
	"strings"
)

func autoScalingOperations() map[string]operation {
	return map[string]operation{
		"DescribeAutoScalingInstances": {run: describeAutoScalingInstances},
		"CompleteLifecycleAction":      {run: completeLifecycleAction, mutating: true},
	}
}

// autoScalingPage is the default and largest page, and the most ids in one call (API reference of
// DescribeAutoScalingInstances).
const autoScalingPage = 50

// describeAutoScalingInstances answers DescribeAutoScalingInstances. It silently leaves out instances that are in no
// group, even if the call names them.
func describeAutoScalingInstances(e *exchange, out *xmlWriter) *refusal {
	ids := e.list("InstanceIds.member")
	if len(ids) > autoScalingPage {
		return refuse("ValidationError", "The number of instance ids that may be passed in is limited to %d", autoScalingPage)
	}
	w := window{action: e.req.action, size: autoScalingPage, after: e.req.params.Get("NextToken")}
	if size := e.req.params.Get("MaxRecords"); size != "" {
		n, err := strconv.Atoi(size)
		if err != nil || n < 1 || n > autoScalingPage {
			return refuse("ValidationError", "MaxRecords %s: want 1 to %d", size, autoScalingPage)
		}
		w.size = n
	}
	if refused := e.accessDenied("autoscaling:DescribeAutoScalingInstances", e.acc.Region, anyResource(), nil); refused != nil {
		return refused
	}
	items, token := page(w, e.acc.instancesInOrder(), instanceKey, func(i *Instance) bool {
		return i.inGroup() && (len(ids) == 0 || slices.Contains(ids, i.ID))
	})
	out.in("AutoScalingInstances", func() {
		for _, i := range items {
			out.in("member", func() {
				out.text("InstanceId", i.ID)
				out.text("InstanceType", i.Type)
				out.text("AutoScalingGroupName", i.AutoScalingGroup)
				out.text("AvailabilityZone", i.AZ)
				out.text("LifecycleState", i.LifecycleState)
				out.text("HealthStatus", "HEALTHY")
				out.flag("ProtectedFromScaleIn", false)
			})
		}
	})
	if token != "" {
		out.text("NextToken", items[len(items)-1].ID)
	}
	return nil
}

// inGroup reports whether Auto Scaling still knows the instance.
func (i *Instance) inGroup() bool {
	return i.AutoScalingGroup != "" && i.State != terminated
}

// completeLifecycleAction answers CompleteLifecycleAction. On termination both results terminate the instance (Auto
// Scaling guide, "Lifecycle hooks").
func completeLifecycleAction(e *exchange, _ *xmlWriter) *refusal {
	var values [3]string
	for n, name := range []string{"AutoScalingGroupName", "LifecycleHookName", "LifecycleActionResult"} {
		var refused *refusal
		if values[n], refused = e.required(name); refused != nil {
			return refuse("ValidationError", "1 validation error detected: Value null at '%s' failed to satisfy constraint: "+
				"Member must not be null", lowerFirst(name))
		}
	}
	if result := values[2]; result != "CONTINUE" && result != "ABANDON" {
		return refuse("ValidationError", "The LifecycleActionResult %s is not valid: want CONTINUE or ABANDON", result)
	}
	id, token := e.req.params.Get("InstanceId"), e.req.params.Get("LifecycleActionToken")
	if id == "" && token == "" {
		return refuse("ValidationError", "Either LifecycleActionToken or InstanceId must be given")
	}
	if refused := e.accessDenied("autoscaling:CompleteLifecycleAction", e.acc.Region, []resource{e.groupResource(values[0])}, nil); refused != nil {
		return refused
	}
	for n := range e.acc.Instances {
		i := &e.acc.Instances[n]
		if i.waitsFor(values[0], values[1], token) && (id == "" || id == i.ID) {
			e.proceed(i)
			return nil
		}
	}
	if token != "" {
		return refuse("ValidationError", "No active Lifecycle Action found with token %s", token)
	}
	return refuse("ValidationError", "No active Lifecycle Action found with instance ID %s", id)
}

// groupResource returns an Auto Scaling group as a policy sees it. A group that the world does not list has no tags.
func (e *exchange) groupResource(name string) resource {
	arn := "arn:aws:autoscaling:" + e.acc.Region + ":" + e.acc.Account + ":autoScalingGroup:" + derivedUUID(name) + ":autoScalingGroupName/" + name
	for _, g := range e.acc.AutoScalingGroups {
		if g.Name == name {
			return resource{arn, func() map[string][]string { return taggedKeys("autoscaling", g.Tags) }}
		}
	}
	return resource{arn: arn}
}

// waitsFor reports whether an instance waits for a hook of its group. A world without hook or token accepts any.
func (i *Instance) waitsFor(group, hook, token string) bool {
	return i.inGroup() && i.AutoScalingGroup == group && strings.HasSuffix(i.LifecycleState, ":Wait") &&
		(i.LifecycleHook == "" || i.LifecycleHook == hook) &&
		(i.LifecycleToken == "" || token == "" || i.LifecycleToken == token)
}

// proceed ends the wait. A terminating instance then shuts down.
func (e *exchange) proceed(i *Instance) {
	phase := strings.TrimSuffix(i.LifecycleState, ":Wait")
	i.LifecycleState = phase + ":Proceed"
	if phase == "Terminating" {
		e.shutDown(i, spotTerminatedByUser)
	}
}
