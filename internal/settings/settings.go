// Package settings reads the environment variables that configure a deployment, and reports all that are wrong in one
// error. It checks their form; package plan gives them their meaning.
//
// It reads nothing by itself: main passes a lookup function, so that the environment is read in one place.
package settings

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/ident"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// Error names every setting that can't be used.
type Error struct {
	// Faults has one sentence per setting: the variable, its value and what is accepted.
	Faults []string
}

func (e *Error) Error() string { return "bad settings: " + strings.Join(e.Faults, "; ") }

// Reader reads environment variables and collects their faults. After a fault the value that it returns is not to be used.
type Reader struct {
	lookup func(string) (string, bool)
	faults []string
}

// NewReader makes a reader of the variables that lookup finds. An unset or blank variable has its default.
func NewReader(lookup func(name string) (value string, ok bool)) *Reader {
	return &Reader{lookup: lookup}
}

// Err returns an [*Error] with the faults of all variables read so far; nil if there are none.
func (r *Reader) Err() error {
	if len(r.faults) == 0 {
		return nil
	}
	return &Error{Faults: r.faults}
}

// Policy reads the variables that both failover and audit decide by, so that both decide alike. DETACH_GRACE and
// START_SETTLE are not among them: they limit a move, and the audit moves nothing.
func (r *Reader) Policy() plan.Policy {
	return plan.Policy{
		Groups:        r.Groups("GROUPS"),
		Cooldown:      r.Duration("COOLDOWN", 10*time.Minute),
		ImpairedAfter: r.Duration("IMPAIRED_AFTER", 5*time.Minute),

		ActOnRebalance: r.Flag("ACT_ON_REBALANCE"),
		StartStandbys:  r.Flag("START_STANDBYS"),
	}
}

func (r *Reader) get(name string) string {
	value, _ := r.lookup(name)
	return strings.TrimSpace(value)
}

func (r *Reader) fault(name, value, accepted string) {
	r.faults = append(r.faults, fmt.Sprintf("%s is %q; accepted: %s", name, value, accepted))
}

// Flag reads true or false; the default is false.
func (r *Reader) Flag(name string) bool {
	value := r.get(name)
	if value == "" {
		return false
	}
	b, err := strconv.ParseBool(value)
	if err != nil {
		r.fault(name, value, "true or false")
	}
	return b
}

// Duration reads a duration of 0 or more. It has a unit, except for 0.
func (r *Reader) Duration(name string, byDefault time.Duration) time.Duration {
	value := r.get(name)
	if value == "" {
		return byDefault
	}
	d, err := time.ParseDuration(value)
	if value == "0" {
		d, err = 0, nil
	}
	if err != nil || d < 0 {
		r.fault(name, value, "a duration of 0 or more with its unit, like 15s or 10m")
	}
	return d
}

// DurationWithin reads a duration with its unit, from shortest to longest.
func (r *Reader) DurationWithin(name string, byDefault, shortest, longest time.Duration) time.Duration {
	value := r.get(name)
	if value == "" {
		return byDefault
	}
	d, err := time.ParseDuration(value)
	if err != nil || d < shortest || d > longest {
		r.fault(name, value, fmt.Sprintf("a duration from %s to %s with its unit, like %s", shortest, longest, byDefault))
	}
	return d
}

// Text reads a text; an empty one is unset. The accepted form is in words.
func (r *Reader) Text(name string, valid func(string) bool, accepted string) string {
	value := r.get(name)
	if value != "" && !valid(value) {
		r.fault(name, value, accepted)
	}
	return value
}

// VPC reads the id of a VPC; empty if none is set.
func (r *Reader) VPC(name string) string {
	return r.Text(name, ident.ValidVPCID, ident.AcceptedVPCID+", or nothing for none")
}

// Endpoint checks AWS_ENDPOINT_URL. The SDK reads the variable by itself and accepts any text; every call would then fail.
func (r *Reader) Endpoint() {
	const name = "AWS_ENDPOINT_URL"
	value := r.get(name)
	if value == "" {
		return
	}
	u, err := url.Parse(value)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
		r.fault(name, value, "a URL that begins with http:// or https://, like http://localhost:4566")
	}
}

// Groups reads group names, separated by commas; nil stands for all groups. A list without any name is a fault: it must
// not be taken for all groups.
func (r *Reader) Groups(name string) []string {
	if value := r.get(name); value != "" && strings.Trim(value, ", ") == "" {
		r.fault(name, value, "at least one group name, or nothing for all groups")
	}
	return r.list(name, ident.ValidGroup, "group names with commas between, each "+ident.AcceptedGroup)
}

// Keys reads the ARNs of KMS keys, separated by commas; nil if there are none.
func (r *Reader) Keys(name string) []string {
	return r.list(name, ident.ValidKeyARN, "ARNs with commas between, each "+ident.AcceptedKeyARN)
}

// list reads texts that are separated by commas. Each one that is not valid is a fault of its own.
func (r *Reader) list(name string, valid func(string) bool, accepted string) []string {
	var list []string
	for text := range strings.SplitSeq(r.get(name), ",") {
		text = strings.TrimSpace(text)
		switch {
		case text == "":
		case !valid(text):
			r.fault(name, text, accepted)
		default:
			list = append(list, text)
		}
	}
	return list
}
