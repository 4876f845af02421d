// Package probetag reads the tag eni-failover:probe, which says what must answer at an interface's address. The probe
// asks by it, and the failover and the audit check it. It is pure and imports only the standard library.
package probetag

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Name is the key of the tag.
const Name = "eni-failover:probe"

// Accepted describes the accepted values of the tag.
const Accepted = "words with blanks between: at least one of tcp:PORT, http:PORT[/path], https:PORT[/path]; " +
	"optional for:DURATION (2s to 10m) and timeout:DURATION (100ms to 10s)"

// The defaults and limits of the durations.
const (
	DefaultFor     = 10 * time.Second
	MinFor         = 2 * time.Second
	MaxFor         = 10 * time.Minute
	DefaultTimeout = time.Second
	MinTimeout     = 100 * time.Millisecond
	MaxTimeout     = 10 * time.Second
)

// MaxBytes limits the tag's value ("Tag your Amazon EC2 resources", tag restrictions: 256 characters).
const MaxBytes = 256

// Kind is the protocol of a check.
type Kind string

// The kinds of checks.
const (
	TCP   Kind = "tcp"
	HTTP  Kind = "http"
	HTTPS Kind = "https"
)

// Check is one question that the service must answer.
type Check struct {
	Kind Kind
	Port uint16
	// Path is the path of an HTTP check, "/" if the tag has none; empty for TCP.
	Path string
	text string
}

// String returns the check as the tag has it, like tcp:5432.
func (c Check) String() string { return c.text }

// Probe is the value of a tag.
type Probe struct {
	// Checks has at least one check, in the order of the tag. All must be answered.
	Checks []Check
	// For is the time without an answer after which the target is down.
	For time.Duration
	// Timeout limits one question.
	Timeout time.Duration
}

// ValueError says which word of the tag's value can't be used, its value, and what is accepted.
type ValueError struct {
	// Field is the part of the word before the colon, or the tag's name if the fault is not in a single word.
	Field    string
	Value    string
	Accepted string
}

func (e *ValueError) Error() string {
	return fmt.Sprintf("%s is %q; accepted: %s", e.Field, e.Value, e.Accepted)
}

// Parse reads the tag's value. Its error is a [*ValueError].
func Parse(value string) (Probe, error) {
	p := Probe{}
	if len(value) > MaxBytes {
		return p, &ValueError{Name, value[:40] + "…", fmt.Sprintf("at most %d bytes", MaxBytes)}
	}
	seen := map[string]bool{}
	for word := range strings.FieldsSeq(value) {
		if err := p.add(word, seen); err != nil {
			return Probe{}, err
		}
	}
	if len(p.Checks) == 0 {
		return Probe{}, &ValueError{Name, value, Accepted}
	}
	if p.For == 0 {
		p.For = DefaultFor
	}
	if p.Timeout == 0 {
		p.Timeout = DefaultTimeout
	}
	return p, nil
}

// add reads one word. seen has the words that may occur only once.
func (p *Probe) add(word string, seen map[string]bool) error {
	field, value, _ := strings.Cut(word, ":")
	once := word
	var err error
	switch field {
	case "for":
		once = field
		p.For, err = duration(field, value, MinFor, MaxFor)
	case "timeout":
		once = field
		p.Timeout, err = duration(field, value, MinTimeout, MaxTimeout)
	case string(TCP), string(HTTP), string(HTTPS):
		var c Check
		c, err = check(Kind(field), value)
		c.text = word
		p.Checks = append(p.Checks, c)
	default:
		return &ValueError{Name, word, Accepted}
	}
	if err == nil && seen[once] {
		return &ValueError{field, value, "each check, for and timeout once"}
	}
	seen[once] = true
	return err
}

func duration(field, value string, least, most time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(value)
	if err != nil || d < least || d > most {
		return 0, &ValueError{field, value, fmt.Sprintf("a duration from %s to %s", short(least), short(most))}
	}
	return d, nil
}

// short returns a duration without the zero seconds that String appends to minutes.
func short(d time.Duration) string { return strings.Replace(d.String(), "m0s", "m", 1) }

func check(kind Kind, value string) (Check, error) {
	port, path := value, ""
	if i := strings.IndexByte(value, '/'); i >= 0 && kind != TCP {
		port, path = value[:i], value[i:]
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		accepted := "a port from 1 to 65535"
		if kind != TCP {
			accepted += ", and after it a path that begins with / or nothing"
		}
		return Check{}, &ValueError{string(kind), value, accepted}
	}
	c := Check{Kind: kind, Port: uint16(n)}
	if kind != TCP {
		if path == "" {
			path = "/"
		}
		if !validPath(path) {
			return Check{}, &ValueError{string(kind), value, "a path in printable ASCII, percent-encoded where a URL wants it, without #"}
		}
		c.Path = path
	}
	return c, nil
}

// validPath reports whether a request line can contain path as it is.
func validPath(path string) bool {
	for _, c := range []byte(path) {
		if c <= ' ' || c > '~' || c == '#' {
			return false
		}
	}
	_, err := url.ParseRequestURI(path)
	return err == nil
}
