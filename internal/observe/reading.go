package observe

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// reading is the part of a read that a plan can't do without: the managed interfaces, and the members of the groups in
// scope.
type reading struct {
	observer *Observer
	scope    plan.Scope
	snapshot inventory.Snapshot
	// first is the read of the interfaces that EC2 answered.
	first inventory.Period
}

func newReading(o *Observer, scope plan.Scope) *reading {
	return &reading{observer: o, scope: scope, snapshot: inventory.Snapshot{
		Instances: map[string]inventory.Instance{}, Limits: map[string]inventory.Limits{},
	}}
}

// essentials reads the managed interfaces, and the members of the groups that the scope selects.
func (r *reading) essentials(ctx context.Context) (plan.Selection, error) {
	if r.scope.First != "" {
		return r.instanceFirst(ctx)
	}
	if err := r.interfaces(ctx); err != nil {
		return plan.Selection{}, err
	}
	selected := r.scope.Select(r.snapshot.Interfaces, nil)
	if len(selected.Groups) == 0 {
		return selected, nil
	}
	return selected, r.members(ctx, selected.Groups)
}

// instanceFirst reads the other way round: the first instance, and if it is in any group the interfaces and the
// members of its groups at the same time.
func (r *reading) instanceFirst(ctx context.Context) (plan.Selection, error) {
	err := r.insistOnInstances(ctx, func(ctx context.Context) ([]inventory.Instance, error) {
		return r.observer.ec2.FindMember(ctx, r.scope.First)
	})
	// The groups of this answer are those whose members are read, also if the next answer shows others.
	groups := r.snapshot.Instances[r.scope.First].Groups
	if err != nil || len(groups) == 0 {
		return plan.Selection{}, err
	}
	err = r.both(ctx, groups)
	return r.scope.Select(r.snapshot.Interfaces, groups), err
}

// both reads the managed interfaces and the members of groups at the same time. The two fill different fields of the
// snapshot.
func (r *reading) both(ctx context.Context, groups []string) error {
	var wg sync.WaitGroup
	var interfaces, members error
	wg.Go(func() { interfaces = r.interfaces(ctx) })
	wg.Go(func() { members = r.members(ctx, groups) })
	wg.Wait()
	return errors.Join(interfaces, members)
}

// interfaces reads the managed interfaces.
func (r *reading) interfaces(ctx context.Context) error {
	err := insist(ctx, r.scope.WaitLimit, func(ctx context.Context) (err error) {
		r.first.Began = time.Now()
		r.snapshot.Interfaces, err = r.observer.ec2.ManagedInterfacesOnce(ctx)
		r.snapshot.Throttled = r.snapshot.Throttled || fault.ClassOf(err) == fault.Throttled
		return err
	})
	// Counted from the answer: attempts that failed and a slow answer may lie between it and the question, and the
	// time for which an interface is seen unattached begins here.
	r.snapshot.At = time.Now()
	r.first.Ended = r.snapshot.At
	r.snapshot.StampUnattached(r.snapshot.At)
	return err
}

// members reads the members of groups.
func (r *reading) members(ctx context.Context, groups []string) error {
	return r.insistOnInstances(ctx, func(ctx context.Context) ([]inventory.Instance, error) {
		if r.scope.AllMembers {
			return r.observer.ec2.AllMembers(ctx)
		}
		return r.observer.ec2.Members(ctx, groups)
	})
}

// insistOnInstances reads instances into the snapshot. Those that could not be described are named, and stay unknown.
func (r *reading) insistOnInstances(ctx context.Context, read func(context.Context) ([]inventory.Instance, error)) error {
	return insist(ctx, r.scope.WaitLimit, func(ctx context.Context) error {
		found, err := read(ctx)
		if partial, ok := errors.AsType[*ec2api.PartialError](err); ok {
			r.snapshot.Gaps = append(r.snapshot.Gaps, partial.Error())
			r.snapshot.Undescribed = append(r.snapshot.Undescribed, partial.IDs...)
			err = nil
		}
		if err == nil {
			r.snapshot.Add(found...)
		}
		return err
	})
}
