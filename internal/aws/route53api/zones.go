package route53api

import (
	"context"

	"github.com/eni-failover/eni-failover/internal/record"
)

// knownKey has everything on which the choice of a zone depends, except the VPC's zones themselves.
type knownKey struct {
	vpc     string
	name    record.Name
	zoneTag string
}

func keyOf(q record.Question) knownKey {
	return knownKey{vpc: q.Interface.VPC, name: q.Name, zoneTag: q.Interface.HostedZone}
}

func (c *Checker) recall(key knownKey) (record.Choice, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.known[key]
	return found, ok
}

func (c *Checker) remember(key knownKey, found record.Choice) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known[key] = found
}

// forget drops a zone that does not exist any more, unless another check has already found its successor.
func (c *Checker) forget(key knownKey, gone record.Choice) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known[key] == gone {
		delete(c.known, key)
	}
}

// zoneList is the zones of a VPC during one check. They are listed when a name first needs them, and only once, even
// if that fails: the SDK has retried already, so that another listing would not do better.
type zoneList struct {
	checker *Checker
	vpc     string
	listed  bool
	zones   []record.Zone
	err     error
}

func (l *zoneList) get(ctx context.Context) ([]record.Zone, error) {
	if !l.listed {
		l.zones, l.err = l.checker.listZones(ctx, l.vpc)
		l.listed = true
	}
	return l.zones, l.err
}

// choose chooses the zone of a name. It reports false if there is no zone to read; the result then says why.
func (l *zoneList) choose(ctx context.Context, q record.Question) (chosen record.Choice, without record.Result, ok bool) {
	zones, err := l.get(ctx)
	if err != nil {
		return record.Choice{}, q.Unverified("", err), false
	}
	if chosen = q.ChooseZone(zones); !chosen.Readable() {
		return record.Choice{}, q.WithoutZone(chosen), false
	}
	return chosen, record.Result{}, true
}
