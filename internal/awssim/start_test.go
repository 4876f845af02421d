package awssim_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// stoppedStandby returns a pair whose standby is stopped and takes 17 s to start.
func stoppedStandby(change func(*awssim.Instance)) awssim.World {
	w := pairWithoutLatency()
	w.Timing.Start = awssim.Duration(17 * time.Second)
	w.Instances[1].State = "stopped"
	w.Instances[1].Tags["eni-failover:start"] = "true"
	if change != nil {
		change(&w.Instances[1])
	}
	return w
}

func (r *region) start(t *testing.T, ids ...string) error {
	t.Helper()
	_, err := r.ec2.StartInstances(t.Context(), &ec2.StartInstancesInput{InstanceIds: ids})
	return err
}

// described returns an instance as DescribeInstances shows it.
func (r *region) described(t *testing.T, id string) types.Instance {
	t.Helper()
	out, err := r.ec2.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{InstanceIds: []string{id}})
	if err != nil {
		t.Fatal(err)
	}
	return out.Reservations[0].Instances[0]
}

// stateAndReason returns an instance's state, and the code and message of its state reason.
func (r *region) stateAndReason(t *testing.T, id string) string {
	t.Helper()
	i := r.described(t, id)
	if i.StateReason == nil {
		return string(i.State.Name)
	}
	return fmt.Sprintf("%s, %s, %s", i.State.Name, *i.StateReason.Code, *i.StateReason.Message)
}

const userInitiated = "Client.UserInitiatedShutdown, Client.UserInitiatedShutdown: User initiated shutdown"

func TestStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRegion(t, stoppedStandby(nil))
		expect := func(want string) {
			t.Helper()
			if got := r.stateAndReason(t, standby); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		expect("stopped, " + userInitiated)
		began := time.Now()
		if err := r.start(t, standby); err != nil {
			t.Fatal(err)
		}
		expect("pending, pending, pending")
		if _, err := r.attach(t.Context(), service, standby, 1); code(err) != "IncorrectState" {
			t.Errorf("attach to a pending instance: %v", err)
		}
		time.Sleep(10 * time.Second)
		if err := r.start(t, standby); err != nil { // does not begin anew
			t.Errorf("start of a pending instance: %v", err)
		}
		time.Sleep(7*time.Second - 1)
		expect("pending, pending, pending")
		time.Sleep(time.Nanosecond)
		expect("running")
		if err := r.start(t, standby, holder); err != nil {
			t.Errorf("start of running instances: %v", err)
		}
		if launched := r.described(t, standby).LaunchTime; !launched.Equal(began.Truncate(time.Millisecond)) {
			t.Errorf("launched at %s, started at %s", launched, began)
		}
	})
}

// TestFailedStart: the call is accepted, and the instance is stopped again with a reason.
func TestFailedStart(t *testing.T) {
	reasons := map[string]string{
		"Server.InsufficientInstanceCapacity": "Insufficient capacity to satisfy instance request",
		"Client.InternalError":                "Client error on launch",
		"Server.InternalError":                "Internal error on launch",
		"Client.VolumeLimitExceeded":          "Volume limit exceeded",
	}
	for reason, text := range reasons {
		synctest.Test(t, func(t *testing.T) {
			r := newRegion(t, stoppedStandby(func(i *awssim.Instance) { i.FailStart = reason }))
			began := time.Now()
			if err := r.start(t, standby); err != nil {
				t.Fatal(err)
			}
			time.Sleep(17*time.Second - 1)
			if got := r.stateAndReason(t, standby); got != "pending, pending, pending" {
				t.Errorf("%s: before the end: %s", reason, got)
			}
			time.Sleep(time.Nanosecond)
			if got, want := r.stateAndReason(t, standby), fmt.Sprintf("stopped, %s, %[1]s: %s", reason, text); got != want {
				t.Errorf("%s, want %s", got, want)
			}
			if i, _ := r.Instance(standby); !i.LaunchTime.Equal(began) {
				t.Errorf("%s: launched at %s, started at %s", reason, i.LaunchTime, began)
			}
			// The cause is gone, and a new start forgets it.
			r.Edit(func(w *awssim.World) { w.Instances[1].FailStart = "" })
			if err := r.start(t, standby); err != nil {
				t.Fatal(err)
			}
			time.Sleep(17 * time.Second)
			if got := r.stateAndReason(t, standby); got != "running" {
				t.Errorf("%s: after the second start: %s", reason, got)
			}
		})
	}
}

func TestHungStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRegion(t, stoppedStandby(func(i *awssim.Instance) { i.HungStart = true }))
		if err := r.start(t, standby); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if got := stateOf(r, standby); got != "pending" {
			t.Errorf("after an hour: %s", got)
		}
	})
}

