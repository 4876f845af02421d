package autoscalingapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

const (
	leaving   = "i-0000000000000000a"
	ungrouped = "i-0000000000000000b"
	unknown   = "i-0000000000000000f"
	group     = "db"
	hook      = "eni-failover-terminating"
	token     = "71514b9d-6a40-4b26-8523-05e7eeec0000"
)

func instanceN(n int) string { return fmt.Sprintf("i-%017x", n+0x100) }

// account returns an account with an instance that waits for its hook, and an instance in no group.
func account() awssim.World {
	return awssim.World{Instances: []awssim.Instance{
		{
			ID: leaving, AZ: "eu-west-1a", AutoScalingGroup: group, LifecycleState: "Terminating:Wait",
			LifecycleHook: hook, LifecycleToken: token,
		},
		{ID: ungrouped, AZ: "eu-west-1a"},
	}}
}

// runSimulated runs a test in fake time on an account.
func runSimulated(t *testing.T, name string, w awssim.World, test func(*testing.T, *awssim.Sim, *autoscalingapi.Client)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			sim, err := awssim.New(w)
			if err != nil {
				t.Fatal(err)
			}
			test(t, sim, clientOver(sim.Client()))
		})
	})
}

func clientOver(wire aws.HTTPClient) *autoscalingapi.Client {
	return autoscalingapi.New(autoscaling.NewFromConfig(simclient.Config(wire)))
}

func TestStates(t *testing.T) {
	states := []string{
		"InService", "Standby", "EnteringStandby", "Pending", "Pending:Wait", "Pending:Proceed", "Terminating",
		"Terminating:Wait", "Terminating:Proceed", "Detaching", "Detached", "Quarantined",
		"Warmed:Stopped", "Warmed:Terminating:Wait", "Warmed:Pending:Wait", "SomethingNew",
	}
	w := account()
	ids := []string{ungrouped, unknown}
	want := map[string]inventory.Scaling{ungrouped: inventory.ScalingNone, unknown: inventory.ScalingNone}
	for n, state := range states {
		w.Instances = append(w.Instances, awssim.Instance{ID: instanceN(n), AZ: "eu-west-1a", AutoScalingGroup: group, LifecycleState: state})
		ids = append(ids, instanceN(n))
		want[instanceN(n)] = inventory.Scaling(state)
	}
	w.Instances = append(w.Instances,
		awssim.Instance{ID: instanceN(70), AZ: "eu-west-1a", AutoScalingGroup: group},
		awssim.Instance{ID: instanceN(71), AZ: "eu-west-1a", AutoScalingGroup: group, State: "terminated"})
	ids = append(ids, instanceN(70), instanceN(71))
	want[instanceN(70)], want[instanceN(71)] = "InService", inventory.ScalingNone
	runSimulated(t, "each", w, func(t *testing.T, sim *awssim.Sim, client *autoscalingapi.Client) {
		got, err := client.States(t.Context(), ids)
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%v\n%s", err, d)
		}
		// The result has only the instances that the call names.
		if n := len(sim.Calls()); n != 1 || got[leaving] != "" {
			t.Errorf("%d calls, %q", n, got[leaving])
		}
	})
	runSimulated(t, "nothing asked", w, func(t *testing.T, sim *awssim.Sim, client *autoscalingapi.Client) {
		got, err := client.States(t.Context(), nil)
		if n := len(sim.Calls()); n != 0 || len(got) != 0 || err != nil {
			t.Errorf("%v in %d calls: %v", got, n, err)
		}
	})
}

// TestPagesOfStates: an answer may have fewer instances than the call names, and a token for the rest.
func TestPagesOfStates(t *testing.T) {
	w := awssim.World{}
	ids := make([]string, 50)
	for n := range ids {
		ids[n] = instanceN(n)
		w.Instances = append(w.Instances, awssim.Instance{ID: ids[n], AZ: "eu-west-1a", AutoScalingGroup: group, LifecycleState: "Terminating:Wait"})
	}
	synctest.Test(t, func(t *testing.T) {
		sim, err := awssim.New(w)
		if err != nil {
			t.Fatal(err)
		}
		got, err := clientOver(shortPages{sim.Client()}).States(t.Context(), append(ids[:49:49], unknown))
		if err != nil || len(got) != 50 || len(sim.Calls()) != 3 {
			t.Fatalf("%d found in %d calls: %v", len(got), len(sim.Calls()), err)
		}
		for id, state := range got {
			if want := inventory.Scaling("Terminating:Wait"); state != want && id != unknown {
				t.Errorf("%s: %s, want %s", id, state, want)
			}
		}
		if got[unknown] != inventory.ScalingNone {
			t.Errorf("%s: %s, want none", unknown, got[unknown])
		}
	})
}

