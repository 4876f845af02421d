package readiness

import (
	"github.com/eni-failover/eni-failover/internal/plan"
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
	OmittedCandidates int    `json:"omittedCandidates,omitempty"`
	Records           []Name `json:"records"`
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
