package readiness

import (
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/record"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// Result is what an audit found. The audit function returns it; the names of its fields are stable.
type Result struct {
	Summary Summary `json:"summary"`
	// Interfaces are the audited ones: those that are not ready first, and then by id.
	Interfaces []Verdict `json:"interfaces"`
	// Groups are those that have an interface, by losses survived, the fewest first, and then by name.
	Groups []Group `json:"groups"`
	// Findings are ordered by severity, the worst first, and then by id and resource.
	Findings []Finding `json:"findings"`
}

// Summary is the result in numbers and in words.
type Summary struct {
	// Region is empty until the caller of Inspect sets it. Time is the instant of the look at the interfaces, in RFC 3339.
	Region string `json:"region"`
	Time   string `json:"time"`
	// Interfaces counts the audited ones. Ready counts those that would be served again if their holder went now; Unready
	// counts the others, paused and unsupported ones included.
	Interfaces int `json:"interfaces"`
	Ready      int `json:"ready"`
	Unready    int `json:"unready"`
	// Unserved counts the interfaces that no running instance holds now, ready or not.
	Unserved int `json:"unserved"`
	Groups   int `json:"groups"`
	// Members counts the instances of the groups that this deployment serves.
	Members  int `json:"members"`
	Critical int `json:"critical"`
	Warning  int `json:"warning"`
	Info     int `json:"info"`
	// Omitted counts what was left out of the result because of its size; nil if nothing was.
	Omitted *Omitted `json:"omitted,omitempty"`
	// Calls counts the calls to AWS by operation, every attempt.
	Calls      map[string]int `json:"calls,omitempty"`
	DurationMs int64          `json:"durationMs"`
	// Text is the result as people read it, in lines of at most 100 columns.
	Text string `json:"text"`
}

// Omitted counts what was left out of each list.
type Omitted struct {
	Interfaces int `json:"interfaces,omitempty"`
	Groups     int `json:"groups,omitempty"`
	Findings   int `json:"findings,omitempty"`
}

// Verdict says what would happen to an interface.
type Verdict struct {
	Interface        string `json:"interface"`
	Group            string `json:"group"`
	AvailabilityZone string `json:"availabilityZone"`
	Holder           string `json:"holder"`
	// Served reports whether an instance holds the interface and runs, as far as is known, or whether a service uses it.
	Served bool `json:"served"`
	// Ready reports whether the interface would be served again if its holder went now. If the interface is not served,
	// Ready reports whether the next sweep finds an instance for it. A cold standby counts, although it has to be started and
	// to boot first, and although EC2 may lack the capacity: its candidate has the field start.
	Ready bool `json:"ready"`
	// Trigger is the event that the verdict is for. It is sweep if the next sweep would move the interface: the interface
	// is unattached, detaching or stuck, or its holder is gone, on its way out or impaired for too long. It is sweep, too, if
	// the interface is attached to no instance, but used by a service. Else it is spot-interruption for a running Spot
	// holder, and stopping for any other.
	Trigger trigger.Kind `json:"trigger"`
	// Outcome is planned, with To and DeviceIndex; stranded, with the reasons in Candidates; or ignored, for an interface
	// that is never moved.
	Outcome plan.Outcome `json:"outcome"`
	Reason  plan.Reason  `json:"reason"`
	Detail  string       `json:"detail,omitempty"`
	To      string       `json:"to"`
	// DeviceIndex is the index that the interface would have on To.
	DeviceIndex int `json:"deviceIndex"`
	// Candidates are the instances that were considered, the eligible ones first, and at most 20.
	Candidates []plan.Candidate `json:"candidates"`
	// OmittedCandidates counts the candidates that are not listed.
	OmittedCandidates int             `json:"omittedCandidates,omitempty"`
	Records           []record.Result `json:"records"`
}

// Group says how much a group survives.
type Group struct {
	Group      string `json:"group"`
	Interfaces int    `json:"interfaces"`
	Ready      int    `json:"ready"`
	Members    int    `json:"members"`
	// Losses counts the losses in a row that the group survives: the holder of an interface is lost, everything that it
	// held goes to the best standby, that instance is lost, and so on, as long as every interface of the group that may be
	// moved is still attached. The count is the least over the group's interfaces. A cold standby counts as one that runs. A
	// lost instance does not come back in this count, and none is launched. Losses is also 0 while an interface has no running holder, and if no interface of
	// the group may be moved.
	Losses int `json:"losses"`
	// LossesNote is LossesOrMore or LossesAtMost if Losses is a bound, else empty.
	LossesNote string `json:"lossesNote,omitempty"`
	// Weakest is the interface that survives the fewest losses; empty if Losses is LossesOrMore.
	Weakest string `json:"weakest,omitempty"`
}

// Notes on the number of losses.
const (
	LossesOrMore = "or-more"
	LossesAtMost = "at-most"
)
