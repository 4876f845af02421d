package failover_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
)

func TestLifecycleAction(t *testing.T) {
	const ours = "eni-failover-drain"
	tests := []struct {
		name     string
		hook     string
		settings []string
		world    awssim.World
		outcome  plan.Outcome
		errors   string
		complete int
	}{
		{
			name: "completes after the proof", hook: ours, outcome: plan.OutcomeMoved, complete: 1,
			world: awssim.World{
				Instances:  []awssim.Instance{instance("1", inAutoScaling("Terminating:Wait")), instance("2")},
				Interfaces: []awssim.Interface{eni("a", "1")},
			},
		},
		{
			name: "leaves other tools' hooks alone", hook: "drain", outcome: plan.OutcomeMoved,
			world: awssim.World{
				Instances:  []awssim.Instance{instance("1", inAutoScaling("Terminating:Wait")), instance("2")},
				Interfaces: []awssim.Interface{eni("a", "1")},
			},
		},
		{
			name: "completes at once when the instance holds nothing", hook: ours, outcome: plan.OutcomeIgnored, complete: 1,
			world: awssim.World{
				Instances:  []awssim.Instance{instance("1", inAutoScaling("Terminating:Wait")), instance("2")},
				Interfaces: []awssim.Interface{eni("a", "2")},
			},
		},
		{
			name: "does not complete a stale one", hook: ours, outcome: plan.OutcomeIgnored,
			world: awssim.World{
				Instances:  []awssim.Instance{instance("1", inAutoScaling("InService")), instance("2")},
				Interfaces: []awssim.Interface{eni("a", "1")},
			},
		},
		{
			name: "does not complete a stale one when the instance holds nothing", hook: ours, outcome: plan.OutcomeIgnored,
			world: awssim.World{
				Instances:  []awssim.Instance{instance("1", inAutoScaling("Standby")), instance("2")},
				Interfaces: []awssim.Interface{eni("a", "2")},
			},
		},
		{
			name: "lets the host serve after a failed move", hook: ours, outcome: plan.OutcomeStranded, errors: "StrandedError",
			world: awssim.World{
				Instances:  []awssim.Instance{instance("1", inAutoScaling("Terminating:Wait"))},
				Interfaces: []awssim.Interface{eni("a", "1")},
			},
		},
		{
			name: "waits for interfaces that another deployment serves", hook: ours, outcome: plan.OutcomeMoved,
			settings: []string{"GROUPS", "db"},
			world: awssim.World{
				Instances:  []awssim.Instance{instance("1", inAutoScaling("Terminating:Wait"), ofType("m5.xlarge")), instance("2")},
				Interfaces: []awssim.Interface{eni("a", "1"), eni("b", "1", interfaceTag("eni-failover:group", "web"), atIndex(2))},
			},
		},
		{
			name: "does not wait for a paused interface", hook: ours, outcome: plan.OutcomeIgnored, complete: 1,
			world: awssim.World{
				Instances:  []awssim.Instance{instance("1", inAutoScaling("Terminating:Wait")), instance("2")},
				Interfaces: []awssim.Interface{eni("a", "1", interfaceTag("eni-failover:paused", "yes"))},
			},
		},
		{
			name: "does not take a member that leaves its group", hook: ours, outcome: plan.OutcomeStranded, errors: "StrandedError",
			world: awssim.World{
				Instances:  []awssim.Instance{instance("1", inAutoScaling("Terminating:Wait")), instance("2", inAutoScaling("Terminating:Wait"))},
				Interfaces: []awssim.Interface{eni("a", "1")},
			},
		},
		{
			name: "changes nothing in a dry run", hook: ours, outcome: plan.OutcomePlanned, settings: []string{"DRY_RUN", "true"},
			world: awssim.World{
				Instances:  []awssim.Instance{instance("1", inAutoScaling("Terminating:Wait")), instance("2")},
				Interfaces: []awssim.Interface{eni("a", "1")},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, tt.world, tt.settings...)
				r, err := l.send(lifecycleAction("1", tt.hook))
				if tt.errors != "" {
					wantError(t, err, tt.errors)
				} else if err != nil {
					t.Errorf("error: %v", err)
				}
				if r.Outcome != tt.outcome || l.countCalls("CompleteLifecycleAction") != tt.complete {
					t.Errorf("%s, completed %d times; want %s, %d\n%s\n%s", r.Outcome, l.countCalls("CompleteLifecycleAction"),
						tt.outcome, tt.complete, show(r), l.log())
				}
				if completed := r.Hook != nil && r.Hook.Completed; completed != (tt.complete > 0) {
					t.Errorf("report: %s", show(r.Hook))
				}
			})
		})
	}
}

