package awssim_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

func stateOf(r *region, id string) string {
	i, _ := r.Instance(id)
	return i.State
}

func TestStopAndStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := pairWithoutLatency()
		w.Timing.Stop, w.Timing.Start = awssim.Duration(10*time.Second), awssim.Duration(5*time.Second)
		r := newRegion(t, w)
		launched, _ := r.Instance(holder)
		if _, err := r.ec2.StopInstances(t.Context(), &ec2.StopInstancesInput{InstanceIds: []string{holder}}); err != nil {
			t.Fatal(err)
		}
		if err := r.detach(t.Context(), attachmentNow(t, r), false); code(err) != "IncorrectState" {
			t.Errorf("detach while stopping: %v", err)
		}
		time.Sleep(10 * time.Second)
		if got := stateOf(r, holder); got != "stopped" || attachmentNow(t, r) == "" {
			t.Errorf("state %s", got)
		}
		out, err := r.ec2.StartInstances(t.Context(), &ec2.StartInstancesInput{InstanceIds: []string{holder}})
		if err != nil {
			t.Fatal(err)
		}
		if c := out.StartingInstances[0]; c.PreviousState.Name != "stopped" || c.CurrentState.Name != "pending" {
			t.Errorf("change %+v", c)
		}
		time.Sleep(5 * time.Second)
		started, _ := r.Instance(holder)
		if started.State != "running" || !started.LaunchTime.After(launched.LaunchTime) {
			t.Errorf("instance %+v", started)
		}
	})
}

func TestTerminate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := pairWithoutLatency()
		w.Timing.Terminate = awssim.Duration(30 * time.Second)
		w.Interfaces = append(w.Interfaces, awssim.Interface{ID: "eni-doomed", Attachment: &awssim.Attachment{
			Instance: holder, DeviceIndex: 2, DeleteOnTermination: true,
		}})
		r := newRegion(t, w)
		if _, err := r.ec2.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: []string{holder}}); err != nil {
			t.Fatal(err)
		}
		if err := r.detach(t.Context(), attachmentNow(t, r), true); code(err) != "IncorrectState" {
			t.Errorf("detach while shutting down: %v", err)
		}
		time.Sleep(30*time.Second - 1)
		if got := r.state(t.Context(), t); got != "in-use attached" {
			t.Errorf("before the end: %s", got)
		}
		time.Sleep(time.Nanosecond)
		if got := r.state(t.Context(), t); got != "available" {
			t.Errorf("at the end: %s", got)
		}
		if _, found := r.Interface("eni-doomed"); found {
			t.Error("an interface with DeleteOnTermination is still there")
		}
		if n := len(r.World().Interfaces); n != 2 { // the service's, and the standby's primary interface
			t.Errorf("%d interfaces", n)
		}
		out, err := r.ec2.StartInstances(t.Context(), &ec2.StartInstancesInput{InstanceIds: []string{holder}})
		if code(err) != "IncorrectInstanceState" {
			t.Errorf("start of a terminated instance: %v, %v", out, err)
		}
	})
}

// TestTerminatedByEdit checks that an edit has the same consequences as the API's termination.
func TestTerminatedByEdit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, edit := range map[string]func(*awssim.World){
			"terminated": func(w *awssim.World) { w.Instances[0].State = "terminated" },
			"vanished":   func(w *awssim.World) { w.Instances = w.Instances[1:] },
		} {
			r := newRegion(t, pairWithoutLatency())
			r.After(time.Minute, edit)
			time.Sleep(time.Minute - 1)
			before := r.state(t.Context(), t)
			time.Sleep(time.Nanosecond)
			if after := r.state(t.Context(), t); before != "in-use attached" || after != "available" {
				t.Errorf("%s: %q, then %q", name, before, after)
			}
			if n := len(r.World().Interfaces); n != 2 {
				t.Errorf("%s: %d interfaces", name, n)
			}
		}
	})
}

// TestEditWins checks that a transition in progress does not undo an edit.
func TestEditWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRegion(t, pairWithoutLatency())
		if err := r.detach(t.Context(), attachmentNow(t, r), false); err != nil {
			t.Fatal(err)
		}
		r.After(time.Second, func(w *awssim.World) { w.Interfaces[0].Attachment.Status = "attached" })
		time.Sleep(time.Minute)
		if got := r.state(t.Context(), t); got != "in-use attached" {
			t.Error(got)
		}
		defer func() {
			if recover() == nil {
				t.Error("an impossible edit did not panic")
			}
		}()
		r.Edit(func(w *awssim.World) { w.Interfaces[0].Attachment.Instance = "i-nowhere" })
	})
}

func TestAutoScaling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := pairWithoutLatency()
		w.Timing.Terminate = awssim.Duration(30 * time.Second)
		h := &w.Instances[0]
		h.AutoScalingGroup, h.LifecycleState, h.LifecycleHook, h.LifecycleToken = "gw", "Terminating:Wait", "eni-failover", "token-1"
		r := newRegion(t, w)
		describe := func() (states []string) {
			t.Helper()
			out, err := r.autoscaling.DescribeAutoScalingInstances(t.Context(),
				&autoscaling.DescribeAutoScalingInstancesInput{InstanceIds: []string{holder, standby}})
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range out.AutoScalingInstances {
				states = append(states, *i.InstanceId+" "+*i.LifecycleState)
			}
			return states
		}
		complete := func(hook, token string) error {
			id, group, result := holder, "gw", "CONTINUE"
			_, err := r.autoscaling.CompleteLifecycleAction(t.Context(), &autoscaling.CompleteLifecycleActionInput{
				AutoScalingGroupName: &group, LifecycleHookName: &hook, LifecycleActionResult: &result, InstanceId: &id, LifecycleActionToken: &token,
			})
			return err
		}
		if got := describe(); len(got) != 1 || got[0] != holder+" Terminating:Wait" {
			t.Errorf("instances %q", got)
		}
		for _, wrong := range [][2]string{{"other", "token-1"}, {"eni-failover", "token-2"}} {
			if err := complete(wrong[0], wrong[1]); code(err) != "ValidationError" {
				t.Errorf("%q: %v", wrong, err)
			}
		}
		if err := complete("eni-failover", "token-1"); err != nil {
			t.Fatal(err)
		}
		if got := describe(); got[0] != holder+" Terminating:Proceed" || stateOf(r, holder) != "shutting-down" {
			t.Errorf("instances %q", got)
		}
		if err := complete("eni-failover", "token-1"); code(err) != "ValidationError" {
			t.Errorf("completed twice: %v", err)
		}
		time.Sleep(30 * time.Second)
		if got := describe(); len(got) != 0 || stateOf(r, holder) != "terminated" {
			t.Errorf("instances %q", got)
		}
	})
}
