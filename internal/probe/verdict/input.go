package verdict

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/eni-failover/eni-failover/internal/ident"
	"github.com/eni-failover/eni-failover/internal/probe/probetag"
)

// The limits of a run's duration. Lambda ends an invocation after 15 minutes ("Lambda quotas").
const (
	MinRun = time.Second
	MaxRun = 15 * time.Minute
)

// Input is the input of the probe: the detail of the event ENI Failover Probe.
type Input struct {
	// Run is the length of the run, which goes on after it while a target is silent.
	Run     time.Duration
	Targets []Target
}

// Target is one interface to ask, with what the sweep knows of it.
type Target struct {
	Interface  string `json:"networkInterfaceId"`
	Attachment string `json:"attachmentId"`
	// Instance is the holder.
	Instance string     `json:"instanceId"`
	Address  netip.Addr `json:"address"`
	// Tag is the value of eni-failover:probe.
	Tag string `json:"probe"`
	// Host is the name for HTTP and TLS; the address if it is empty.
	Host string `json:"host,omitempty"`
	// Armed reports whether an earlier run was answered on the same attachment.
	Armed bool `json:"armed,omitempty"`
	// ReachedAt is when the last answer arrived, if an earlier run has heard it and the target has been silent since then.
	ReachedAt time.Time `json:"reachedAt,omitzero"`
	// Silent is what the run before has asked in vain, if this is its rest; zero if it was answered last.
	Silent Silence `json:"silent,omitzero"`
	// Witnesses are addresses whose answers show that the prober itself is connected.
	Witnesses []netip.Addr `json:"witnesses,omitempty"`

	// Probe is the parsed Tag.
	Probe probetag.Probe `json:"-"`
}

// Silence is a row of questions without an answer at the end of a run. The next run goes on with it if it begins soon.
type Silence struct {
	// Since is when the first question was asked, and Until when the last one was.
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
	// Questions counts them.
	Questions int `json:"questions"`
}

// BadInputError says which field of the input can't be used, its value, and what is accepted.
type BadInputError struct {
	Field string
	// Value is the value as received, cut to fit a log line; empty if it is missing.
	Value    string
	Accepted string
}

func (e *BadInputError) Error() string {
	if e.Value == "" {
		return fmt.Sprintf("bad input: %s is missing; accepted: %s", e.Field, e.Accepted)
	}
	return fmt.Sprintf("bad input: %s is %s; accepted: %s", e.Field, e.Value, e.Accepted)
}

// ParseInput reads the input. Its error is a [*BadInputError].
func ParseInput(data []byte) (Input, error) {
	f := objectReader{path: ""}
	f.open(data, "run", "targets")
	list := required(&f, "targets", "a list of at least one target", parseList)
	in := Input{Run: required(&f, "run", fmt.Sprintf("a duration from %v to 15m", MinRun), parseRun)}
	if f.err != nil {
		return Input{}, f.err
	}
	seen := map[string]bool{}
	for n, raw := range list {
		t, err := parseTarget(fmt.Sprintf("targets[%d]", n), raw)
		if err != nil {
			return Input{}, err
		}
		if seen[t.Interface] {
			return Input{}, &BadInputError{fmt.Sprintf("targets[%d].networkInterfaceId", n), quoted(t.Interface), "each interface once"}
		}
		seen[t.Interface] = true
		in.Targets = append(in.Targets, t)
	}
	return in, nil
}

func parseTarget(path string, data []byte) (Target, error) {
	const address = "a unicast address like 10.0.1.10 or 2001:db8::1, not link-local"
	f := objectReader{path: path}
	f.open(data, "networkInterfaceId", "attachmentId", "instanceId", "address", "probe", "host", "armed", "reachedAt", "silent", "witnesses")
	t := Target{
		Interface:  required(&f, "networkInterfaceId", ident.AcceptedInterfaceID, valid(ident.ValidInterfaceID)),
		Attachment: required(&f, "attachmentId", ident.AcceptedAttachmentID, valid(ident.ValidAttachmentID)),
		Instance:   required(&f, "instanceId", ident.AcceptedInstanceID, valid(ident.ValidInstanceID)),
		Address:    required(&f, "address", address, parseAddress),
		Tag:        required(&f, "probe", probetag.Accepted, valid(func(string) bool { return true })),
		Host:       optional(&f, "host", "a domain name", valid(ident.ValidRecordName)),
		Armed:      optional(&f, "armed", "true or false", decode[bool]),
		ReachedAt:  optional(&f, "reachedAt", "a time like 2026-11-23T03:00:05.5Z", parseTime),
		Silent:     optional(&f, "silent", `an object like {"since":"2026-11-23T03:00:05.5Z","until":"2026-11-23T03:00:09.5Z","questions":5}`, parseSilence),
		Witnesses:  optional(&f, "witnesses", "a list of addresses, each "+address, parseAddresses),
	}
	if f.err != nil {
		return Target{}, f.err
	}
	var err error
	if t.Probe, err = probetag.Parse(t.Tag); err != nil {
		bad := &BadInputError{path + ".probe", quoted(t.Tag), probetag.Accepted}
		if part, ok := errors.AsType[*probetag.ValueError](err); ok && part.Field != probetag.Name {
			bad = &BadInputError{path + ".probe, " + part.Field, quoted(part.Value), part.Accepted}
		}
		return Target{}, bad
	}
	return t, nil
}

func decode[T any](raw []byte) (T, bool) {
	var v T
	err := json.Unmarshal(raw, &v)
	return v, err == nil
}

func valid(ok func(string) bool) func([]byte) (string, bool) {
	return func(raw []byte) (string, bool) {
		s, isText := decode[string](raw)
		return s, isText && ok(s)
	}
}

func parseRun(raw []byte) (time.Duration, bool) {
	s, isText := decode[string](raw)
	d, err := time.ParseDuration(s)
	return d, isText && err == nil && d >= MinRun && d <= MaxRun
}

// parseTime refuses years that can't be written as RFC 3339 again, in UTC.
func parseTime(raw []byte) (time.Time, bool) {
	at, ok := decode[time.Time](raw)
	at = timestamp(at)
	return at, ok && at.Year() > 1 && at.Year() < 10_000
}

func parseSilence(raw []byte) (Silence, bool) {
	f := objectReader{}
	f.open(raw, "since", "until", "questions")
	s := Silence{
		Since: required(&f, "since", "", parseTime), Until: required(&f, "until", "", parseTime),
		Questions: required(&f, "questions", "", decode[int]),
	}
	return s, f.err == nil && s.Questions > 0 && !s.Until.Before(s.Since)
}

func parseList(raw []byte) ([]json.RawMessage, bool) {
	list, ok := decode[[]json.RawMessage](raw)
	return list, ok && len(list) > 0
}

// parseAddress refuses link-local addresses, among which are the endpoints for metadata and credentials. It accepts loopback
// addresses, so that the probe can be tried on a machine of one's own.
func parseAddress(raw []byte) (netip.Addr, bool) {
	s, isText := decode[string](raw)
	a, err := netip.ParseAddr(s)
	return a, isText && err == nil && (a.IsGlobalUnicast() || a.IsLoopback()) && a.Zone() == "" && !a.Is4In6()
}

func parseAddresses(raw []byte) ([]netip.Addr, bool) {
	list, ok := decode[[]json.RawMessage](raw)
	var all []netip.Addr
	for _, raw := range list {
		a, valid := parseAddress(raw)
		all, ok = append(all, a), ok && valid
	}
	return all, ok
}
