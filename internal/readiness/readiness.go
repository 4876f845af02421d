// Package readiness says whether the next failover would work, and why not, before the night it matters. From a
// snapshot of the account, the results of the record check and the deployment's settings, [Inspect] makes for
// each interface a [Verdict]: where it would go if its holder went now, and for each group how many losses it
// survives. Everything that stands in the way, or soon would, is a [Finding].
//
// A verdict is made by package plan on the same snapshot that a failover would see, so that what the audit
// promises is what happens. Inspect is a pure function: no AWS, no clock, no state between two runs, and
// nothing is changed. Package auditor observes, runs it, and tells the result.
package readiness

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/record"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// Result is what an audit found. It is the function's result; the names of its fields are stable.
type Result struct {
	Summary Summary `json:"summary"`
	// Interfaces are those audited: the ones that are not ready first, then in the order of their ids.
	Interfaces []Verdict `json:"interfaces"`
	// Groups are those that have an interface, in the order of losses survived, then of names.
	Groups []Group `json:"groups"`
	// Findings are in the order of severity, then of ids and resources.
	Findings []Finding `json:"findings"`
}

// Summary is the result in numbers, and in words.
type Summary struct {
	// Region is set by who observed; Time is that of the look at the interfaces, in RFC 3339.
	Region string `json:"region"`
	Time   string `json:"time"`
	// Interfaces counts those audited, Ready those that would be served again if their holder went now, and
	// Unready the others, paused and unsupported ones included.
	Interfaces int `json:"interfaces"`
	Ready      int `json:"ready"`
	Unready    int `json:"unready"`
	// Unserved counts those that no running instance holds now, whatever will become of them.
	Unserved int `json:"unserved"`
	Groups   int `json:"groups"`
	// Members counts the instances of the groups that this deployment serves.
	Members  int `json:"members"`
	Critical int `json:"critical"`
	Warning  int `json:"warning"`
	Info     int `json:"info"`
	// Omitted says how many of each list were left out of the result for its size; nil if none were.
	Omitted *Omitted `json:"omitted,omitempty"`
	// Calls counts the calls to AWS, every attempt, by operation.
	Calls      map[string]int `json:"calls,omitempty"`
	DurationMs int64          `json:"durationMs"`
	// Text is the result for a person, in lines of at most 100 columns.
	Text string `json:"text"`
}

// Omitted counts what a list lacks.
type Omitted struct {
	Interfaces int `json:"interfaces,omitempty"`
	Groups     int `json:"groups,omitempty"`
	Findings   int `json:"findings,omitempty"`
}

// Verdict is what would become of an interface.
type Verdict struct {
	Interface        string `json:"interface"`
	Group            string `json:"group"`
	AvailabilityZone string `json:"availabilityZone"`
	Holder           string `json:"holder"`
	// Served is whether an instance holds it that runs, as far as is known.
	Served bool `json:"served"`
	// Ready is whether it would be served again if its holder went now; of one that is not served, whether the
	// next sweep finds somebody.
	Ready bool `json:"ready"`
	// Trigger is the event that the verdict is for: sweep for an interface that the next sweep would move (its
	// holder is gone, going, or impaired for too long, or it has none, or hangs in between), else
	// spot-interruption for a Spot holder that runs, and stopping for any other.
	Trigger trigger.Kind `json:"trigger"`
	// Outcome is planned, with To and DeviceIndex; stranded, with the reasons in Candidates; or ignored,
	// when the interface is one that is never moved.
	Outcome plan.Outcome `json:"outcome"`
	Reason  plan.Reason  `json:"reason"`
	Detail  string       `json:"detail,omitempty"`
	To      string       `json:"to"`
	// DeviceIndex is the one that it would have on To.
	DeviceIndex int         `json:"deviceIndex"`
	Candidates  []Candidate `json:"candidates"`
	// OmittedCandidates counts those that are not listed; the eligible ones come first.
	OmittedCandidates int             `json:"omittedCandidates,omitempty"`
	Records           []record.Result `json:"records"`
}

// Candidate says whether an instance could take an interface, and why not.
type Candidate struct {
	Instance string      `json:"instance"`
	Eligible bool        `json:"eligible"`
	Reason   plan.Reason `json:"reason"`
	Unknown  []string    `json:"unknown,omitempty"`
}

// Group says how a group stands.
type Group struct {
	Group      string `json:"group"`
	Interfaces int    `json:"interfaces"`
	Ready      int    `json:"ready"`
	Members    int    `json:"members"`
	// Losses is how many times in a row the holder of an interface can be lost, with all that it held going
	// to whoever is best, and every interface of the group that may be moved is still attached: the least
	// over the group's interfaces. Each loss takes the instance out for good; nobody comes back or is
	// launched. It is 0 as well while an interface has no running holder, or when none may be moved.
	Losses int `json:"losses"`
	// LossesNote is LossesOrMore or LossesAtMost where Losses is a bound, else empty.
	LossesNote string `json:"lossesNote,omitempty"`
	// Weakest is the interface whose losses end first; empty if Losses is LossesOrMore.
	Weakest string `json:"weakest,omitempty"`
}

// Notes on the number of losses.
const (
	LossesOrMore = "or-more"
	LossesAtMost = "at-most"
)

