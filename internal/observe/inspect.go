package observe

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

const (
	// inspectTime limits the time for the questions that a plan for an event can do without.
	inspectTime = 3 * time.Second
	// confirmTime is the same for the second read of a plan with doubts, which asks again what was not answered: long enough
	// for an answer that takes six seconds, which the first attempt does not wait for.
	confirmTime = 15 * time.Second
	// maxIDs limits the ids that are asked about one call after the other. In a large account that would take too long.
	maxIDs = 1000
)

// inspect asks, all at once, for what else has to be known: the instances that are not members, status checks, Spot
// requests, Auto Scaling states, limits of types, and the interfaces a second time. What can't be asked stays
// unknown, and is named in the snapshot's gaps. Its error is that of the second read of the interfaces.
func (o *Observer) inspect(ctx context.Context, s *inventory.Snapshot, scope plan.Scope, selected plan.Selection) error {
	q := questionsAbout(*s, scope, selected)
	var a answers
	var wg sync.WaitGroup
	wg.Go(func() { a.nonMembers, a.nonMembersErr = o.nonMembers(ctx, q.nonMembers) })
	// One id that EC2 does not know fails a whole call, so ids that it has not shown are asked about apart.
	wg.Go(func() { a.unproven = ask(ctx, q.unproven, o.ec2.Health) })
	wg.Go(func() { a.running = ask(ctx, q.running, o.ec2.Health) })
	wg.Go(func() { a.spot = ask(ctx, q.spot, o.ec2.SpotRequests) })
	wg.Go(func() { a.scaling = ask(ctx, q.scaled, o.scaling.States) })
	wg.Go(func() { a.limits = ask(ctx, q.types, o.ec2.Limits) })
	wg.Go(func() { a.interfaces = o.readInterfacesAgain(ctx, q.interfaces) })
	wg.Wait()
	a.addTo(s)
	return a.interfaces.err
}

// answers are what one round of questions has found.
type answers struct {
	nonMembers        []inventory.Instance
	nonMembersErr     error
	unproven, running answer[inventory.Health]
	spot              answer[inventory.SpotRequest]
	scaling           answer[inventory.Scaling]
	limits            answer[inventory.Limits]
	interfaces        secondRead
}

// answer is what was found about instances or types by id or name, also beside the errors of some calls.
type answer[T any] struct {
	found map[string]T
	errs  []error
}

// ask asks a question about ids or names. Many of them are asked about in parallel, and what fails for some chunks does not
// keep the answers about the others back.
func ask[T any](ctx context.Context, ids []string, question func(context.Context, []string) (map[string]T, error)) answer[T] {
	chunks := slices.Collect(slices.Chunk(ids, maxIDs))
	found, errs := make([]map[string]T, len(chunks)), make([]error, len(chunks))
	var wg sync.WaitGroup
	for i, chunk := range chunks {
		wg.Go(func() { found[i], errs[i] = question(ctx, chunk) })
	}
	wg.Wait()
	all := answer[T]{found: map[string]T{}, errs: errs}
	for _, some := range found {
		maps.Copy(all.found, some)
	}
	return all
}

// secondRead is the second read of the interfaces in scope.
type secondRead struct {
	inventory.Period
	found []inventory.Interface
	err   error
}

func (o *Observer) readInterfacesAgain(ctx context.Context, ids []string) secondRead {
	if len(ids) == 0 {
		return secondRead{}
	}
	r := secondRead{Period: inventory.Period{Began: time.Now()}}
	r.found, r.err = o.ec2.InterfacesByID(ctx, ids)
	r.Ended = time.Now()
	return r
}

// nonMembers describes instances that no read by tag has shown. An instance about which EC2 answers without showing it
// is unseen, which proves nothing yet.
func (o *Observer) nonMembers(ctx context.Context, ids []string) ([]inventory.Instance, error) {
	found, err := o.ec2.FindInstances(ctx, ids)
	for _, id := range ec2api.Absent(ids, found, err) {
		found = append(found, inventory.Instance{ID: id, State: inventory.StateUnseen})
	}
	return found, err
}

// addTo puts the answers into the snapshot. Whatever has no answer stays unknown.
func (a *answers) addTo(s *inventory.Snapshot) {
	s.Add(a.nonMembers...)
	maps.Copy(s.Limits, a.limits.found)
	if r := a.interfaces; r.err == nil && !r.Began.IsZero() {
		s.Look = r.Period
		s.Update(r.Ended, r.found...)
	}
	// All instances are set, also those that were not asked about: what is not found is the zero value, unknown.
	health := a.running.found
	maps.Copy(health, a.unproven.found)
	for id, in := range s.Instances {
		in.Health, in.Scaling = health[id], a.scaling.found[id]
		request := a.spot.found[id]
		in.Interruption, in.OnInterruption = request.InterruptionOf(in.State), request.Behavior
		s.Instances[id] = in
	}
	for _, err := range slices.Concat(
		[]error{a.nonMembersErr, a.interfaces.err}, a.unproven.errs, a.running.errs, a.spot.errs, a.scaling.errs, a.limits.errs,
	) {
		if err != nil {
			s.Gaps = append(s.Gaps, err.Error())
		}
	}
	slices.Sort(s.Gaps)
}
