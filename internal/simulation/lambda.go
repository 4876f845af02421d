package simulation

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/aws/eventbridgeapi"
	"github.com/eni-failover/eni-failover/internal/aws/route53api"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

// environment is a Lambda execution environment. It handles one event at a time, and keeps the handler with its caches.
// Its access key identifies its calls.
type environment struct {
	key     string
	handler *failover.Handler
	current *invocation
	waits   waits
}

type period struct{ from, to time.Time }

func (p period) has(t time.Time) bool { return !t.Before(p.from) && t.Before(p.to) }

// invokeAsync handles an event like Lambda's asynchronous invocation: after an error or a crash it retries up to twice,
// after one minute and after two more.
func (r *run) invokeAsync(e Event) {
	r.pending++
	r.lag++
	offset := r.lag
	r.group.Go(func() {
		time.Sleep(offset) // no two invocations act at the same nanosecond
		pauses := []time.Duration{time.Minute, 2 * time.Minute}[:r.scenario.Retries]
		if e.Sync {
			pauses = nil
		}
		for attempt := 0; ; attempt++ {
			done := r.invoke(e, e.Name+"#"+strconv.Itoa(attempt))
			if done || attempt == len(pauses) {
				break
			}
			time.Sleep(pauses[attempt])
		}
		r.mu.Lock()
		r.pending--
		r.mu.Unlock()
	})
}

// invoke handles an event once. It reports whether Lambda needs no retry.
func (r *run) invoke(e Event, name string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), r.scenario.Timeout)
	defer cancel()
	r.mu.Lock()
	inv := r.begin(e, name, cancel)
	r.mu.Unlock()
	report, err := inv.env.handler.Handle(ctx, e.Body, account)
	r.mu.Lock()
	defer r.mu.Unlock()
	if !inv.dead && !time.Now().Before(inv.end) {
		r.violate("in-time", "%s reports after its deadline", inv.name)
	}
	r.finish(inv, report, err, inv.dead)
	return err == nil && !inv.dead
}

// begin starts an invocation in the first idle environment, or in a new one.
func (r *run) begin(e Event, name string, kill context.CancelFunc) *invocation {
	n := slices.IndexFunc(r.environments, func(env *environment) bool { return env.current == nil })
	if n < 0 {
		n = len(r.environments)
		r.environments = append(r.environments, r.coldStart())
	}
	env := r.environments[n]
	busy := 0
	for _, other := range r.environments {
		if other.current != nil {
			other.current.alone = false
			busy++
		}
	}
	if busy > 0 {
		r.count(faultConcurrent)
	}
	inv := &invocation{
		name: name, event: e, env: env, began: time.Now(), end: time.Now().Add(r.scenario.Timeout), kill: kill, alone: busy == 0,
		byAction: map[string]int{}, firstCall: len(r.sim.Calls()), lastAsked: map[string]time.Time{},
		handed: map[string]bool{}, told: map[string]bool{}, knowledge: newKnowledge(), changes: newChanges(),
	}
	if !r.quiet && !r.scenario.Faults.WithoutKinds[faultKilled] && r.scenario.roll("kill", name) < r.scenario.Faults.Killed {
		inv.killAt = 1 + int(r.scenario.roll("kill-at", name)/4)
		inv.killAfter = r.scenario.roll("kill-after", name) < 50
	}
	env.current = inv
	r.logf("%s begins: %s", name, e.Body)
	return inv
}

// coldStart returns a new environment, with a handler whose caches are empty.
func (r *run) coldStart() *environment {
	r.keys++
	env := &environment{key: fmt.Sprintf("AKID%016d", r.keys), waits: waits{}}
	cfg := simclient.Config(r.client)
	cfg.Credentials = simclient.Credentials(env.key)
	clients := failover.Clients{
		EC2: ec2api.New(ec2.NewFromConfig(cfg)), Records: route53api.New(route53.NewFromConfig(awsconfig.Paced(cfg, failover.RecordRate())), region),
		Scaling: autoscalingapi.New(autoscaling.NewFromConfig(cfg)),
	}
	if r.settings.EventBus != "" {
		clients.Bus = eventbridgeapi.New(eventbridge.NewFromConfig(cfg), r.settings.EventBus)
	}
	env.handler = failover.New(r.settings, region, clients, emf.New(io.Discard, "simulated"), slog.New(slog.DiscardHandler))
	r.byKey[env.key] = env
	return env
}

