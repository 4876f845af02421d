package main

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/eni-failover/eni-failover/events"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/sandbox/session"
	"github.com/eni-failover/eni-failover/internal/textfmt"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// sample is the event that is sent unless another is given.
const sample = "events/spot-interruption.json"

// readEvents reads the events that are to be sent to the account: only -invoke takes several.
func (o options) readEvents(stdin io.Reader, w awssim.World) ([]session.Event, error) {
	if o.change.flag != "" {
		e, err := o.change.event(w)
		return []session.Event{e}, err
	}
	names := o.files
	if len(names) == 0 {
		names = []string{cmp.Or(o.event, sample)}
	}
	var list []session.Event
	for _, name := range names {
		data, err := readEvent(stdin, name)
		if err != nil {
			return nil, usage("-event: %w; accepted: a file that holds one event as JSON, or -", err)
		}
		if name == "-" {
			name = "standard input"
		}
		list = append(list, session.Event{Name: name, Data: data})
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

// change is something that happens to an instance of the account: its flag, the sample that its event is made from, and the
// instance.
type change struct{ flag, sample, instance string }

// changeSamples returns the samples of the changes, by flag.
func changeSamples() map[string]string {
	return map[string]string{
		"interrupt": "spot-interruption.json",
		"stop":      "instance-stopping.json",
		"terminate": "instance-shutting-down.json",
	}
}

// event returns the event of the change in the account w.
func (c change) event(w awssim.World) (session.Event, error) {
	s, err := session.New(w, nil)
	if err != nil {
		return session.Event{}, &usageError{err: err}
	}
	w = s.Sim().World() // with its defaults
	in := session.FindInstance(&w, c.instance)
	switch {
	case in == nil:
		return session.Event{}, usage("-%s is %q; accepted: an instance of the account; those with managed interfaces: %s", c.flag, c.instance, holders(w))
	case c.flag == "interrupt" && in.Lifecycle != "spot":
		return session.Event{}, usage("-interrupt is %q: it is %s, and only Spot instances are interrupted; accepted: a Spot instance, or -stop or -terminate",
			in.ID, session.Market(*in))
	}
	return session.Event{Name: "-" + c.flag + " " + in.ID, Data: session.Change{Sample: c.sample, Instance: in.ID}.Event(w)}, nil
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