func TestStandbyThatLeavesItsAutoScalingGroup(t *testing.T) {
	for state, eligible := range map[string]bool{
		"InService": true, "Pending": true, "Terminating": false, "Terminating:Proceed": false, "EnteringStandby": false,
		"Standby": false, "Detaching": false, "Warmed:Running": false,
		"ReplacingRootVolume": false, "ReplacingRootVolume:Wait": false, "RootVolumeReplaced": true,
	} {
		t.Run(state, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, awssim.World{
					Instances:  []awssim.Instance{instance("1", spot), instance("2", inAutoScaling(state))},
					Interfaces: []awssim.Interface{eni("a", "1")},
				})
				r, err := l.send(spotWarning("1"))
				if moved := err == nil && r.Outcome == plan.OutcomeMoved; moved != eligible {
					t.Errorf("moved %t; want %t\n%s", moved, eligible, show(r))
				}
				for _, c := range r.Interfaces[0].Candidates {
					if !eligible && c.Instance == instanceID("2") && c.Reason != plan.ReasonASGLeaving {
						t.Errorf("reason %s; want asg-leaving", c.Reason)
					}
				}
			})
		})
	}
}

// The move is done, but Auto Scaling would wait for the hook's time-out: a person has to hear of it.
func TestLifecycleActionThatCannotBeCompleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, awssim.World{
			Instances:  []awssim.Instance{instance("1", inAutoScaling("Terminating:Wait")), instance("2")},
			Interfaces: []awssim.Interface{eni("a", "1")},
		})
		l.sim.Intercept(func(c awssim.Call) awssim.Fault {
			if c.Action == "CompleteLifecycleAction" {
				return awssim.Fault{Code: "AccessDenied"}
			}
			return awssim.Fault{}
		})
		r, err := l.send(lifecycleAction("1", "eni-failover"))
		wantError(t, err, "FailedError", "CompleteLifecycleAction", "eni-failover", instanceID("1"))
		if r.Outcome != plan.OutcomeMoved || l.holder("a") != instanceID("2") || r.Hook.Completed {
			t.Errorf("%s, on %s\n%s", r.Outcome, l.holder("a"), show(r))
		}
	})
}

// However long the calls take that let the instance go, the report comes while there is time for it.
func TestHookLeavesTimeForTheReport(t *testing.T) {
	const limit = 20 * time.Second
	for action, filter := range map[string]string{
		"DescribeAutoScalingInstances": "", "DescribeNetworkInterfaces": "tag-key", "CompleteLifecycleAction": "",
	} {
		t.Run(action, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, awssim.World{
					Instances:  []awssim.Instance{instance("1", inAutoScaling("Terminating:Wait")), instance("2")},
					Interfaces: []awssim.Interface{eni("a", "1")},
				})
				seen := 0
				l.sim.Intercept(func(c awssim.Call) awssim.Fault {
					if c.Action != action || c.Params.Get("Filter.1.Name") != filter {
						return awssim.Fault{}
					}
					if seen++; seen == 1 && filter != "" {
						return awssim.Fault{}
					}
					return awssim.Fault{Delay: time.Hour}
				})
				r, err := l.sendFor(limit, lifecycleAction("1", "eni-failover"))
				if took := time.Since(l.started); took > limit-200*time.Millisecond {
					t.Errorf("took %s of %s: %v", took, limit, err)
				}
				if r.Outcome != plan.OutcomeMoved || l.holder("a") != instanceID("2") {
					t.Errorf("%s, on %s\n%s", r.Outcome, l.holder("a"), show(r))
				}
			})
		})
	}
}

