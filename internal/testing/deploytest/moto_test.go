package deploytest_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/eni-failover/eni-failover/internal/audit"
	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/aws/route53api"
	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/testing/mototest"
)

// These tests run both functions against moto, which others wrote, with its check of permissions on. It knows
// neither resources nor conditions, so the policies' actions are what is tested here.

// widened makes one document of policies, with their actions and nothing else.
func widened(policies []policy, drop string) string {
	var actions []string
	for _, g := range allowed(policies) {
		if g.action != drop {
			actions = append(actions, g.action)
		}
	}
	return show(map[string]any{
		"Version":   "2012-10-17",
		"Statement": []any{map[string]any{"Effect": "Allow", "Action": actions, "Resource": "*"}},
	})
}

// trial is an account in moto, and a function's clients in it under a policy.
type trial struct {
	server          *mototest.Server
	account         *mototest.Account
	config          aws.Config
	holder, standby string
	eni             string
	limit           time.Duration // for one event
	denied          *deniedCalls
}

// deniedCalls are the actions that moto has denied.
type deniedCalls struct {
	sync.Mutex

	actions map[string]bool
}

// has reports whether an action was denied; empty: any.
func (d *deniedCalls) has(action string) bool {
	d.Lock()
	defer d.Unlock()
	return d.actions[action] || (action == "" && len(d.actions) > 0)
}

func newTrial(t *testing.T, server *mototest.Server, policy string) trial {
	t.Helper()
	server.Reset()
	tr := trial{server: server, account: server.NewAccount(t), limit: time.Minute, denied: &deniedCalls{actions: map[string]bool{}}}
	member := map[string]string{"eni-failover:group": "db"}
	grouped := map[string]string{"eni-failover:group": "db", "aws:autoscaling:groupName": theGroup}
	tr.holder = tr.account.Launch(mototest.Instance{Spot: true, Tags: grouped})
	tr.standby = tr.account.Launch(mototest.Instance{Tags: member})
	var address netip.Addr
	tr.eni, address = tr.account.CreateInterface(mototest.ZoneA, map[string]string{"eni-failover:group": "db", "eni-failover:record": theName})
	tr.account.Attach(tr.eni, tr.holder)
	tr.account.SetRecord(tr.account.CreateZone("corp.internal"), theName, address.Next())
	tr.config = awsconfig.Tune(server.Caller(policy))
	server.ForgetCalls()
	server.Intercept(tr.moreThanMoto(false))
	server.Enforce()
	return tr
}

// moreThanMoto adds what moto lacks, behind its check of permissions: the completion of a lifecycle action, and
// with disrupted, a DescribeInstances that fails for lists.
func (tr trial) moreThanMoto(disrupted bool) mototest.Hook {
	return func(call mototest.Call, moto func() mototest.Answer) mototest.Answer {
		answer := moto()
		switch {
		case answer.Status == http.StatusForbidden:
			tr.denied.Lock()
			defer tr.denied.Unlock()
			tr.denied.actions[call.Service+":"+call.Action] = true
		case call.Action == "CompleteLifecycleAction":
			return mototest.Answer{Status: http.StatusOK, Body: `<CompleteLifecycleActionResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"/>`}
		case disrupted && call.Action == "DescribeInstances" && !call.Params.Has("InstanceId.1"):
			return mototest.EC2Error("Unavailable", "The Availability Zone is disrupted")
		}
		return answer
	}
}

