package simulation

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/record"
)

// environment is one of Lambda's execution environments: it handles one event at a time, and keeps the
// handler, and what that caches, from one to the next. Its access key tells its calls apart.
type environment struct {
	key     string
	handler *failover.Handler
	current *invocation
	// waits is how long an attempt of an action is waited for; none: patience.
	waits map[string]time.Duration
}

// invocation is one attempt to handle an event.
type invocation struct {
	name  string
	event Event
	env   *environment
	began time.Time
	// end is its deadline; kill ends it, as Lambda ends a process.
	end  time.Time
	kill context.CancelFunc
	// killAt is the call at which it is killed, 0: it is not; killAfter, whether after the call took effect.
	killAt    int
	killAfter bool
	dead      bool

	calls     int
	byAction  map[string]int
	firstCall int
	alone     bool // no other invocation ran, and nothing happened, while it did

	earliest       time.Time // the oldest state that a read was shown
	blind          bool      // a read of it failed: something may be unknown to it
	looks          []look
	free           map[string]sighting  // interface → the first look in a row that showed it unattached
	detachingSince map[string]time.Time // attachment → since when it knows it to be on its way off
	accepted       map[string]time.Time // attachment → when a plain detach by it was accepted
	before         map[string]string    // attachment → its status before the last detach of it by the invocation
	doubted        map[string]time.Time // attachment → when a detach by it went without an answer
	touched        map[string]bool      // interfaces that it has begun to move
	origin         map[string]string    // interface → where it took it from
	held           map[string]string    // interface → the first instance that a look showed it on
	own            map[string]bool      // attachments that it made
	ownSince       map[string]time.Time // and when
	outage         period               // in which its looks fail
	maybe          map[string]bool      // interface, instance and index of attaches without an answer
	attempts       map[string]int       // interface → attach requests
	asked          map[string]time.Time // call → when it was last made
	unclear        map[string]bool      // interfaces whose last change went without an answer, and no look since
	hidden         map[string]bool      // interfaces that a look did not show though they were there
	completed      bool
}

// period is a stretch of time.
type period struct{ from, to time.Time }

func (p period) has(t time.Time) bool { return !t.Before(p.from) && t.Before(p.to) }

// asynchronous handles an event as Lambda's asynchronous invocation does: after an error, or a crash, up to
// twice more, one and two minutes later.
func (r *run) asynchronous(e Event) {
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

// invoke handles an event once. It reports whether Lambda is content.
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
		r.violate("in-time", "%s says what became of it when its time is up", inv.name)
	}
	r.finish(inv, report, err, inv.dead)
	return err == nil && !inv.dead
}

// begin puts an invocation into the first environment that is idle, or into a new one.
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
		byAction: map[string]int{}, firstCall: len(r.sim.Calls()), free: map[string]sighting{}, detachingSince: map[string]time.Time{},
		accepted: map[string]time.Time{}, doubted: map[string]time.Time{}, touched: map[string]bool{}, origin: map[string]string{},
		before: map[string]string{}, held: map[string]string{}, own: map[string]bool{}, ownSince: map[string]time.Time{}, maybe: map[string]bool{}, attempts: map[string]int{},
		asked: map[string]time.Time{}, unclear: map[string]bool{}, hidden: map[string]bool{},
	}
	if !r.quiet && !r.scenario.Faults.Not[faultKilled] && r.scenario.roll("kill", name) < r.scenario.Faults.Killed {
		inv.killAt = 1 + int(r.scenario.roll("kill-at", name)/4)
		inv.killAfter = r.scenario.roll("kill-after", name) < 50
	}
	env.current = inv
	r.tell("%s begins: %s", name, e.Body)
	return inv
}