// shortPages is a client of the simulator whose pages have at most 20 instances.
type shortPages struct{ next *http.Client }

func (s shortPages) Do(r *http.Request) (*http.Response, error) {
	form, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	form = append(form, "&MaxRecords=20"...)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(form)), int64(len(form))
	return s.next.Do(r)
}

// TestManyStates asks about more instances than one call takes.
func TestManyStates(t *testing.T) {
	w := awssim.World{}
	ids := make([]string, 120)
	for n := range ids {
		ids[n] = instanceN(n)
		w.Instances = append(w.Instances, awssim.Instance{ID: ids[n], AZ: "eu-west-1a", AutoScalingGroup: group})
	}
	for size, calls := range map[int]int{50: 1, 51: 2, 120: 3} {
		runSimulated(t, fmt.Sprint(size), w, func(t *testing.T, sim *awssim.Sim, client *autoscalingapi.Client) {
			got, err := client.States(t.Context(), ids[:size])
			if err != nil || len(got) != size || len(sim.Calls()) != calls {
				t.Fatalf("%d found in %d calls, want %d: %v", len(got), len(sim.Calls()), calls, err)
			}
			for id, state := range got {
				if state != "InService" {
					t.Errorf("%s: %s", id, state)
				}
			}
		})
	}
	runSimulated(t, "a chunk fails", w, func(t *testing.T, sim *awssim.Sim, client *autoscalingapi.Client) {
		sim.Intercept(func(c awssim.Call) awssim.Fault {
			if c.Params.Get("InstanceIds.member.1") == ids[50] {
				return awssim.Fault{Code: "AccessDenied"}
			}
			return awssim.Fault{}
		})
		got, err := client.States(t.Context(), ids)
		var f *fault.Error
		if got != nil || !errors.As(err, &f) || f.On != ids[50] || len(sim.Calls()) != 2 {
			t.Errorf("%v, %v after %d calls", got, err, len(sim.Calls()))
		}
	})
}