// Before the action is completed, the function looks for interfaces that have come to the instance during the moves.
func TestHookWaitsForWhatWasUnpausedDuringTheMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := awssim.World{
			Instances:  []awssim.Instance{instance("1", inAutoScaling("Terminating:Wait")), instance("2")},
			Interfaces: []awssim.Interface{eni("a", "1"), eni("b", "1", atIndex(2), interfaceTag("eni-failover:paused", "true"))},
		}
		l := newLab(t, w)
		l.sim.Intercept(func(c awssim.Call) awssim.Fault {
			if c.Action != "AttachNetworkInterface" {
				return awssim.Fault{}
			}
			return awssim.Fault{After: func() {
				l.sim.Edit(func(w *awssim.World) { delete(w.Interfaces[1].Tags, "eni-failover:paused") })
			}}
		})
		r := l.mustSend(lifecycleAction("1", "eni-failover"))
		if r.Hook.Completed || l.countCalls("CompleteLifecycleAction") != 0 {
			t.Errorf("completed with an interface on the instance: %s\n%s", show(r.Hook), l.log())
		}
		if l.holder("a") != instanceID("2") {
			t.Errorf("a is on %s", l.holder("a"))
		}
	})
}

// An interface that no standby can take stays on the instance, and the action is not completed, even if the last read is
// so old that it shows the interface where it was before.
func TestHookWaitsForWhatAnOldReadDoesNotShow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := awssim.World{
			Instances: []awssim.Instance{
				instance("1", inAutoScaling("Terminating:Wait")), instance("2"), instance("3", instanceTag("eni-failover:group", "other")),
			},
			Interfaces: []awssim.Interface{
				eni("a", "1"), eni("b", "3"), eni("c", "2", atIndex(2), interfaceTag("eni-failover:group", "none")),
			},
			Timing: timing(),
		}
		w.Timing.Remember = awssim.Duration(10 * time.Second)
		l := newLab(t, w)
		time.Sleep(10 * time.Second)
		l.sim.Edit(func(w *awssim.World) {
			w.Interfaces[1].Attachment = &awssim.Attachment{Instance: instanceID("1"), DeviceIndex: 2}
		})
		time.Sleep(time.Second)
		lists := 0
		l.sim.Intercept(func(c awssim.Call) awssim.Fault {
			if c.Action == "DescribeNetworkInterfaces" && c.Params.Get("Filter.1.Name") == "tag-key" {
				if lists++; lists > 1 {
					return awssim.Fault{Stale: 8 * time.Second}
				}
			}
			return awssim.Fault{}
		})
		r, err := l.send(lifecycleAction("1", "eni-failover"))
		if r.Interfaces[0].Outcome != plan.OutcomeMoved || r.Interfaces[1].Outcome != plan.OutcomeStranded || lists != 2 {
			t.Fatalf("%v after %d lists; want one moved and one stranded\n%s", err, lists, show(r))
		}
		if r.Hook.Completed || l.countCalls("CompleteLifecycleAction") != 0 {
			t.Errorf("completed with %s on the instance: %s\n%s", interfaceID("b"), show(r.Hook), l.log())
		}
	})
}

// A person who moves a stranded interface by hand does what the hook waits for.
func TestHookGoesOnWhenAPersonMovesTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, awssim.World{
			Instances: []awssim.Instance{
				instance("1", inAutoScaling("Terminating:Wait")), instance("2"), instance("3", instanceTag("eni-failover:group", "other")),
			},
			Interfaces: []awssim.Interface{
				eni("a", "1"), eni("b", "1", atIndex(2)), eni("c", "2", atIndex(2), interfaceTag("eni-failover:group", "none")),
			},
		})
		time.Sleep(10 * time.Second)
		l.sim.Intercept(func(c awssim.Call) awssim.Fault {
			if c.Action != "AttachNetworkInterface" {
				return awssim.Fault{}
			}
			return awssim.Fault{After: func() {
				l.sim.Edit(func(w *awssim.World) {
					w.Interfaces[1].Attachment = &awssim.Attachment{Instance: instanceID("3"), DeviceIndex: 1, AttachTime: time.Now()}
				})
			}}
		})
		r, err := l.send(lifecycleAction("1", "eni-failover"))
		if r.Interfaces[1].Outcome != plan.OutcomeStranded || !r.Hook.Completed {
			t.Errorf("%v; want one stranded and the action completed\n%s", err, show(r))
		}
	})
}
