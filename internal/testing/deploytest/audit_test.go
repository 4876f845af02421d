package deploytest_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/eni-failover/eni-failover/internal/audit"
	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/aws/route53api"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/readiness"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

// audited is an audit of an account under policies: the account, the function's whole output, and its metrics.
type audited struct {
	*lab

	critical int
	output   string
}

// runAudit audits an account with a stack's environment variables.
func runAudit(t *testing.T, s stack, w awssim.World, policies [][]byte) audited {
	t.Helper()
	l := newLab(t, s, w, policies)
	settings, err := audit.ReadSettings(environment(s, "AuditFunction"))
	if err != nil {
		t.Fatal(err)
	}
	cfg := simclient.Config(l.sim.Client())
	cfg.Credentials = simclient.Credentials(accessKey)
	a := audit.New(settings, region, audit.Clients{
		EC2: ec2api.New(ec2.NewFromConfig(cfg)), Records: route53api.New(route53.NewFromConfig(cfg), region),
		Scaling: autoscalingapi.New(autoscaling.NewFromConfig(cfg)),
	}, emf.New(l, physical("AuditFunction")), slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	result, err := a.Run(ctx)
	return audited{lab: l, critical: result.Summary.Critical, output: auditText(result, err)}
}

// auditText is the audit's result and its error, without the count of its calls.
func auditText(result readiness.Result, err error) string {
	result.Summary.Calls = nil
	output := toJSON(result)
	if err != nil {
		output += "\n" + err.Error()
	}
	return output
}

// audits are accounts whose audits together need every permission of the audit's role.
func audits() map[string][]func(*awssim.World) {
	return map[string][]func(*awssim.World){
		"well made":                       {readyAccount},
		"in an Auto Scaling group":        {readyAccount, inScalingGroup},
		"with an Availability Zone lost":  {readyAccount, disrupted},
		"with a cold standby":             {readyAccount, coldStandby},
		"with a wrong record, no standby": {standbyStopped},
	}
}

func TestAuditUnderItsPolicies(t *testing.T) {
	s := deployEverything(t)
	for name, change := range audits() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := runAudit(t, s, world(change...), policyDocuments(s.policies(t, "AuditRole"), dropNothing))
				if len(a.denied()) > 0 || !strings.Contains(a.output, eniID) && name != "well made" {
					t.Errorf("denied %v\n%s\n%s", a.denied(), a.output, a.log())
				}
				if want := name == "with a wrong record, no standby"; (a.critical > 0) != want {
					t.Errorf("%d critical findings; want some: %t\n%s", a.critical, want, a.output)
				}
				for _, c := range a.sim.Calls() {
					if c.Mutating {
						t.Errorf("the audit asked for a change: %s", c)
					}
				}
			})
		})
	}
}

// If one of its permissions is missing, the audit is denied the matching call in some account, and reports it.
func TestEachPermissionOfTheAuditIsMissed(t *testing.T) {
	s := deployEverything(t)
	policies := s.policies(t, "AuditRole")[1:]
	grants := grantsOf(policies)
	for _, statement := range policies[0].PolicyDocument.Statement {
		grants = append(grants, grant{sid: sid(statement)})
	}
	for _, g := range grants {
		t.Run(g.sid+" "+g.action, func(t *testing.T) {
			reduced := policyDocuments(policies, func(other grant) bool { return other == g || (g.action == "" && other.sid == g.sid) })
			found := false
			output := ""
			for _, change := range audits() {
				synctest.Test(t, func(t *testing.T) {
					a := runAudit(t, s, world(change...), reduced)
					for _, call := range a.denied() {
						_, name, _ := strings.Cut(call, ":")
						matches := g.action == "" || call == g.action || (g.action == "ec2:DescribeVpcs" && name == "ListHostedZonesByVPC")
						found = found || matches && strings.Contains(a.output, name)
						if matches {
							output = a.output
						}
					}
				})
			}
			if !found {
				t.Errorf("no audit is denied it and says so; denied, but not said: %s", output)
			}
		})
	}
}

// measuredAudits are runs of the audit that measure everything that its alarms and the dashboard show.
func measuredAudits(t *testing.T) map[string]map[metric][]float64 {
	t.Helper()
	s := deployEverything(t)
	all := map[string]map[metric][]float64{}
	for name, change := range map[string]func(*awssim.World){"no critical findings": readyAccount, "critical findings": standbyStopped} {
		synctest.Test(t, func(t *testing.T) {
			all[name] = readMetrics(t, runAudit(t, s, world(change), policyDocuments(s.policies(t, "AuditRole"), dropNothing)).emf.Bytes())
		})
	}
	return all
}

// The audit decides by the settings of the failover, and its alarm by its findings.
func TestAuditKnowsTheSettings(t *testing.T) {
	s := deploy(t, "Groups=web")
	synctest.Test(t, func(t *testing.T) {
		a := runAudit(t, s, world(standbyStopped), nil)
		if a.critical > 0 {
			t.Errorf("%d critical findings of a group that is not served\n%s", a.critical, a.output)
		}
	})
}
