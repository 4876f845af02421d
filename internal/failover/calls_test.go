package failover_test

import (
	"fmt"
	"sync"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// The calls that tests inject faults into.
const (
	detachCall = "DetachNetworkInterface"
	attachCall = "AttachNetworkInterface"
	tagsCall   = "CreateTags"
	lookCall   = "DescribeNetworkInterfaces"
	hostsCall  = "DescribeInstances"
	putCall    = "PutEvents"
)

// faultRule injects a fault into calls of one action.
type faultRule struct {
	action string // empty: every action
	skip   int    // leaves the first calls alone
	times  int    // limits the calls with the fault; 0: no limit
	when   func(awssim.Call) bool
	fault  awssim.Fault
}

// injectFaults injects faults by rules. Of several that match a call, the first one applies.
func (l *lab) injectFaults(rules ...faultRule) {
	var mu sync.Mutex
	seen := make([]int, len(rules))
	l.sim.Intercept(func(c awssim.Call) awssim.Fault {
		mu.Lock()
		defer mu.Unlock()
		for n, r := range rules {
			if (r.action != "" && r.action != c.Action) || (r.when != nil && !r.when(c)) {
				continue
			}
			seen[n]++
			if seen[n] > r.skip && (r.times == 0 || seen[n] <= r.skip+r.times) {
				return r.fault
			}
		}
		return awssim.Fault{}
	})
}

// toInstance matches calls that name an instance.
func toInstance(short string) func(awssim.Call) bool {
	return func(c awssim.Call) bool { return c.Params.Get("InstanceId") == instanceID(short) }
}

// isPoll reports whether a call looks at single interfaces, not at all managed ones.
func isPoll(c awssim.Call) bool { return c.Params.Get("Filter.1.Name") == "network-interface-id" }

// isRoute53 reports whether a call is one of Route 53.
func isRoute53(c awssim.Call) bool { return c.Service == "route53" }

// countCalls counts the calls of an action, dry runs excepted.
func (l *lab) countCalls(action string) int {
	n := 0
	for _, c := range l.sim.Calls() {
		if c.Action == action && !c.DryRun {
			n++
		}
	}
	return n
}

// countAccepted counts the calls of an action that succeeded.
func (l *lab) countAccepted(action string) int {
	n := 0
	for _, c := range l.sim.Calls() {
		if c.Action == action && c.Status == 200 {
			n++
		}
	}
	return n
}

// callTime returns the time from the start to the n-th call of an action; 0 if there are fewer.
func (l *lab) callTime(action string, n int) time.Duration {
	for _, c := range l.sim.Calls() {
		if c.Action == action && !c.DryRun {
			if n--; n == 0 {
				return c.Time.Sub(l.started)
			}
		}
	}
	return 0
}

// changes reports whether a call changes the account, or would have. An event on a bus changes nothing in it.
func changes(c awssim.Call) bool { return c.Mutating && !c.DryRun && c.Action != putCall }

// mutations counts the calls that change something, or would have, dry runs excepted.
func (l *lab) mutations() int {
	n := 0
	for _, c := range l.sim.Calls() {
		if changes(c) {
			n++
		}
	}
	return n
}

// log formats the wire log for a failing test.
func (l *lab) log() string {
	const ends = 25
	s := ""
	calls := l.sim.Calls()
	for n, c := range calls {
		switch {
		case n < ends || n >= len(calls)-ends:
			s += fmt.Sprintf("%8s %s\n", c.Time.Sub(l.started).Round(time.Millisecond), c)
		case n == ends:
			s += fmt.Sprintf("… %d calls more\n", len(calls)-2*ends)
		}
	}
	return s
}
