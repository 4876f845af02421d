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
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/eni-failover/eni-failover/internal/audit"
	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/aws/eventbridgeapi"
	"github.com/eni-failover/eni-failover/internal/aws/route53api"
	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/testing/mototest"
)

// These tests run both functions against moto, which others wrote, with its check of permissions on. Moto checks
// neither resources nor conditions, so these tests are about the policies' actions.

// actionsOnly is one document that allows the actions of policies on all resources, but not the action drop.
func actionsOnly(policies []policy, drop string) string {
	var actions []string
	for _, g := range grantsOf(policies) {
		if g.action != drop {
			actions = append(actions, g.action)
		}
	}
	return toJSON(map[string]any{
		"Version":   "2012-10-17",
		"Statement": []any{map[string]any{"Effect": "Allow", "Action": actions, "Resource": "*"}},
	})
}

// motoAccount is an account in moto, and a function's clients in it under a policy.
type motoAccount struct {
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

// has reports whether an action was denied; "" is any action.
func (d *deniedCalls) has(action string) bool {
	d.Lock()
	defer d.Unlock()
	return d.actions[action] || (action == "" && len(d.actions) > 0)
}

func newMotoAccount(t *testing.T, server *mototest.Server, policy string) motoAccount {
	t.Helper()
	server.Reset()
	m := motoAccount{server: server, account: server.NewAccount(t), limit: time.Minute, denied: &deniedCalls{actions: map[string]bool{}}}
	member := map[string]string{"eni-failover:group": "db"}
	grouped := map[string]string{"eni-failover:group": "db", "aws:autoscaling:groupName": scalingGroup}
	m.holder = m.account.Launch(mototest.Instance{Spot: true, Tags: grouped})
	m.standby = m.account.Launch(mototest.Instance{Tags: member})
	var address netip.Addr
	m.eni, address = m.account.CreateInterface(mototest.ZoneA, map[string]string{"eni-failover:group": "db", "eni-failover:record": recordName})
	m.account.Attach(m.eni, m.holder)
	m.account.SetRecord(m.account.CreateZone("corp.internal"), recordName, address.Next())
	m.config = awsconfig.Tune(server.Caller(policy))
	server.ForgetCalls()
	server.Intercept(m.moreThanMoto(false))
	server.Enforce()
	return m
}

// moreThanMoto adds what moto lacks, behind its check of permissions: the completion of a lifecycle action and, if an
// Availability Zone is disrupted, the failure of each DescribeInstances that names no instance.
func (m motoAccount) moreThanMoto(disrupted bool) mototest.Hook {
	return func(call mototest.Call, moto func() mototest.Answer) mototest.Answer {
		answer := moto()
		switch {
		case answer.Status == http.StatusForbidden:
			m.denied.Lock()
			defer m.denied.Unlock()
			m.denied.actions[call.Service+":"+call.Action] = true
		case call.Action == "CompleteLifecycleAction":
			return mototest.Answer{Status: http.StatusOK, Body: `<CompleteLifecycleActionResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"/>`}
		case disrupted && call.Action == "DescribeInstances" && !call.Params.Has("InstanceId.1"):
			return mototest.EC2Error("Unavailable", "The Availability Zone is disrupted")
		}
		return answer
	}
}

// play sends an event to the failover, and returns its outcome and its output.
func (m motoAccount) play(t *testing.T, s stack, event []byte) (outcome plan.Outcome, output string) {
	t.Helper()
	set, err := failover.ReadSettings(environment(s, "FailoverFunction"))
	if err != nil {
		t.Fatal(err)
	}
	set.Policy.Cooldown = 0 // the account has just been made
	handler := failover.New(set, region, failover.Clients{
		EC2: ec2api.New(ec2.NewFromConfig(m.config)), Records: route53api.New(route53.NewFromConfig(m.config), region),
		Scaling: autoscalingapi.New(autoscaling.NewFromConfig(m.config)), Bus: eventbridgeapi.New(eventbridge.NewFromConfig(m.config), set.EventBus),
	}, emf.New(&strings.Builder{}, "failover"), slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithTimeout(t.Context(), m.limit)
	defer cancel()
	report, err := handler.Handle(ctx, event, account)
	return report.Outcome, reportText(report, err)
}

// audit runs the audit and returns its output.
func (m motoAccount) audit(t *testing.T, s stack) string {
	t.Helper()
	settings, err := audit.ReadSettings(environment(s, "AuditFunction"))
	if err != nil {
		t.Fatal(err)
	}
	a := audit.New(settings, region, audit.Clients{
		EC2: ec2api.New(ec2.NewFromConfig(m.config)), Records: route53api.New(route53.NewFromConfig(m.config), region),
		Scaling: autoscalingapi.New(autoscaling.NewFromConfig(m.config)),
	}, emf.New(&strings.Builder{}, "audit"), slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithTimeout(t.Context(), m.limit)
	defer cancel()
	return auditText(a.Run(ctx))
}

// motoScenarios are the scenarios that moto can play; see scenarioFor.
func (m motoAccount) motoScenarios(t *testing.T, s stack) map[string]func() (plan.Outcome, string) {
	t.Helper()
	ofHolder := func(event []byte) []byte { return []byte(strings.ReplaceAll(string(event), holder, m.holder)) }
	return map[string]func() (plan.Outcome, string){
		"spot":      func() (plan.Outcome, string) { return m.play(t, s, ofHolder(spotWarning())) },
		"lifecycle": func() (plan.Outcome, string) { return m.play(t, s, ofHolder(lifecycleAction())) },
		"alarm":     func() (plan.Outcome, string) { return m.play(t, s, alarm()) },
		"disrupted": func() (plan.Outcome, string) {
			m.server.Intercept(m.moreThanMoto(true))
			return m.play(t, s, ofHolder(spotWarning()))
		},
	}
}

// scenarioFor is the scenario that needs an action. Every move needs the actions that are not listed.
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

// timeLimit limits an invocation that lacks an action: the function retries a call that it can't do without.
func timeLimit(action string) time.Duration {
	if action == "ec2:DescribeTags" {
		return 20 * time.Second // the call that it replaces is tried several times first
	}
	return 5 * time.Second
}

// untilDenied calls play with more and more time, until an action has been denied: on a busy machine the time may be over
// before it is asked for.
func untilDenied(action string, play func(limit time.Duration) (output string, denied *deniedCalls)) string {
	limit := timeLimit(action)
	output, denied := play(limit)
	for range 2 {
		if denied.has(action) {
			break
		}
		limit *= 4
		output, denied = play(limit)
	}
	return output
}

// notInMoto are actions that moto does not check, and those about cold standbys, which are in none of these accounts.
func notInMoto() []string {
	return append(onBehalf(), "ec2:StartInstances", "ec2:DescribeVolumes")
}

func TestFailoverInMotoUnderItsPolicies(t *testing.T) {
	t.Parallel() // it waits most of the time
	s := deployEverything(t)
	server := mototest.Start(t)
	policies := s.policies(t, "FailoverRole")[1:]
	used := map[string]bool{}
	for _, name := range []string{"spot", "lifecycle", "alarm", "disrupted"} {
		m := newMotoAccount(t, server, actionsOnly(policies, ""))
		outcome, output := m.motoScenarios(t, s)[name]()
		for _, c := range server.Calls() {
			used[c.Service+":"+c.Action] = true
		}
		server.Relax()
		if on := m.account.Holder(m.eni); outcome != plan.OutcomeMoved || on != m.standby || m.denied.has("") {
			t.Errorf("%s: %s, interface on %s; want moved, on %s\n%s", name, outcome, on, m.standby, output)
		}
	}
	for _, g := range grantsOf(policies) {
		if !used[g.action] && !slices.Contains(notInMoto(), g.action) {
			t.Errorf("no scenario used %s", g.action)
		}
	}
}

func TestEachPermissionIsMissedInMoto(t *testing.T) {
	t.Parallel() // it waits most of the time
	s := deployEverything(t)
	server := mototest.Start(t)
	policies := s.policies(t, "FailoverRole")[1:]
	tried := notInMoto()
	for _, g := range grantsOf(policies) {
		if slices.Contains(tried, g.action) {
			continue // two statements may allow one action, on different resources
		}
		tried = append(tried, g.action)
		var m motoAccount
		output := untilDenied(g.action, func(limit time.Duration) (string, *deniedCalls) {
			m = newMotoAccount(t, server, actionsOnly(policies, g.action))
			m.limit = limit
			_, output := m.motoScenarios(t, s)[scenarioFor(g.action)]()
			return output, m.denied
		})
		if _, name, _ := strings.Cut(g.action, ":"); !strings.Contains(output, name) || !m.denied.has(g.action) {
			t.Errorf("without %s it was denied: %t, and nothing is said of it:\n%s", g.action, m.denied.has(g.action), output)
		}
	}
}

func TestAuditInMotoUnderItsPolicies(t *testing.T) {
	t.Parallel() // it waits most of the time
	s := deployEverything(t)
	server := mototest.Start(t)
	policies := s.policies(t, "AuditRole")[1:]
	m := newMotoAccount(t, server, actionsOnly(policies, ""))
	if output := m.audit(t, s); m.denied.has("") || !strings.Contains(output, "RECORD_MISMATCH") {
		t.Errorf("denied, or the wrong record was not found:\n%s", output)
	}
	for _, g := range grantsOf(policies) {
		if slices.Contains(notInMoto(), g.action) {
			continue
		}
		var m motoAccount
		output := untilDenied(g.action, func(limit time.Duration) (string, *deniedCalls) {
			m = newMotoAccount(t, server, actionsOnly(policies, g.action))
			m.limit = limit
			m.server.Intercept(m.moreThanMoto(g.action == "ec2:DescribeTags"))
			return m.audit(t, s), m.denied
		})
		if _, name, _ := strings.Cut(g.action, ":"); !strings.Contains(output, name) || !m.denied.has(g.action) {
			t.Errorf("without %s it was denied: %t, and nothing is said of it:\n%s", g.action, m.denied.has(g.action), output)
		}
	}
}
