// Package observe looks at an account through the edges to EC2 and Auto Scaling, and makes the snapshot that
// package plan decides on. It asks as little as its caller can do with, and names what could not be asked.
// It is the only way from AWS to a snapshot, so that the audit sees what a failover sees.
package observe

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/pace"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// Observer looks at the account. It is safe for concurrent use.
type Observer struct {
	ec2     *ec2api.Client
	scaling *autoscalingapi.Client
}

// New makes an observer that asks these clients.
func New(ec2 *ec2api.Client, groups *autoscalingapi.Client) *Observer {
	return &Observer{ec2: ec2, scaling: groups}
}

// Look looks at as much of the account as the trigger needs: one call for an event that has nothing to do
// with any managed interface, and at most two further rounds of parallel calls for one that has. Its error
// is that of a call without whose answer nothing can be decided.
func (o *Observer) Look(ctx context.Context, t trigger.Trigger) (inventory.Snapshot, error) {
	return newLook(o, t).all(ctx)
}

// ReadForReplan looks at as much of the account as a new plan for the interfaces with the given ids needs, in the
// rounds of [Observer.Look]. The instances are those that must be known besides members and holders.
func (o *Observer) ReadForReplan(ctx context.Context, ids, instances []string) (inventory.Snapshot, error) {
	l := newLook(o, trigger.Trigger{Kind: trigger.KindManual})
	l.scope = func(shown []inventory.Interface) plan.Scope { return plan.ScopeAround(ids, instances, shown) }
	return l.all(ctx)
}

// LookAgain looks a second time, after a pause, because one look says something of the given instances that it
// does not prove. What the two looks agree on is confirmed in the snapshot.
func (o *Observer) LookAgain(ctx context.Context, t trigger.Trigger, earlier inventory.Snapshot, instances []string) (inventory.Snapshot, error) {
	if !pace.Wait(ctx, plan.SecondLook) {
		return earlier, fmt.Errorf("no time for a second look at %s, and one look proves nothing", strings.Join(instances, " "))
	}
	s, err := o.Look(ctx, t)
	if err == nil {
		s.Confirm(earlier, instances)
	}
	return s, err
}

// look is the part of observing that a plan can't do without.
type look struct {
	observer *Observer
	trigger  trigger.Trigger
	// scope reads off the interfaces what else has to be asked.
	scope func(shown []inventory.Interface) plan.Scope
	// insist is for how long what must be answered is asked for; 0: as long as the context lasts.
	insist time.Duration

	mu       sync.Mutex // guards snapshot while calls run
	snapshot inventory.Snapshot
}

func newLook(o *Observer, t trigger.Trigger) *look {
	l := &look{observer: o, trigger: t, snapshot: inventory.Snapshot{
		Instances: map[string]inventory.Instance{}, Limits: map[string]inventory.Limits{},
	}}
	l.scope = func(shown []inventory.Interface) plan.Scope { return plan.ScopeOf(t, shown, nil) }
	if t.Kind == trigger.KindSweep || t.Kind == trigger.KindRehearsal {
		l.insist = scheduleTime
	}
	return l
}

// all looks at what a plan can't do without, and then at the rest.
func (l *look) all(ctx context.Context) (inventory.Snapshot, error) {
	scope, err := l.look(ctx)
	if err != nil || len(scope.Groups) == 0 {
		return l.snapshot, err
	}
	if _, member := l.snapshot.Instances[l.trigger.Instance]; scope.Certain || member {
		// Otherwise what hangs loose is of groups that the event's instance is not in.
		bounded, cancel := context.WithTimeout(ctx, inspectTime)
		defer cancel()
		l.observer.inspect(bounded, &l.snapshot, l.trigger, scope)
	}
	return l.snapshot, nil
}

// look looks at the managed interfaces, and at the members of the groups in scope.
func (l *look) look(ctx context.Context) (plan.Scope, error) {
	if l.trigger.Kind == trigger.KindRunning {
		return l.arrival(ctx)
	}
	if err := l.persist(ctx, l.managed); err != nil {
		return plan.Scope{}, err
	}
	scope := l.scope(l.snapshot.Interfaces)
	if len(scope.Groups) == 0 {
		return scope, nil
	}
	return scope, l.persist(ctx, l.members(scope.Groups))
}

// arrival looks the other way round: whether an instance that came up matters depends on its groups, so it
// is asked for first.
func (l *look) arrival(ctx context.Context) (plan.Scope, error) {
	err := l.persist(ctx, func(ctx context.Context) error {
		return l.keep(l.observer.ec2.FindMember(ctx, l.trigger.Instance))
	})
	groups := l.snapshot.Instances[l.trigger.Instance].Groups
	if err != nil || len(groups) == 0 {
		return plan.Scope{}, err
	}
	err = l.both(ctx, groups)
	return plan.ScopeOf(l.trigger, l.snapshot.Interfaces, groups), err
}