// coldStart makes an environment as Lambda does: with a handler that has nothing cached.
func (r *run) coldStart() *environment {
	r.keys++
	env := &environment{key: fmt.Sprintf("AKID%016d", r.keys), waits: map[string]time.Duration{}}
	cfg := awsconfig.Tune(aws.Config{
		Region: region, HTTPClient: r.client,
		Credentials: credentials.NewStaticCredentialsProvider(env.key, "secret", ""),
	})
	clients := failover.Clients{
		EC2: ec2api.New(ec2.NewFromConfig(cfg)), Records: record.New(route53.NewFromConfig(awsconfig.Paced(cfg, failover.RecordRate())), region),
		Scaling: autoscalingapi.New(autoscaling.NewFromConfig(cfg)),
	}
	env.handler = failover.New(r.settings, region, clients, emf.New(io.Discard, "simulated"), slog.New(slog.DiscardHandler))
	r.byKey[env.key] = env
	return env
}

const (
	// patience is how long the function waits for the answer to an attempt at first, maxPatience after others of that
	// action that got none in time, shortPatience for the answers that it can do without.
	patience, maxPatience, shortPatience = 5 * time.Second, 20 * time.Second, 2 * time.Second
)

// intercept is asked about every call before it takes effect, in the order of taking effect: it makes the
// faults, and judges what is asked.
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
		r.killed(inv)
		return awssim.Fault{Drop: true}
	}
	f := r.faultOf(inv, c)
	f.Hide = r.hidden(inv, c, time.Now().Add(f.Delay))
	r.tellCall(inv, c, f)
	f.LoseReply = f.LoseReply || last
	change := c.Mutating && !c.DryRun
	r.unheard(inv, c, f, change)
	if f.Drop {
		return f
	}
	f.Before = func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if change {
			r.judge(inv, c, f)
		}
		r.watch(inv, c, f)
	}
	f.After = func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if change {
			r.note(inv, c, f)
		}
		if last {
			r.killed(inv)
		}
	}
	return f
}

// unheard notes a call that the function will have no answer to in time.
func (r *run) unheard(inv *invocation, c awssim.Call, f awssim.Fault, change bool) {
	late := f.Delay + r.callTime()
	wait := max(patience, inv.env.waits[c.Action])
	switch {
	case f.Drop, late > wait:
		inv.env.waits[c.Action] = min(maxPatience, 2*wait)
	case late <= patience && !f.LoseReply && f.Code == "" && f.Status == 0:
		delete(inv.env.waits, c.Action)
	}
	switch {
	case change && (f.Drop || late > wait):
		r.unanswered(inv, c)
	case !change && (f.Drop || f.LoseReply || f.Status != 0 || f.Code != "" || late > shortPatience):
		inv.blind = true
	}
}

func (r *run) tellCall(inv *invocation, c awssim.Call, f awssim.Fault) {
	if r.trace != nil {
		r.tell("%s: %s %v %s", inv.name, c.Action, c.Params, show(f))
	}
}

func (r *run) killed(inv *invocation) {
	r.count(faultKilled)
	r.tell("%s is killed", inv.name)
	inv.dead = true
	inv.kill()
}

// faultOf draws what goes wrong with a call.
func (r *run) faultOf(inv *invocation, c awssim.Call) awssim.Fault {
	s := &r.scenario
	if c.Action == "DescribeNetworkInterfaces" && inv.outage.has(time.Now()) {
		return awssim.Fault{Code: throttleCode(c.Action), Message: "Request limit exceeded."}
	}
	if r.quiet {
		return awssim.Fault{}
	}
	if slices.Contains(s.Faults.Denied, c.Action) && !s.Faults.Not[faultDenied] {
		r.count(faultDenied)
		return awssim.Fault{Code: deniedCode(c.Action), Message: "You are not authorized to perform this operation."}
	}
	n := strconv.Itoa(inv.byAction[c.Action])
	f, kind := s.fault(inv.name, c.Action, n, !c.Mutating)
	name := inv.name + " " + c.Action + " " + n
	if kind == "" || s.Faults.Spared[name] {
		return awssim.Fault{}
	}
	r.count(kind)
	r.made = append(r.made, name)
	return f
}

// show describes a fault.
func show(f awssim.Fault) string {
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