func TestErrors(t *testing.T) {
	calls := map[string]struct {
		on string
		do func(context.Context, *autoscalingapi.Client) error
	}{
		"DescribeAutoScalingInstances": {leaving, func(ctx context.Context, c *autoscalingapi.Client) error {
			_, err := c.States(ctx, []string{leaving, ungrouped})
			return err
		}},
		"CompleteLifecycleAction": {hook + " of " + group + " for " + leaving, func(ctx context.Context, c *autoscalingapi.Client) error {
			return c.Complete(ctx, group, hook, token, leaving)
		}},
	}
	tests := []struct {
		name     string
		fault    awssim.Fault
		class    fault.Class
		attempts int
	}{
		{"throttled", awssim.Fault{Code: "Throttling", Message: "Rate exceeded"}, fault.Throttled, 6},
		{"throttled for long", awssim.Fault{Code: "RequestLimitExceeded"}, fault.Throttled, 6},
		{"denied", awssim.Fault{Code: "AccessDenied"}, fault.Denied, 1},
		{"credentials", awssim.Fault{Status: 403, Code: "ExpiredToken"}, fault.Denied, 1},
		{"contention", awssim.Fault{Status: 500, Code: "ResourceContention"}, fault.Conflict, 6},
		{"server", awssim.Fault{Code: "InternalFailure"}, fault.Unavailable, 6},
		{"gateway", awssim.Fault{Status: 502}, fault.Unavailable, 6},
		{"request lost", awssim.Fault{Drop: true}, fault.Unavailable, 6},
		{"hanging", awssim.Fault{Delay: time.Hour}, fault.Unavailable, 6},
		{"anything else", awssim.Fault{Code: "InvalidNextToken"}, fault.Invalid, 1},
	}
	for call, c := range calls {
		for _, test := range tests {
			runSimulated(t, call+" "+test.name, account(), func(t *testing.T, sim *awssim.Sim, client *autoscalingapi.Client) {
				sim.Intercept(func(awssim.Call) awssim.Fault { return test.fault })
				start := time.Now()
				err := c.do(t.Context(), client)
				var f *fault.Error
				switch {
				case !errors.As(err, &f) || f.Class != test.class:
					t.Errorf("got %v, want %s", err, test.class)
				case f.Call != call || f.On != c.on || test.fault.Status == 0 && f.Code != test.fault.Code:
					t.Errorf("call %q, on %q, code %q", f.Call, f.On, f.Code)
				}
				if n := len(sim.Calls()); n != test.attempts {
					t.Errorf("%d attempts, want %d", n, test.attempts)
				}
				if took := time.Since(start); took > 6*20*time.Second+4*time.Second { // six attempts, of 20 s at most
					t.Errorf("took %s", took)
				}
				if in, _ := sim.Instance(leaving); in.LifecycleState != "Terminating:Wait" {
					t.Errorf("is %s", in.LifecycleState)
				}
			})
		}
	}
	// A validation error of another call does not mean that an action is over.
	runSimulated(t, "ValidationError of a question", account(), func(t *testing.T, sim *awssim.Sim, client *autoscalingapi.Client) {
		sim.Intercept(func(awssim.Call) awssim.Fault { return awssim.Fault{Code: "ValidationError"} })
		if _, err := client.States(t.Context(), []string{leaving}); fault.ClassOf(err) != fault.Invalid {
			t.Errorf("got %v", err)
		}
	})
	runSimulated(t, "outlasted", account(), func(t *testing.T, sim *awssim.Sim, client *autoscalingapi.Client) {
		n := 0
		sim.Intercept(func(awssim.Call) awssim.Fault {
			if n++; n%6 != 0 {
				return awssim.Fault{Code: "Throttling"}
			}
			return awssim.Fault{}
		})
		for name, c := range calls {
			if err := c.do(t.Context(), client); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestComplete(t *testing.T) {
	for _, sent := range []string{token, ""} {
		runSimulated(t, fmt.Sprintf("token %q", sent), account(), func(t *testing.T, sim *awssim.Sim, client *autoscalingapi.Client) {
			if err := client.Complete(t.Context(), group, hook, sent, leaving); err != nil {
				t.Fatal(err)
			}
			if in, _ := sim.Instance(leaving); in.LifecycleState != "Terminating:Proceed" {
				t.Errorf("is %s", in.LifecycleState)
			}
			params := sim.Calls()[0].Params
			for name, want := range map[string]string{
				"AutoScalingGroupName": group, "LifecycleHookName": hook, "LifecycleActionResult": "CONTINUE",
				"InstanceId": leaving, "LifecycleActionToken": sent,
			} {
				if params.Get(name) != want || params.Has(name) != (want != "") {
					t.Errorf("%s: sent %q, want %q", name, params[name], want)
				}
			}
			// A second completion finds the action over.
			if err := client.Complete(t.Context(), group, hook, sent, leaving); err != nil {
				t.Errorf("again: %v", err)
			}
			codes := []string{}
			for _, c := range sim.Calls() {
				codes = append(codes, c.Code)
			}
			if want := []string{"", "ValidationError"}; !slices.Equal(codes, want) {
				t.Errorf("answers %q, want %q", codes, want)
			}
		})
	}
}

// TestCompleteOver has actions that are over already: completed before, timed out, or with another token.
func TestCompleteOver(t *testing.T) {
	tests := map[string]struct {
		change          func(*awssim.Instance)
		token, instance string
	}{
		"timed out":     {func(in *awssim.Instance) { in.LifecycleState = "Terminating:Proceed" }, token, leaving},
		"terminated":    {func(in *awssim.Instance) { in.State = "terminated" }, token, leaving},
		"in service":    {func(in *awssim.Instance) { in.LifecycleState = "InService" }, token, leaving},
		"another token": {nil, strings.Replace(token, "7", "8", 1), leaving},
		"in no group":   {nil, token, ungrouped},
		"unknown":       {nil, "", unknown},
	}
	for name, test := range tests {
		w := account()
		if test.change != nil {
			test.change(&w.Instances[0])
		}
		runSimulated(t, name, w, func(t *testing.T, sim *awssim.Sim, client *autoscalingapi.Client) {
			before := sim.World().Instances
			if err := client.Complete(t.Context(), group, hook, test.token, test.instance); err != nil {
				t.Errorf("got %v", err)
			}
			if calls := sim.Calls(); len(calls) != 1 || calls[0].Code != "ValidationError" {
				t.Errorf("calls %v", calls)
			}
			if d := cmp.Diff(before, sim.World().Instances); d != "" {
				t.Errorf("changed:\n%s", d)
			}
		})
	}
}

// TestCompleteLostReply: the SDK repeats the call after a lost reply, and the action is over then.
func TestCompleteLostReply(t *testing.T) {
	runSimulated(t, "once", account(), func(t *testing.T, sim *awssim.Sim, client *autoscalingapi.Client) {
		n := 0
		sim.Intercept(func(awssim.Call) awssim.Fault {
			n++
			return awssim.Fault{LoseReply: n == 1}
		})
		if err := client.Complete(t.Context(), group, hook, token, leaving); err != nil {
			t.Errorf("got %v", err)
		}
		if in, _ := sim.Instance(leaving); in.LifecycleState != "Terminating:Proceed" || n != 2 {
			t.Errorf("is %s after %d calls", in.LifecycleState, n)
		}
	})
}
