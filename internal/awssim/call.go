package awssim

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The services, as [Call.Service] names them.
const (
	serviceEC2         = "ec2"
	serviceRoute53     = "route53"
	serviceAutoScaling = "autoscaling"
	serviceSTS         = "sts"
	serviceEvents      = "events"
)

// Call is one API call in the wire log.
type Call struct {
	Seq     int       // from 1; 0 in [Sim.Intercept]
	Time    time.Time // when it took effect
	Service string    // ec2, route53, autoscaling, sts, events; for a call that is not simulated, the service of its signature
	Action  string
	// Params has the request's parameters without Action and Version. For Route 53 it has `path`, the query, and one
	// `change` per change of a batch ("CREATE db.corp.internal. A 10.0.1.5"). For EventBridge: one `entry` per event
	// ("ENI Failover Moved on default").
	Params    url.Values
	Mutating  bool // the action can change something, even if this call did not
	DryRun    bool
	Status    int    // HTTP status; 0 if no reply was sent
	Code      string // error code; "" if the call was carried out
	Lost      Loss   // the part of the exchange that was lost
	AccessKey string // from the Authorization header; "" if unsigned
}

// Loss says which half of an exchange was lost.
type Loss string

// The losses. The zero value means none.
const (
	LostRequest Loss = "request lost" // dropped, or abandoned by the caller before it took effect
	LostReply   Loss = "reply lost"   // it took effect
)

// Fault is what a test does to one call. The zero value does nothing.
type Fault struct {
	// Code and Message refuse the call with this error, without effect. Status is the HTTP status; if it is 0, the
	// code's usual one. A Status without a Code is an answer without an error document, like that of a proxy.
	Status        int
	Code, Message string
	LoseReply     bool          // the call takes effect, then the connection breaks
	Drop          bool          // the call never reaches the API: the connection breaks
	Delay         time.Duration // more latency, before it takes effect
	// Stale is the age of the state that this read shows. It is limited by [Timing].Remember or StaleReads, by the
	// greater one, and by the start of the simulation. Changes always use the present state.
	Stale time.Duration
	// Hide has instances and interfaces that this read of EC2 does not show, as if they did not exist yet (EC2 API,
	// "Eventual consistency").
	Hide []string
	// Repeat is an instance or interface that each page after the first shows once more, before its own items. A list
	// that changes between two pages can do that.
	Repeat string
	// Before and After run before and after the effect, unless the call is dropped. They hold no lock, and may edit the
	// account.
	Before, After func()
}

// refusal returns the answer of the fault, nil if the call is not refused.
func (f Fault) refusal() *refusal {
	if f.Code == "" && f.Status == 0 {
		return nil
	}
	refused := refuse(f.Code, "%s", f.Message)
	if f.Status != 0 {
		refused.status = f.Status
	}
	return refused
}

// String returns the call in one line.
func (c Call) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s #%d %s %s", c.Time.UTC().Format("15:04:05.000000"), c.Seq, c.Service, c.Action)
	for _, name := range slices.Sorted(maps.Keys(c.Params)) {
		fmt.Fprintf(&b, " %s=%s", name, strings.Join(c.Params[name], ","))
	}
	b.WriteString(" →")
	if c.Status != 0 {
		fmt.Fprintf(&b, " %d", c.Status)
	}
	if c.Code != "" {
		b.WriteString(" " + c.Code)
	}
	if c.Lost != "" {
		fmt.Fprintf(&b, " (%s)", c.Lost)
	}
	return b.String()
}