// play sends an event to the failover and returns its outcome, and all that it said.
func (tr trial) play(t *testing.T, s stack, event []byte) (outcome plan.Outcome, said string) {
	t.Helper()
	set, err := failover.ReadSettings(environment(s, "FailoverFunction"))
	if err != nil {
		t.Fatal(err)
	}
	set.Policy.Cooldown = 0 // the account has just been made
	handler := failover.New(set, region, failover.Clients{
		EC2: ec2api.New(ec2.NewFromConfig(tr.config)), Records: route53api.New(route53.NewFromConfig(tr.config), region),
		Scaling: autoscalingapi.New(autoscaling.NewFromConfig(tr.config)),
	}, emf.New(&strings.Builder{}, "failover"), slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithTimeout(t.Context(), tr.limit)
	defer cancel()
	report, err := handler.Handle(ctx, event, account)
	return report.Outcome, told(report, err)
}

// audit runs the audit and returns all that it said.
func (tr trial) audit(t *testing.T, s stack) string {
	t.Helper()
	settings, err := audit.ReadSettings(environment(s, "AuditFunction"))
	if err != nil {
		t.Fatal(err)
	}
	a := audit.New(settings, region, audit.Clients{
		EC2: ec2api.New(ec2.NewFromConfig(tr.config)), Records: route53api.New(route53.NewFromConfig(tr.config), region),
		Scaling: autoscalingapi.New(autoscaling.NewFromConfig(tr.config)),
	}, emf.New(&strings.Builder{}, "audit"), slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithTimeout(t.Context(), tr.limit)
	defer cancel()
	return toldOfAudit(a.Run(ctx))
}

// motoScenarios are what moto can play, by the permissions that only they need.
func (tr trial) motoScenarios(t *testing.T, s stack) map[string]func() (plan.Outcome, string) {
	t.Helper()
	ofHolder := func(event []byte) []byte { return []byte(strings.ReplaceAll(string(event), holder, tr.holder)) }
	return map[string]func() (plan.Outcome, string){
		"spot":      func() (plan.Outcome, string) { return tr.play(t, s, ofHolder(spotWarning())) },
		"lifecycle": func() (plan.Outcome, string) { return tr.play(t, s, ofHolder(lifecycleAction())) },
		"alarm":     func() (plan.Outcome, string) { return tr.play(t, s, alarm()) },
		"disrupted": func() (plan.Outcome, string) {
			tr.server.Intercept(tr.moreThanMoto(true))
			return tr.play(t, s, ofHolder(spotWarning()))
		},
	}
}

// scenarioFor is the scenario that needs an action; the others need what every move does.
func scenarioFor(action string) string {
	switch action {
	case "ec2:CreateTags":
		return "alarm"
	case "ec2:DescribeTags":
		return "disrupted"
	case "autoscaling:CompleteLifecycleAction", "autoscaling:DescribeAutoScalingInstances":
		return "lifecycle"
	}
	return "spot"
}

// patience is how long a function is let try without an action. It insists on what it can't do without.
func patience(action string) time.Duration {
	if action == "ec2:DescribeTags" {
		return 20 * time.Second // what it stands in for is tried several times first
	}
	return 5 * time.Second
}

// notInMoto are actions that AWS requires beside another one, whose call moto lets through without.
func notInMoto() []string { return []string{"ec2:DescribeVpcs"} }

func TestFailoverInMotoUnderItsPolicies(t *testing.T) {
	t.Parallel() // most of its time is waiting
	s := everything(t)
	server := mototest.Start(t)
	policies := s.policies(t, "FailoverRole")[1:]
	used := map[string]bool{}
	for _, name := range []string{"spot", "lifecycle", "alarm", "disrupted"} {
		tr := newTrial(t, server, widened(policies, ""))
		outcome, said := tr.motoScenarios(t, s)[name]()
		for _, c := range server.Calls() {
			used[c.Service+":"+c.Action] = true
		}
		server.Relax()
		if on := tr.account.Holder(tr.eni); outcome != plan.OutcomeMoved || on != tr.standby || tr.denied.has("") {
			t.Errorf("%s: %s, interface on %s; want moved, on %s\n%s", name, outcome, on, tr.standby, said)
		}
	}
	for _, g := range allowed(policies) {
		if !used[g.action] && !slices.Contains(notInMoto(), g.action) {
			t.Errorf("no scenario used %s", g.action)
		}
	}
}

func TestEachPermissionIsMissedInMoto(t *testing.T) {
	t.Parallel() // most of its time is waiting
	s := everything(t)
	server := mototest.Start(t)
	policies := s.policies(t, "FailoverRole")[1:]
	tried := notInMoto()
	for _, g := range allowed(policies) {
		if slices.Contains(tried, g.action) {
			continue // two statements may allow one action, on different resources
		}
		tried = append(tried, g.action)
		tr := newTrial(t, server, widened(policies, g.action))
		tr.limit = patience(g.action)
		_, said := tr.motoScenarios(t, s)[scenarioFor(g.action)]()
		if _, name, _ := strings.Cut(g.action, ":"); !strings.Contains(said, name) || !tr.denied.has(g.action) {
			t.Errorf("without %s it was denied: %t, and nothing is said of it:\n%s", g.action, tr.denied.has(g.action), said)
		}
	}
}

func TestAuditInMotoUnderItsPolicies(t *testing.T) {
	t.Parallel() // most of its time is waiting
	s := everything(t)
	server := mototest.Start(t)
	policies := s.policies(t, "AuditRole")[1:]
	tr := newTrial(t, server, widened(policies, ""))
	if said := tr.audit(t, s); tr.denied.has("") || !strings.Contains(said, "RECORD_MISMATCH") {
		t.Errorf("denied, or the wrong record was not found:\n%s", said)
	}
	for _, g := range allowed(policies) {
		if slices.Contains(notInMoto(), g.action) {
			continue
		}
		tr := newTrial(t, server, widened(policies, g.action))
		tr.limit = patience(g.action)
		tr.server.Intercept(tr.moreThanMoto(g.action == "ec2:DescribeTags"))
		said := tr.audit(t, s)
		if _, name, _ := strings.Cut(g.action, ":"); !strings.Contains(said, name) || !tr.denied.has(g.action) {
			t.Errorf("without %s it was denied: %t, and nothing is said of it:\n%s", g.action, tr.denied.has(g.action), said)
		}
	}
}