// intercept receives each call before it takes effect, in the order in which calls take effect. It returns the call's
// fault, and judges changes.
func (r *run) intercept(c awssim.Call) awssim.Fault {
	r.mu.Lock()
	defer r.mu.Unlock()
	env := r.byKey[c.AccessKey]
	inv := env.current
	if inv == nil || inv.dead {
		return awssim.Fault{Drop: true} // the process is gone
	}
	inv.calls++
	inv.byAction[c.Action]++
	last := inv.calls == inv.killAt
	if last && !inv.killAfter {
		r.killInvocation(inv)
		return awssim.Fault{Drop: true}
	}
	f := r.faultFor(inv, c)
	f.Hide = r.hiddenFrom(inv, c, time.Now().Add(f.Delay))
	r.logCall(inv, c, f)
	f.LoseReply = f.LoseReply || last
	change := c.Mutating && !c.DryRun && c.Action != actionPut
	r.trackAnswer(inv, c, f, change)
	if f.Drop {
		return f
	}
	f.Before = func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if change {
			r.judge(inv, c, f)
		}
	}
	f.After = func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.recordCall(inv, c, f, change)
		if last {
			r.killInvocation(inv)
		}
	}
	return f
}

// recordCall records what a call showed or did, at the instant at which it took effect.
func (r *run) recordCall(inv *invocation, c awssim.Call, f awssim.Fault, change bool) {
	answer := r.sim.LastCall()
	r.lowerWait(inv.env, c, f, answer)
	switch bucketEmpty := r.scenario.World.TokenBuckets && answer.Code == "RequestLimitExceeded"; {
	case bucketEmpty: // whatever the account would have answered
		r.count(faultBucket)
		f.Code = "RequestLimitExceeded"
	case change:
		r.remember(inv, c, f)
	}
	r.recordRead(inv, c, f)
	if c.Action == actionPut {
		r.routeEvents(inv)
	}
}

// trackAnswer records a call whose answer does not reach the function in time.
func (r *run) trackAnswer(inv *invocation, c awssim.Call, f awssim.Fault, change bool) {
	took := f.Delay + r.callTime()
	late := took > inv.env.waits.of(c.Action)
	if late && !f.Drop {
		inv.env.waits.timesOut(c.Action)
	}
	switch {
	case change && (f.Drop || late):
		r.rememberUnanswered(inv, c)
	case !change && c.Action != actionPut && (f.Drop || f.LoseReply || f.Status != 0 || f.Code != "" || took > shortWaitLimit):
		inv.blind = true
	}
}

// lowerWait lowers the time for an action's attempts to its least once an attempt has been accepted in time.
func (r *run) lowerWait(env *environment, c awssim.Call, f awssim.Fault, answer awssim.Call) {
	inTime := f.Delay+r.callTime() <= waitLimit && !f.LoseReply
	if inTime && answer.Code == "" && answer.Status == http.StatusOK {
		env.waits.answered(c.Action)
	}
}

func (r *run) logCall(inv *invocation, c awssim.Call, f awssim.Fault) {
	if r.trace != nil {
		r.logf("%s: %s %v %s", inv.name, c.Action, c.Params, describeFault(f))
	}
}

func (r *run) killInvocation(inv *invocation) {
	r.count(faultKilled)
	r.logf("%s is killed", inv.name)
	inv.dead = true
	inv.kill()
}

// faultFor returns the fault of a call.
func (r *run) faultFor(inv *invocation, c awssim.Call) awssim.Fault {
	s := &r.scenario
	if c.Action == "DescribeNetworkInterfaces" && inv.outage.has(time.Now()) {
		return awssim.Fault{Code: throttleCode(c.Action), Message: "Request limit exceeded."}
	}
	if r.quiet {
		return awssim.Fault{}
	}
	if slices.Contains(s.Faults.Denied, c.Action) && !s.Faults.WithoutKinds[faultDenied] {
		r.count(faultDenied)
		return awssim.Fault{Code: deniedCode(c.Action), Message: "You are not authorized to perform this operation."}
	}
	n := strconv.Itoa(inv.byAction[c.Action])
	f, kind := s.callFault(inv.name, c.Action, n, !c.Mutating)
	name := inv.name + " " + c.Action + " " + n
	if kind == "" || s.Faults.WithoutFaults[name] {
		return awssim.Fault{}
	}
	r.count(kind)
	r.faultsMade = append(r.faultsMade, name)
	return f
}

func describeFault(f awssim.Fault) string {
	switch {
	case len(f.Hide) > 0:
		return fmt.Sprint("hides ", f.Hide)
	case f.Drop:
		return "request lost"
	case f.LoseReply:
		return "reply lost"
	case f.Code != "" || f.Status != 0:
		return fmt.Sprintf("refused: %d %s", f.Status, f.Code)
	case f.Delay > 0:
		return "slow: " + f.Delay.String()
	case f.Stale > 0:
		return "stale: " + f.Stale.String()
	}
	return ""
}