// both looks at the managed interfaces and at the members of groups at the same time.
func (l *look) both(ctx context.Context, groups []string) error {
	var wg sync.WaitGroup
	errs := make([]error, 2)
	for i, ask := range []func(context.Context) error{l.managed, l.members(groups)} {
		wg.Go(func() { errs[i] = l.persist(ctx, ask) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (l *look) managed(ctx context.Context) error {
	found, err := l.observer.ec2.ManagedInterfaces(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	// Not when it was asked: tries that failed and a slow answer may lie in between, and what is unattached
	// is counted from here on.
	l.snapshot.Interfaces, l.snapshot.At = found, time.Now()
	l.snapshot.StampUnattached(l.snapshot.At)
	return err
}

// members looks at the members of groups; for a trigger about all interfaces at those of all groups, by one
// filter instead of one for each.
func (l *look) members(groups []string) func(context.Context) error {
	return func(ctx context.Context) error {
		if l.trigger.Kind == trigger.KindSweep || l.trigger.Kind == trigger.KindRehearsal {
			return l.keep(l.observer.ec2.AllMembers(ctx))
		}
		return l.keep(l.observer.ec2.Members(ctx, groups))
	}
}

// keep puts instances into the snapshot. Those that could not be described are named and stay unknown.
func (l *look) keep(found []inventory.Instance, err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if partial, ok := errors.AsType[*ec2api.PartialError](err); ok {
		l.snapshot.Gaps = append(l.snapshot.Gaps, partial.Error())
		err = nil
	}
	if err == nil {
		l.snapshot.Add(found...)
	}
	return err
}

const (
	// firstPause and lastPause bound the pauses between two tries of a question that must be answered.
	firstPause = 200 * time.Millisecond
	lastPause  = 5 * time.Second
	// scheduleTime is how long a schedule insists on an answer: the next one comes soon.
	scheduleTime = 20 * time.Second
)

// persist asks what must be answered until EC2 answers or the time is up: Lambda's own retries come after
// one and three minutes, too late for a Spot interruption.
func (l *look) persist(ctx context.Context, ask func(context.Context) error) error {
	if l.insist > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, l.insist)
		defer cancel()
	}
	var answer error // the last one that EC2 gave, which says more than that the time was up
	for wait := firstPause; ; wait = min(2*wait, lastPause) {
		err := ask(ctx)
		if class := fault.ClassOf(err); class != fault.Throttled && class != fault.Unavailable {
			return err
		}
		if ctx.Err() == nil || answer == nil {
			answer = err
		}
		if !pace.Wait(ctx, pace.EqualJitter(wait)) {
			return answer
		}
	}
}

// questions are the ids and names that have to be asked about.
type questions struct {
	others []string // instances that are named or hold an interface and are no members
	near   []string // members that run where the interfaces are
	spot   []string // those of them that may have a Spot request
	scaled []string // instances in an Auto Scaling group
	types  []string // the types of near
}

func ask(s inventory.Snapshot, t trigger.Trigger, scope plan.Scope) questions {
	var q questions
	for _, id := range scope.Instances {
		if _, known := s.Instances[id]; !known {
			q.others = append(q.others, id)
		}
	}
	for _, id := range s.InstanceIDs() {
		if in := s.Instances[id]; slices.Contains(scope.AvailabilityZones, in.AZ) {
			q.about(in)
		}
	}
	if judgesBySpot(t.Kind) {
		q.spot = append(q.spot, q.others...)
	}
	if t.Kind == trigger.KindSweep || t.Kind == trigger.KindRunning {
		// These relieve a holder that its Auto Scaling group terminates. Whether one that is no member is in a group
		// is asked in this very round, and a round more costs more than a question that is answered with none.
		q.scaled = append(q.scaled, q.others...)
	}
	if t.Kind == trigger.KindLifecycle && !slices.Contains(q.scaled, t.Instance) {
		q.scaled = append(q.scaled, t.Instance)
	}
	return q
}

// judgesBySpot reports whether the Spot request of an instance that is no candidate may decide something: it does
// if it is a reason to relieve a holder, or bears out a warning that is old.
func judgesBySpot(kind trigger.Kind) bool {
	return kind == trigger.KindSweep || kind == trigger.KindRunning || kind == trigger.KindSpotInterruption
}

func (q *questions) about(in inventory.Instance) {
	if in.ScalingGroup != "" {
		q.scaled = append(q.scaled, in.ID)
	}
	if in.State != inventory.StateRunning {
		return
	}
	q.near = append(q.near, in.ID)
	if in.Spot {
		q.spot = append(q.spot, in.ID)
	}
	if !slices.Contains(q.types, in.Type) {
		q.types = append(q.types, in.Type)
	}
}

const (
	// inspectTime bounds the questions that a plan for an event can do without.
	inspectTime = 3 * time.Second
	// atOnce is how many ids are asked about in a row; more are asked about in parallel.
	atOnce = 1000
)

// inspect asks, all at once, for what else has to be known of the instances: those that are no members,
// status checks, Spot requests, Auto Scaling, limits of types, and the interfaces once more. What can't be
// asked stays unknown, and is named.
func (o *Observer) inspect(ctx context.Context, s *inventory.Snapshot, t trigger.Trigger, scope plan.Scope) {
	q := ask(*s, t, scope)
	r := round{
		snapshot: s, health: map[string]inventory.Health{},
		spot: map[string]inventory.SpotRequest{}, scaling: map[string]inventory.Scaling{},
	}
	r.start(q.others, func() (func(), error) { return o.outsiders(ctx, s, q.others) })
	if t.Kind == trigger.KindRunning || t.Kind == trigger.KindSweep || t.Kind == trigger.KindAlarm {
		// Whether a holder that is no member is impaired matters here. It is asked for apart from the
		// members, since one id that EC2 does not know fails the whole call.
		r.start(q.others, func() (func(), error) {
			found, err := o.ec2.Health(ctx, q.others)
			return func() { maps.Copy(r.health, found) }, err
		})
	}
	r.startEach(q.near, func(ids []string) (func(), error) {
		found, err := o.ec2.Health(ctx, ids)
		return func() { maps.Copy(r.health, found) }, err
	})
	r.startEach(q.spot, func(ids []string) (func(), error) {
		found, err := o.ec2.SpotRequests(ctx, ids)
		return func() { maps.Copy(r.spot, found) }, err
	})
	r.startEach(q.scaled, func(ids []string) (func(), error) {
		found, err := o.scaling.States(ctx, ids)
		return func() { maps.Copy(r.scaling, found) }, err
	})
	r.start(q.types, func() (func(), error) {
		found, err := o.ec2.Limits(ctx, q.types)
		return func() { maps.Copy(s.Limits, found) }, err
	})
	if t.Kind != trigger.KindSweep && t.Kind != trigger.KindRehearsal {
		// These are about all interfaces, few of which will be moved; for the others this is the look
		// before the detach.
		at := time.Now()
		r.start(scope.Interfaces, func() (func(), error) {
			found, err := o.ec2.InterfacesByID(ctx, scope.Interfaces)
			if err != nil {
				return nil, err
			}
			return func() {
				s.SecondRead = at
				s.Update(time.Now(), found...)
			}, nil
		})
	}
	r.finish()
}

// outsiders looks at instances that a look by tag has not shown. If EC2 answers, one that is not in its answer
// is unseen, which proves nothing yet.
func (o *Observer) outsiders(ctx context.Context, s *inventory.Snapshot, ids []string) (keep func(), err error) {
	found, err := o.ec2.FindInstances(ctx, ids)
	partial, ok := errors.AsType[*ec2api.PartialError](err)
	if err != nil && !ok {
		return nil, err
	}
	return func() {
		for _, id := range ids {
			if partial == nil || !slices.Contains(partial.IDs, id) {
				s.Add(inventory.Instance{ID: id, State: inventory.StateUnseen})
			}
		}
		s.Add(found...)
		if partial != nil {
			s.Gaps = append(s.Gaps, partial.Error())
		}
	}, nil
}

// round is a set of calls that run at the same time.
type round struct {
	snapshot *inventory.Snapshot
	health   map[string]inventory.Health
	spot     map[string]inventory.SpotRequest
	scaling  map[string]inventory.Scaling

	wg sync.WaitGroup
	mu sync.Mutex // guards all of the above while calls run
}

// start makes a call about the given ids or names, if there are any, and keeps what it found, also beside an
// error; a keep that is nil has found nothing.
func (r *round) start(about []string, call func() (keep func(), err error)) {
	if len(about) == 0 {
		return
	}
	r.wg.Go(func() {
		keep, err := call()
		r.mu.Lock()
		defer r.mu.Unlock()
		if err != nil {
			r.snapshot.Gaps = append(r.snapshot.Gaps, err.Error())
		}
		if keep != nil {
			keep()
		}
	})
}

// startEach starts a call for every so many of the ids: in a large account one after the other takes too
// long, and what fails for some is known of the others.
func (r *round) startEach(ids []string, call func(ids []string) (keep func(), err error)) {
	for some := range slices.Chunk(ids, atOnce) {
		r.start(some, func() (func(), error) { return call(some) })
	}
}

// finish waits for the calls and puts the parts together.
func (r *round) finish() {
	r.wg.Wait()
	s := r.snapshot
	for id, in := range s.Instances {
		in.Health, in.Scaling = r.health[id], r.scaling[id]
		in.Interruption, in.OnInterruption = r.spot[id].InterruptionOf(in.State), r.spot[id].Behavior
		s.Instances[id] = in
	}
	slices.Sort(s.Gaps)
}
