// Package observe reads an account through the edges to EC2 and Auto Scaling, and makes the snapshot that package
// plan decides on. What to ask is said by a [plan.Scope]: this package knows no events. It names what could not be
// asked. It is the only way from AWS to a snapshot, so that the audit sees what a failover sees.
package observe

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/pace"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// Observer reads the account. It is safe for concurrent use.
type Observer struct {
	ec2     *ec2api.Client
	scaling *autoscalingapi.Client
}

// New makes an observer that asks these clients.
func New(ec2 *ec2api.Client, groups *autoscalingapi.Client) *Observer {
	return &Observer{ec2: ec2, scaling: groups}
}

// Read reads as much of the account as the scope asks for: one call if no managed interface is in scope, and at most
// two further rounds of parallel calls otherwise. Its error is that of a call without whose answer nothing can be
// decided.
func (o *Observer) Read(ctx context.Context, scope plan.Scope) (inventory.Snapshot, error) {
	// An event can't wait for what a plan can do without.
	return o.read(ctx, scope, inspectTime)
}

// read reads as Read does, and limits the time for what a plan can do without.
func (o *Observer) read(ctx context.Context, scope plan.Scope, limit time.Duration) (inventory.Snapshot, error) {
	r := newReading(o, scope)
	selected, err := r.essentials(ctx)
	if err != nil || len(selected.Groups) == 0 {
		return r.snapshot, err
	}
	// The members tell whether the event's instance is one of them. If it is not, there is nothing more to ask.
	if id := selected.OnlyIfMember; id != "" {
		if _, member := r.snapshot.Instances[id]; !member {
			return r.snapshot, nil
		}
	}
	bounded, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	// When EC2 throttles, as in a storm of interruptions, a second read would take the token that another invocation needs for
	// its first. Then the first one serves as the look, too: it is as young as the wait for tokens lets it be.
	if scope.SecondRead && r.snapshot.Throttled {
		scope.SecondRead, r.snapshot.Look = false, r.first
	}
	if err := o.inspect(bounded, &r.snapshot, scope, selected); fault.ClassOf(err) == fault.Throttled {
		r.snapshot.Look, r.snapshot.Throttled = r.first, true
	}
	return r.snapshot, nil
}

// ReadToConfirm reads a second time, after a pause, because one read says something of the given instances that it
// does not prove. What the two reads agree on is confirmed in the snapshot.
func (o *Observer) ReadToConfirm(ctx context.Context, scope plan.Scope, earlier inventory.Snapshot, instances []string) (inventory.Snapshot, error) {
	if !pace.Wait(ctx, plan.ConfirmAfter) {
		return earlier, fmt.Errorf("no time for a second look at %s, and one look proves nothing", strings.Join(instances, " "))
	}
	s, err := o.read(ctx, scope, confirmTime)
	if err == nil {
		s.Confirm(earlier, instances)
	}
	return s, err
}

// ReadForReplan reads what a new plan for the interfaces with the given ids needs. The instances are those that must
// be known besides members and holders.
func (o *Observer) ReadForReplan(ctx context.Context, ids, instances []string) (inventory.Snapshot, error) {
	return o.Read(ctx, plan.ScopeOfReplan(ids, instances))
}
