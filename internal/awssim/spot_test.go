package awssim_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// instanceAndRequest returns the state of the holder, and the state and status code of its Spot request.
func instanceAndRequest(t *testing.T, r *region) string {
	t.Helper()
	out, err := r.ec2.DescribeSpotInstanceRequests(t.Context(), &ec2.DescribeSpotInstanceRequestsInput{Filters: filtersOf("instance-id=" + holder)})
	if err != nil || len(out.SpotInstanceRequests) != 1 {
		t.Fatalf("requests %+v, %v", out, err)
	}
	spot := out.SpotInstanceRequests[0]
	return stateOf(r, holder) + " " + string(spot.State) + " " + *spot.Status.Code
}

// spotHolder returns a pair whose holder is a Spot instance with an interruption behaviour.
func spotHolder(t *testing.T, behavior string) *region {
	t.Helper()
	w := pairWithoutLatency()
	w.Timing.Stop, w.Timing.Terminate, w.Timing.Start = awssim.Duration(30*time.Second), awssim.Duration(30*time.Second), awssim.Duration(10*time.Second)
	w.Instances[0].Lifecycle, w.Instances[0].SpotBehavior = "spot", behavior
	return newRegion(t, w)
}

func TestInterruption(t *testing.T) {
	type moment struct {
		after time.Duration
		want  string
	}
	tests := map[string][]moment{
		"terminate": { // the request ends two minutes before its instance
			{0, "running closed instance-terminated-no-capacity"},
			{2*time.Minute - 1, "running closed instance-terminated-no-capacity"},
			{2 * time.Minute, "shutting-down closed instance-terminated-no-capacity"},
			{2*time.Minute + 30*time.Second, "terminated closed instance-terminated-no-capacity"},
		},
		"stop": {
			{0, "running active marked-for-stop"},
			{2*time.Minute - 1, "running active marked-for-stop"},
			{2 * time.Minute, "stopping active marked-for-stop"},
			{2*time.Minute + 30*time.Second, "stopped disabled instance-stopped-no-capacity"},
		},
		"hibernate": { // without notice
			{0, "stopping active marked-for-stop"},
			{30 * time.Second, "stopped disabled instance-stopped-no-capacity"},
		},
	}
	for behavior, moments := range tests {
		t.Run(behavior, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := spotHolder(t, behavior)
				if got := instanceAndRequest(t, r); got != "running active fulfilled" {
					t.Errorf("before: %s", got)
				}
				start := time.Now()
				if err := r.Interrupt(holder, 2*time.Minute); err != nil {
					t.Fatal(err)
				}
				for _, m := range moments {
					time.Sleep(time.Until(start.Add(m.after)))
					if got := instanceAndRequest(t, r); got != m.want {
						t.Errorf("after %v: %s, want %s", m.after, got, m.want)
					}
				}
			})
		})
	}
}

// TestPersistentInterruption checks that the request of an instance to be terminated is at once open for another one,
// and may name no instance, though this one still runs.
func TestPersistentInterruption(t *testing.T) {
	for _, unnamed := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			r := spotHolder(t, "terminate")
			r.Edit(func(w *awssim.World) { w.Instances[0].SpotType, w.Instances[0].SpotUnnamed = "persistent", unnamed })
			if got := instanceAndRequest(t, r); got != "running active fulfilled" {
				t.Errorf("before: %s", got)
			}
			if err := r.Interrupt(holder, 2*time.Minute); err != nil {
				t.Fatal(err)
			}
			for _, state := range []string{"running", "terminated"} {
				all, err := r.ec2.DescribeSpotInstanceRequests(t.Context(), &ec2.DescribeSpotInstanceRequestsInput{})
				if err != nil || len(all.SpotInstanceRequests) != 1 {
					t.Fatalf("requests %+v, %v", all, err)
				}
				spot := all.SpotInstanceRequests[0]
				if stateOf(r, holder) != state || spot.State != "open" || *spot.Status.Code != "instance-terminated-no-capacity" ||
					spot.Type != "persistent" || (spot.InstanceId == nil) != unnamed {
					t.Errorf("%s: request %+v", stateOf(r, holder), spot)
				}
				named, err := r.ec2.DescribeSpotInstanceRequests(t.Context(), &ec2.DescribeSpotInstanceRequestsInput{Filters: filtersOf("instance-id=" + holder)})
				if err != nil || (len(named.SpotInstanceRequests) == 0) != unnamed {
					t.Errorf("%s: by instance: %+v, %v", state, named, err)
				}
				time.Sleep(3 * time.Minute)
			}
		})
	}
}

