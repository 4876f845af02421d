package deploytest_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/eni-failover/eni-failover/internal/audit"
	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/observe"
	"github.com/eni-failover/eni-failover/internal/readiness"
	"github.com/eni-failover/eni-failover/internal/record"
)

// audited is an audit of an account under policies: the account, all that the function said, and its metrics.
type audited struct {
	*lab

	critical int
	said     string
}

// runAudit audits an account with a stack's environment variables.
func runAudit(t *testing.T, s stack, w awssim.World, policies [][]byte) audited {
	t.Helper()
	l := newLab(t, s, w, policies)
	settings, err := audit.ReadSettings(environment(s, "AuditFunction"))
	if err != nil {
		t.Fatal(err)
	}
	cfg := awsconfig.Tune(aws.Config{
		Region: region, HTTPClient: l.sim.Client(),
		Credentials: credentials.NewStaticCredentialsProvider(accessKey, "not-a-secret", ""),
	})
	a := audit.New(settings, region, observe.New(ec2api.New(ec2.NewFromConfig(cfg)), autoscalingapi.New(autoscaling.NewFromConfig(cfg))),
		record.New(route53.NewFromConfig(cfg), region), emf.New(l, physical("AuditFunction")), slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	result, err := a.Run(ctx)
	return audited{lab: l, critical: result.Summary.Critical, said: toldOfAudit(result, err)}
}

// toldOfAudit is all that the audit says, but the mere count of its calls.
func toldOfAudit(result readiness.Result, err error) string {
	result.Summary.Calls = nil
	said := show(result)
	if err != nil {
		said += "\n" + err.Error()
	}
	return said
}

// audits need together every permission of the audit's role.
func audits() map[string][]func(*awssim.World) {
	return map[string][]func(*awssim.World){
		"well made":                       {wellMade},
		"in an Auto Scaling group":        {wellMade, scaled},
		"with an Availability Zone lost":  {wellMade, disrupted},
		"with a wrong record, no standby": {without},
	}
}

func TestAuditUnderItsPolicies(t *testing.T) {
	s := everything(t)
	for name, change := range audits() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := runAudit(t, s, world(change...), documents(s.policies(t, "AuditRole"), nothing))
				if len(a.denied()) > 0 || !strings.Contains(a.said, theENI) && name != "well made" {
					t.Errorf("denied %v\n%s\n%s", a.denied(), a.said, a.log())
				}
				if want := name == "with a wrong record, no standby"; (a.critical > 0) != want {
					t.Errorf("%d critical findings; want some: %t\n%s", a.critical, want, a.said)
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

// Without any one of its permissions the audit is denied the matching call in some account, and says so.
func TestEachPermissionOfTheAuditIsMissed(t *testing.T) {
	s := everything(t)
	policies := s.policies(t, "AuditRole")[1:]
	grants := allowed(policies)
	for _, statement := range policies[0].PolicyDocument.Statement {
		grants = append(grants, grant{sid: sid(statement)})
	}
	for _, g := range grants {
		t.Run(g.sid+" "+g.action, func(t *testing.T) {
			reduced := documents(policies, func(other grant) bool { return other == g || (g.action == "" && other.sid == g.sid) })
			found := false
			said := ""
			for _, change := range audits() {
				synctest.Test(t, func(t *testing.T) {
					a := runAudit(t, s, world(change...), reduced)
					for _, call := range a.denied() {
						_, name, _ := strings.Cut(call, ":")
						matches := g.action == "" || call == g.action || (g.action == "ec2:DescribeVpcs" && name == "ListHostedZonesByVPC")
						found = found || matches && strings.Contains(a.said, name)
						if matches {
							said = a.said
						}
					}
				})
			}
			if !found {
				t.Errorf("no audit is denied it and says so; denied, but not said: %s", said)
			}
		})
	}
}

// auditRuns are runs of the audit that measure all that its alarms and the dashboard show.
func auditRuns(t *testing.T) map[string]map[metric][]float64 {
	t.Helper()
	s := everything(t)
	all := map[string]map[metric][]float64{}
	for name, change := range map[string]func(*awssim.World){"no critical findings": wellMade, "critical findings": without} {
		synctest.Test(t, func(t *testing.T) {
			all[name] = series(t, runAudit(t, s, world(change), documents(s.policies(t, "AuditRole"), nothing)).emf.Bytes())
		})
	}
	return all
}

// The audit decides by the settings that the failover has, and its alarm by what it finds.
func TestAuditKnowsTheSettings(t *testing.T) {
	s := deploy(t, "Groups=web")
	synctest.Test(t, func(t *testing.T) {
		a := runAudit(t, s, world(without), nil)
		if a.critical > 0 {
			t.Errorf("%d critical findings of a group that is not served\n%s", a.critical, a.said)
		}
	})
}
