package simulation

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"
	"hash/fnv"
	"strconv"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// Tally counts what occurred in a simulation. A count of zero means that nothing was proved about that kind.
type Tally struct {
	Seeds        int            `json:"seeds"`
	From         uint64         `json:"from"`
	Failed       int            `json:"failed"`
	Hash         string         `json:"hash"`
	VirtualHours float64        `json:"virtualHours"`
	Calls        int            `json:"calls"`
	Mutations    int            `json:"mutations"`
	Faults       map[string]int `json:"faults"`
	Triggers     map[string]int `json:"triggers"`
	Outcomes     map[string]int `json:"outcomes"`
	// Probe counts what questions of the probe met, the results of its runs, what its verdicts led to, and the events for
	// others.
	Probe map[string]int `json:"probe"`
}

// newTally returns a tally with a zero for every kind, so that a kind that never occurred is visible.
func newTally() Tally {
	t := Tally{Faults: map[string]int{}, Triggers: map[string]int{}, Outcomes: map[string]int{}, Probe: map[string]int{}}
	for _, kind := range probeKinds() {
		t.Probe[kind] = 0
	}
	for _, kind := range faultKinds() {
		t.Faults[kind] = 0
	}
	for _, k := range []trigger.Kind{
		trigger.KindUnknown, trigger.KindSpotInterruption, trigger.KindStopping, trigger.KindStopped, trigger.KindShuttingDown,
		trigger.KindTerminated, trigger.KindRunning, trigger.KindLifecycle, trigger.KindAlarm, trigger.KindRebalance,
		trigger.KindHealth, trigger.KindSweep, trigger.KindRehearsal, trigger.KindManual, trigger.KindUnreachable, trigger.KindReached,
	} {
		t.Triggers[string(k)] = 0
	}
	for _, o := range []plan.Outcome{
		plan.OutcomeFailed, plan.OutcomeStranded, plan.OutcomeMoved, plan.OutcomeAttached, plan.OutcomePlanned,
		plan.OutcomeSuperseded, plan.OutcomeNothingToDo, plan.OutcomeIgnored,
	} {
		t.Outcomes[string(o)] = 0
	}
	return t
}

// Add adds the result of a seed.
func (t *Tally) Add(seed uint64, r Result) {
	t.begin()
	t.addCounts(r.Tally)
	t.Seeds++
	if len(r.Violations) > 0 {
		t.Failed++
	}
	h := fnv.New64a()
	_, _ = h.Write(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, seed), r.Hash))
	t.addHash(h.Sum64())
}

// begin sets the kinds of an empty tally to zero.
func (t *Tally) begin() {
	if t.Faults == nil {
		from := t.From
		*t = newTally()
		t.From = from
	}
}

// addHash adds a hash. The sum does not depend on the order of the seeds.
func (t *Tally) addHash(h uint64) {
	old, err := strconv.ParseUint(t.Hash, 16, 64)
	if err != nil {
		old = 0 // there was none yet
	}
	t.Hash = fmt.Sprintf("%016x", old+h)
}

// Merge adds the tally of other seeds.
func (t *Tally) Merge(o Tally) {
	t.begin()
	t.addCounts(o)
	t.Seeds += o.Seeds
	t.Failed += o.Failed
	if h, err := strconv.ParseUint(o.Hash, 16, 64); err == nil {
		t.addHash(h)
	}
}

// addCalls counts the calls of a wire log.
func (t *Tally) addCalls(calls []awssim.Call, took time.Duration) {
	t.VirtualHours += took.Hours()
	t.Calls += len(calls)
	for _, c := range calls {
		if c.Mutating && !c.DryRun && c.Code == "" && c.Status == 200 {
			t.Mutations++
		}
	}
}

// addCounts adds the counts of another tally.
func (t *Tally) addCounts(o Tally) {
	t.VirtualHours += o.VirtualHours
	t.Calls += o.Calls
	t.Mutations += o.Mutations
	for _, pair := range [][2]map[string]int{{t.Faults, o.Faults}, {t.Triggers, o.Triggers}, {t.Outcomes, o.Outcomes}, {t.Probe, o.Probe}} {
		for name, n := range pair[1] {
			pair[0][name] += n
		}
	}
}

// Line returns the tally as one line of JSON.
func (t *Tally) Line() string {
	b, err := json.Marshal(t)
	if err != nil {
		return err.Error() // it has only strings and numbers
	}
	return string(b)
}

// digest hashes all that happened.
type digest struct{ hash.Hash64 }

func (d digest) text(parts ...any) {
	for _, part := range parts {
		_, _ = fmt.Fprintf(d, "%s\x00", part)
	}
}

func (d digest) calls(calls []awssim.Call) {
	var b []byte
	for _, c := range calls {
		b = strconv.AppendInt(b[:0], c.Time.UnixNano(), 10)
		b = append(b, c.Action...)
		b = append(b, c.AccessKey...)
		b = append(b, c.Params.Encode()...)
		b = strconv.AppendInt(b, int64(c.Status), 10)
		b = append(b, c.Code...)
		b = append(b, c.Lost...)
		_, _ = d.Write(b)
	}
}