// TestInterruptionOvertaken changes an instance in another way during its notice.
func TestInterruptionOvertaken(t *testing.T) {
	tests := []struct {
		name, behavior string
		meanwhile      func(t *testing.T, r *region)
		want           string // at the end
	}{
		{"terminated by its user", "stop", func(t *testing.T, r *region) {
			t.Helper()
			if _, err := r.ec2.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: []string{holder}}); err != nil {
				t.Error(err)
			}
		}, "terminated open instance-terminated-by-user"},
		{"terminated by its user, whose request has ended", "terminate", func(t *testing.T, r *region) {
			t.Helper()
			if _, err := r.ec2.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: []string{holder}}); err != nil {
				t.Error(err)
			}
		}, "terminated closed instance-terminated-no-capacity"},
		{"stopped by its user, and started", "stop", func(t *testing.T, r *region) {
			t.Helper()
			if _, err := r.ec2.StopInstances(t.Context(), &ec2.StopInstancesInput{InstanceIds: []string{holder}}); err != nil {
				t.Error(err)
			}
			if got := instanceAndRequest(t, r); got != "stopping active marked-for-stop" {
				t.Error(got)
			}
			time.Sleep(30 * time.Second)
			if got := instanceAndRequest(t, r); got != "stopped disabled instance-stopped-by-user" {
				t.Error(got)
			}
			if _, err := r.ec2.StartInstances(t.Context(), &ec2.StartInstancesInput{InstanceIds: []string{holder}}); err != nil {
				t.Error(err)
			}
		}, "running active fulfilled"},
		{"reprieved", "terminate", func(t *testing.T, r *region) {
			t.Helper()
			r.Edit(func(w *awssim.World) { w.Instances[0].SpotStatus = "request-canceled-and-instance-running" })
		}, "running cancelled request-canceled-and-instance-running"},
		{"interrupted again, later", "terminate", func(t *testing.T, r *region) {
			t.Helper()
			if err := r.Interrupt(holder, time.Hour); err != nil {
				t.Error(err)
			}
		}, "running closed instance-terminated-no-capacity"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := spotHolder(t, test.behavior)
				if err := r.Interrupt(holder, 2*time.Minute); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				test.meanwhile(t, r)
				time.Sleep(5 * time.Minute)
				if got := instanceAndRequest(t, r); got != test.want {
					t.Errorf("got %s, want %s", got, test.want)
				}
			})
		})
	}
}

func TestInterruptionRefused(t *testing.T) {
	r := spotHolder(t, "")
	r.Edit(func(w *awssim.World) { w.Instances[0].State = "stopped" })
	for _, id := range []string{holder, standby, "i-0ffffffffffffffff"} { // not running, On-Demand, unknown
		if err := r.Interrupt(id, 0); err == nil {
			t.Errorf("%s was interrupted", id)
		}
	}
}

// Only a persistent request could start the instance again.
func TestOneTimeSpotCannotStop(t *testing.T) {
	r := spotHolder(t, "terminate")
	_, err := r.ec2.StopInstances(t.Context(), &ec2.StopInstancesInput{InstanceIds: []string{standby, holder}})
	if code(err) != "UnsupportedOperation" || stateOf(r, standby) != "running" {
		t.Errorf("%v; the other one is %s", err, stateOf(r, standby))
	}
}

// A persistent request is open for another instance while this one still runs.
func TestEndedRequestCannotStop(t *testing.T) {
	r := spotHolder(t, "terminate")
	r.Edit(func(w *awssim.World) { w.Instances[0].SpotType = "persistent" })
	if err := r.Interrupt(holder, 2*time.Minute); err != nil {
		t.Fatal(err)
	}
	_, err := r.ec2.StopInstances(t.Context(), &ec2.StopInstancesInput{InstanceIds: []string{holder}})
	if code(err) != "IncorrectSpotRequestState" || stateOf(r, holder) != "running" {
		t.Errorf("%v; it is %s", err, stateOf(r, holder))
	}
}