// TestRefusedStart: a lack of capacity comes and goes. It matters only to an instance that has to start, and its HTTP status
// is that of a server's error.
func TestRefusedStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const noCapacity = "InsufficientInstanceCapacity"
		r := newRegion(t, stoppedStandby(func(i *awssim.Instance) { i.RefuseStart = noCapacity }))
		r.After(time.Minute, func(w *awssim.World) { w.Instances[1].RefuseStart = "" })
		err := r.start(t, standby)
		var response *awshttp.ResponseError
		if code(err) != noCapacity || !errors.As(err, &response) || response.HTTPStatusCode() != 500 || stateOf(r, standby) != "stopped" {
			t.Errorf("%v, is %s", err, stateOf(r, standby))
		}
		time.Sleep(time.Minute)
		if err := r.start(t, standby); err != nil {
			t.Error(err)
		}
		r.Edit(func(w *awssim.World) { w.Instances[0].RefuseStart, w.Instances[1].RefuseStart = noCapacity, noCapacity })
		if err := r.start(t, standby, holder); err != nil {
			t.Errorf("pending and running: %v", err)
		}
	})
}

// TestSpotStart: only EC2 restarts an instance that it has interrupted.
func TestSpotStart(t *testing.T) {
	tests := map[string]string{
		"instance-stopped-by-user": "", "fulfilled": "", "none": "",
		"instance-stopped-no-capacity": "Only Amazon EC2 can restart", "instance-stopped-by-price": "Only Amazon EC2 can restart",
		"instance-terminated-by-user": "not in an appropriate state",
	}
	for status, want := range tests {
		r := newRegion(t, stoppedStandby(func(i *awssim.Instance) {
			i.Lifecycle, i.SpotBehavior, i.SpotStatus = "spot", "stop", status
		}))
		err := r.start(t, standby)
		if (code(err) != "") != (want != "") || err != nil && (code(err) != "IncorrectSpotRequestState" || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", status, err)
		}
	}
}

// TestReasonsOfInterruption: the reason tells an interruption from a stop or a termination by the user.
func TestReasonsOfInterruption(t *testing.T) {
	for behavior, want := range map[string]string{
		"stop": "stopped, Server.SpotInstanceShutdown, ", "terminate": "terminated, Server.SpotInstanceTermination, ",
	} {
		synctest.Test(t, func(t *testing.T) {
			r := spotHolder(t, behavior)
			if err := r.Interrupt(holder, 2*time.Minute); err != nil {
				t.Fatal(err)
			}
			time.Sleep(3 * time.Minute)
			if got := r.stateAndReason(t, holder); !strings.HasPrefix(got, want) {
				t.Errorf("%s: %s", behavior, got)
			}
		})
	}
}

// TestStartPermission: a policy can limit starts by the tags of the instance.
func TestStartPermission(t *testing.T) {
	const mayStart = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:StartInstances",
		"Resource": "arn:aws:ec2:eu-west-1:123456789012:instance/*",
		"Condition": {"Null": {"aws:ResourceTag/eni-failover:group": "false", "aws:ResourceTag/eni-failover:start": "false"}}}]}`
	synctest.Test(t, func(t *testing.T) {
		r := pairWithPolicies(t, func(w *awssim.World) {
			w.Instances[0].State, w.Instances[1] = "stopped", stoppedStandby(nil).Instances[1]
		}, mayStart)
		if err := r.start(t, standby); err != nil {
			t.Error(err)
		}
		if err := r.start(t, holder); code(err) != "UnauthorizedOperation" || stateOf(r, holder) != "stopped" {
			t.Errorf("without the tag: %v, is %s", err, stateOf(r, holder))
		}
	})
}

// TestKeyPermission: a start that needs a key is accepted without the permission for it, and fails. The AWS managed key
// needs no permission.
func TestKeyPermission(t *testing.T) {
	const mayStart = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["ec2:StartInstances", "ec2:DescribeInstances"], "Resource": "*"}]}`
	mayGrant := func(key, service string) string {
		return fmt.Sprintf(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:CreateGrant", "Resource": %q,
			"Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}, "StringEquals": {"kms:ViaService": %q}}}]}`, key, service)
	}
	const viaEC2 = "ec2.eu-west-1.amazonaws.com"
	const fails = "stopped, Client.InternalError, Client.InternalError: Client error on launch"
	for name, test := range map[string]struct {
		key      string
		policies []string
		want     string
	}{
		"no permission":       {ownKey, []string{mayStart}, fails},
		"for another key":     {ownKey, []string{mayStart, mayGrant(strings.Replace(ownKey, "1111", "2222", 1), viaEC2)}, fails},
		"for another service": {ownKey, []string{mayStart, mayGrant(ownKey, "rds.eu-west-1.amazonaws.com")}, fails},
		"for the key":         {ownKey, []string{mayStart, mayGrant(ownKey, viaEC2)}, "running"},
		"the AWS managed key": {"", []string{mayStart}, "running"},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := pairWithPolicies(t, func(w *awssim.World) {
				w.Instances[1].State = "stopped"
				w.Volumes = []awssim.Volume{{ID: "vol-00000000000000001", Instance: standby, Encrypted: true, KMSKeyID: test.key}}
			}, test.policies...)
			if err := r.start(t, standby); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Minute)
			if got := r.stateAndReason(t, standby); got != test.want {
				t.Errorf("%s: %s; want %s", name, got, test.want)
			}
		})
	}
}
