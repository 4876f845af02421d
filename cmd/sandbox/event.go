package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/events"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/textfmt"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// sample is the event that is sent unless another is given.
const sample = "events/spot-interruption.json"

// event is what is sent to the handler.
type event struct {
	name string // for a person: its file or its flag
	data []byte
}

// readEvents reads the events that are to be sent to the account: only -invoke takes several.
func (o options) readEvents(stdin io.Reader, w awssim.World) ([]event, error) {
	if o.change.flag != "" {
		e, err := o.change.event(w)
		return []event{e}, err
	}
	names := o.files
	if len(names) == 0 {
		names = []string{cmp.Or(o.event, sample)}
	}
	var list []event
	for _, name := range names {
		data, err := readEvent(stdin, name)
		if err != nil {
			return nil, usage("-event: %w; accepted: a file that holds one event as JSON, or -", err)
		}
		if name == "-" {
			name = "standard input"
		}
		list = append(list, event{name: name, data: data})
	}
	return list, nil
}

// readEvent reads an event from a file or, named -, standard input. The samples in events/ can be read outside the
// repository, too.
func readEvent(stdin io.Reader, name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(io.LimitReader(stdin, trigger.MaxBytes+1)) // enough for the handler to refuse
	}
	data, err := os.ReadFile(name) //nolint:gosec // the user says which
	if errors.Is(err, fs.ErrNotExist) && path.Dir(filepath.ToSlash(name)) == path.Dir(sample) {
		if data, err := events.Samples.ReadFile(filepath.Base(name)); err == nil {
			return data, nil
		}
	}
	return data, err
}

// change is something that happens to an instance of the account. Its event is made from a sample.
type change struct{ flag, sample, instance string }

// changeSamples returns the samples of the changes, by flag.
func changeSamples() map[string]string {
	return map[string]string{
		"interrupt": "spot-interruption.json",
		"stop":      "instance-stopping.json",
		"terminate": "instance-shutting-down.json",
	}
}

// event returns the sample with the instance, the account and the Region of the world w.
func (c change) event(w awssim.World) (event, error) {
	s, err := newSession(w, nil)
	if err != nil {
		return event{}, err
	}
	w = s.now().World() // with its defaults
	in := findInstance(&w, c.instance)
	switch {
	case in == nil:
		return event{}, usage("-%s is %q; accepted: an instance of the account; those with managed interfaces: %s", c.flag, c.instance, holders(w))
	case c.flag == "interrupt" && in.Lifecycle != "spot":
		return event{}, usage("-interrupt is %q: it is %s, and only Spot instances are interrupted; accepted: a Spot instance, or -stop or -terminate",
			in.ID, market(*in))
	}
	data, err := events.Samples.ReadFile(c.sample)
	if err != nil {
		return event{}, err
	}
	text := strings.NewReplacer(
		"eu-west-1a", in.AZ, "eu-west-1", w.Region, "123456789012", w.Account, "i-0a1b2c3d4e5f60001", in.ID, "i-0a1b2c3d4e5f60002", in.ID,
		`"instance-action": "terminate"`, `"instance-action": "`+cmp.Or(in.SpotBehavior, "terminate")+`"`,
	).Replace(string(data))
	return event{name: "-" + c.flag + " " + in.ID, data: []byte(text)}, nil
}

// holders lists the first few instances that hold managed interfaces.
func holders(w awssim.World) string {
	var ids []string
	for _, e := range w.Interfaces {
		if e.Tags[inventory.TagGroup] != "" && e.Attachment != nil && !slices.Contains(ids, e.Attachment.Instance) {
			ids = append(ids, e.Attachment.Instance)
		}
	}
	return cmp.Or(textfmt.List(ids, ", ", 10), "none, since no instance holds a managed interface")
}

// happeningAt moves an event's time, and by as much all other times in it, so that it happens at the instant now.
// An event without a time of its own, or with one that can't be read, is not changed: the handler says what is wrong.
func (e event) happeningAt(now time.Time) event {
	var envelope struct{ Time time.Time }
	if json.Unmarshal(e.data, &envelope) != nil || envelope.Time.IsZero() {
		return e
	}
	by := now.Sub(envelope.Time)
	// CloudWatch writes offsets without a colon.
	times := regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)`)
	e.data = times.ReplaceAllFunc(e.data, func(text []byte) []byte {
		for _, offset := range []string{"Z07:00", "-0700"} {
			if t, err := time.Parse("2006-01-02T15:04:05"+offset, string(text)); err == nil {
				return t.Add(by).UTC().AppendFormat(nil, "2006-01-02T15:04:05.000"+offset)
			}
		}
		return text
	})
	return e
}
