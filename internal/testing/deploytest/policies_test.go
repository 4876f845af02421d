package deploytest_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// scenario is an event in an account, and the outcome that it must have.
type scenario struct {
	name  string
	world []func(*awssim.World)
	event func() []byte
	want  plan.Outcome
}

// scenarios together need every permission of the failover's role.
func scenarios() []scenario {
	return []scenario{
		{"Spot interruption, and a record to repair", nil, spotWarning, plan.OutcomeMoved},
		{"stopped", []func(*awssim.World){inState("stopped")}, func() []byte { return stateChange(holder, "stopped") }, plan.OutcomeMoved},
		{"running", []func(*awssim.World){inState("stopped")}, func() []byte { return stateChange(standby, "running") }, plan.OutcomeMoved},
		{"alarm, with a note of whom it left", []func(*awssim.World){impaired}, alarm, plan.OutcomeMoved},
		{"lifecycle action, to its completion", []func(*awssim.World){terminatingWait}, lifecycleAction, plan.OutcomeMoved},
		{"an untagged holder", []func(*awssim.World){untagged}, spotWarning, plan.OutcomeMoved},
		{"sweep", []func(*awssim.World){inState("stopped")}, sweep, plan.OutcomeMoved},
		{"request", nil, request, plan.OutcomeMoved},
		{"rehearsal", nil, rehearsal, plan.OutcomePlanned},
		{"while another Availability Zone is disrupted", []func(*awssim.World){disrupted}, spotWarning, plan.OutcomeMoved},
		{"Spot interruption, with a cold standby", []func(*awssim.World){coldStandby}, spotWarning, plan.OutcomeMoved},
		{"rehearsal, with a cold standby", []func(*awssim.World){coldStandby}, rehearsal, plan.OutcomePlanned},
		{"verdict of the probe", []func(*awssim.World){probedServices(true)}, verdictOnHolder, plan.OutcomeMoved},
		{"answer to the probe", []func(*awssim.World){probedServices(false)}, answerOfHolder, plan.OutcomeNothingToDo},
		{"sweep that asks the probe", []func(*awssim.World){probedServices(true)}, sweep, plan.OutcomeNothingToDo},
	}
}

// play runs a scenario under policies, and returns the lab, the outcome and the function's output.
func (sc scenario) play(t *testing.T, s stack, policies [][]byte) (l *lab, outcome plan.Outcome, output string) {
	t.Helper()
	l = newLab(t, s, world(sc.world...), policies)
	report, output := l.send(sc.event())
	return l, report.Outcome, output
}

// everythingButTheProbe are parameters with every option of the template but the probe.
func everythingButTheProbe() []string {
	return []string{
		"RecordZones=" + zoneID, "RepairRecords=true", "ActOnRebalance=true", "AlertEmail=ops@example.com",
		"StartStandbys=true", "StartKeys=" + volumeKey,
	}
}

// deployEverything deploys with every option of the template.
func deployEverything(tb testing.TB) stack {
	tb.Helper()
	return withProbe(tb, everythingButTheProbe()...)
}

func TestFailoverUnderItsPolicies(t *testing.T) {
	s := deployEverything(t)
	policies := policyDocuments(s.policies(t, "FailoverRole"), dropNothing)
	for _, sc := range scenarios() {
		t.Run(sc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, outcome, output := sc.play(t, s, policies)
				if outcome != sc.want || len(l.denied()) > 0 {
					t.Errorf("%s, denied %v; want %s, none\n%s\n%s", outcome, l.denied(), sc.want, output, l.log())
				}
				if got := recordAddress(l.sim.World()); sc.want == plan.OutcomeMoved && got != "10.0.0.5" {
					t.Errorf("record %v; want it repaired", got)
				}
				if sc.name == "lifecycle action, to its completion" && !strings.Contains(output, `"completed": true`) {
					t.Errorf("the action was not completed\n%s", output)
				}
			})
		})
	}
}

// Deployed with defaults, without a hosted zone, the function can't read Route 53, and moves the interface all the same.
func TestFailoverWithoutZones(t *testing.T) {
	s := deploy(t)
	synctest.Test(t, func(t *testing.T) {
		l, outcome, output := scenarios()[0].play(t, s, policyDocuments(s.policies(t, "FailoverRole"), dropNothing))
		if outcome != plan.OutcomeMoved || !strings.Contains(output, `"unverified"`) {
			t.Errorf("%s; want moved, and the record unverified\n%s\n%s", outcome, output, l.log())
		}
	})
}

// If one of the permissions is missing, some scenario is denied the matching call, and reports its name.
func TestEachPermissionIsMissed(t *testing.T) {
	s := deployEverything(t)
	policies := s.policies(t, "FailoverRole")[1:]
	for _, g := range grantsOf(policies) {
		t.Run(g.sid+" "+g.action, func(t *testing.T) {
			checkMissed(t, s, policyDocuments(policies, func(other grant) bool { return other == g }), g.action)
		})
	}
	for _, statement := range policies[0].PolicyDocument.Statement {
		t.Run("all of "+sid(statement), func(t *testing.T) {
			checkMissed(t, s, policyDocuments(policies, func(g grant) bool { return g.sid == sid(statement) }), asStrings(statement["Action"])...)
		})
	}
}

// checkMissed plays the scenarios until one of them is denied one of the actions and reports it.
func checkMissed(t *testing.T, s stack, policies [][]byte, actions ...string) {
	t.Helper()
	silent := ""
	for _, sc := range scenarios() {
		found := false
		synctest.Test(t, func(t *testing.T) {
			l, _, output := sc.play(t, s, policies)
			for _, action := range actions {
				if action == "ec2:DescribeVpcs" {
					action = "route53:ListHostedZonesByVPC" // which asks EC2 on our behalf
				}
				_, name, _ := strings.Cut(action, ":")
				denied := slices.Contains(l.denied(), action)
				if action == "kms:CreateGrant" { // EC2 accepts the start, which then fails
					name, denied = "Client.InternalError", true
				}
				if !denied {
					continue
				}
				if found = strings.Contains(output, name); found {
					return
				}
				silent += "\n" + sc.name + ": " + output
			}
		})
		if found {
			return
		}
	}
	t.Errorf("no scenario is denied one of %v and says so; denied, but not said in:%s", actions, silent)
}

// recordAddress is the value of the name's record.
func recordAddress(w awssim.World) string {
	for _, r := range w.Zones[0].Records {
		if strings.TrimSuffix(r.Name, ".") == recordName && r.Type == "A" {
			return strings.Join(r.Values, " ")
		}
	}
	return "none"
}
