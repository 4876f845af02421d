package record

import "context"

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
		l.found, l.err = l.checker.listZones(ctx, l.vpc)
		l.listed = true
	}
	return l.found, l.err
}
