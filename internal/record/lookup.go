package record

import (
	"context"
	"errors"
)

// knownKey is what the choice of a zone depends on, the VPC's zones themselves aside.
type knownKey struct {
	vpc, name string
	pin       string // the interface's zone tag
}

func (c *Checker) recall(key knownKey) (choice, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.known[key]
	return found, ok
}

func (c *Checker) remember(key knownKey, found choice) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known[key] = found
}

// forget drops a zone that turned out gone, unless somebody has already found another.
func (c *Checker) forget(key knownKey, gone choice) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known[key] == gone {
		delete(c.known, key)
	}
}

// lookup is the zones of a VPC as one Check sees them: listed when a name first needs them, and once at
// most, even if that fails. The SDK has then retried already, and the next name would fare no better.
type lookup struct {
	checker *Checker
	vpc     string
	listed  bool
	found   []zone
	err     error
}

func (l *lookup) zones(ctx context.Context) ([]zone, error) {
	if !l.listed {
		l.found, l.err = l.checker.zonesOf(ctx, l.vpc)
		l.listed = true
	}
	return l.found, l.err
}

// flight is a listing of a VPC's zones that is under way. Its other fields are set before done is closed.
type flight struct {
	done  chan struct{}
	zones []zone
	err   error
}

// zonesOf lists the zones of a VPC. Concurrent callers share one listing, which runs in the first one's
// context; if that ends before the listing does, one of the others starts again.
func (c *Checker) zonesOf(ctx context.Context, vpc string) ([]zone, error) {
	for {
		f, first := c.board(vpc)
		if first {
			c.fly(ctx, vpc, f)
			return f.zones, f.err
		}
		select {
		case <-f.done:
			if !isOutOfTime(f.err) {
				return f.zones, f.err
			}
		case <-ctx.Done():
			return nil, outOfTimeError{}
		}
	}
}

// board joins the listing of a VPC that is under way, or starts one.
func (c *Checker) board(vpc string) (f *flight, first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f, ok := c.flights[vpc]; ok {
		return f, false
	}
	f = &flight{done: make(chan struct{}), err: errors.New("the listing broke off")}
	c.flights[vpc] = f
	return f, true
}

// fly carries out a listing for all who wait for it.
func (c *Checker) fly(ctx context.Context, vpc string, f *flight) {
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.flights, vpc)
		close(f.done)
	}()
	f.zones, f.err = c.listZones(ctx, vpc)
}