// Inspect audits a snapshot. It must show all managed interfaces of the region, all members of groups and
// all holders, as a census and an inspection of package observe make it. Names are the results of the record
// check by the interface's id.
func Inspect(s inventory.Snapshot, names map[string][]record.Result, set Settings, now time.Time) Result {
	a := &auditor{world: newWorld(s, set.Policy, now), names: names, of: map[string][]subject{}}
	a.inspectDeployment(set)
	a.world.plans(a.inspect)
	a.index()
	a.inspectGroups()
	a.inspectInstances()
	a.inspectGaps()
	return a.result()
}

// auditor is an audit in the making.
type auditor struct {
	world    *world
	names    map[string][]record.Result
	subjects []subject
	groups   []string             // of the subjects, sorted
	of       map[string][]subject // by group
	findings []Finding
}

// subject is an interface under audit, with what would become of it.
type subject struct {
	e inventory.Interface
	// holder is the zero instance where nobody holds it, and one in the state unasked if nothing is known.
	holder inventory.Instance
	item   plan.Item
	// kind is that of the event for which item is the plan.
	kind trigger.Kind
	// dead is whether nobody that runs holds it now.
	dead bool
	// omitted counts the candidates that are not in the item any more. In a group of thousands the lists of
	// all interfaces together would not fit into memory.
	omitted int
	// only is the one eligible standby, if there is just one.
	only string
}

func (x subject) stranded() bool { return x.item.Settled == plan.OutcomeStranded }

func (x subject) planned() bool { return x.item.Settled == "" }

// inspect looks at one interface and at the plan for it.
func (a *auditor) inspect(item plan.Item, kind trigger.Kind) {
	e := item.Interface
	if e.Group != "" && !a.world.policy.Serves(e.Group) {
		return // another deployment's
	}
	x := subject{e: e, item: item, kind: kind}
	if !e.Unattached() {
		x.holder = a.world.instance(e.Holder())
	}
	x.dead = e.Unattached() || x.holder.State.Leaving()
	a.inspectInterface(x)
	s := a.inspectStandbys(x)
	a.inspectNames(x)
	if len(s.eligible) == 1 {
		x.only = s.eligible[0]
	}
	if n := len(item.Candidates); n > maxCandidates {
		x.item.Candidates, x.omitted = slices.Clone(item.Candidates[:maxCandidates]), n-maxCandidates
	}
	a.subjects = append(a.subjects, x)
}

// index puts the subjects in order, by themselves and by group.
func (a *auditor) index() {
	slices.SortFunc(a.subjects, func(x, y subject) int { return cmp.Compare(x.e.ID, y.e.ID) })
	for _, x := range a.subjects {
		if x.e.Group != "" {
			a.of[x.e.Group] = append(a.of[x.e.Group], x)
		}
	}
	a.groups = slices.Sorted(maps.Keys(a.of))
}

// result puts the parts together, in their orders.
func (a *auditor) result() Result {
	r := Result{Interfaces: []Verdict{}, Groups: []Group{}, Findings: a.sortedFindings()}
	for _, x := range a.subjects {
		r.Interfaces = append(r.Interfaces, x.verdict(a.names[x.e.ID]))
	}
	slices.SortFunc(r.Interfaces, func(v, w Verdict) int {
		return cmp.Or(count(v.Ready)-count(w.Ready), cmp.Compare(v.Interface, w.Interface))
	})
	for _, group := range a.groups {
		r.Groups = append(r.Groups, a.group(group))
	}
	slices.SortFunc(r.Groups, func(g, h Group) int { return cmp.Or(g.Losses-h.Losses, cmp.Compare(g.Group, h.Group)) })
	r.Summary = a.summary(r)
	r.Summary.Text = r.Text(textWidth)
	return r
}

func (a *auditor) summary(r Result) Summary {
	s := Summary{
		Time: a.world.snapshot.At.UTC().Format(time.RFC3339), Interfaces: len(r.Interfaces), Groups: len(r.Groups),
	}
	for _, v := range r.Interfaces {
		s.Ready += count(v.Ready)
		s.Unserved += count(!v.Served)
	}
	s.Unready = s.Interfaces - s.Ready
	for _, in := range a.world.snapshot.Instances {
		s.Members += count(a.world.serves(in) && !in.State.Ending())
	}
	for _, f := range r.Findings {
		switch f.Severity {
		case Critical:
			s.Critical++
		case Warning:
			s.Warning++
		case Info:
			s.Info++
		}
	}
	return s
}

// maxCandidates is how many candidates of an interface are told.
const maxCandidates = 20

func (x subject) verdict(names []record.Result) Verdict {
	v := Verdict{
		Interface: x.e.ID, Group: x.e.Group, AvailabilityZone: x.e.AZ, Holder: x.holder.ID,
		Served: !x.dead, Ready: x.planned(), Trigger: x.kind, Outcome: cmp.Or(x.item.Settled, plan.OutcomePlanned),
		Reason: x.item.Reason, Detail: x.item.Detail,
		To: x.item.Choice.Instance, DeviceIndex: x.item.Choice.Index,
		Candidates: []Candidate{}, OmittedCandidates: x.omitted, Records: published(names),
	}
	for _, c := range x.item.Candidates {
		v.Candidates = append(v.Candidates, Candidate{Instance: c.Instance, Eligible: c.Eligible, Reason: c.Reason, Unknown: c.Unknown})
	}
	return v
}

func (a *auditor) group(name string) Group {
	g := Group{Group: name, Interfaces: len(a.of[name])}
	for _, x := range a.of[name] {
		g.Ready += count(x.planned())
	}
	for _, id := range a.world.members[name] {
		g.Members += count(!a.world.instance(id).State.Ending())
	}
	g.Losses, g.LossesNote, g.Weakest = a.world.losses(a.of[name])
	return g
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}
