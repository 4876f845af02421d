package trigger

import (
	"encoding/json"

	"github.com/eni-failover/eni-failover/internal/ident"
)

// SourceOwn is the source of the project's own events: requests of people, the schedule that rehearses, and the verdicts
// and notes of the probe and of monitors.
const SourceOwn = "eni-failover"

// decodeManual reads the detail of a manual request that came in an envelope.
func decodeManual(t *Trigger, detail json.RawMessage) error {
	t.Kind = KindManual
	o, err := decodeObject("detail", detail)
	if err != nil {
		return err
	}
	return readRequest(t, o)
}

// readRequest reads a manual request: the detail of an envelope, or an event without an envelope as a whole.
func readRequest(t *Trigger, o object) error {
	// A misspelled option, like dryrun, must not be dropped silently.
	err := o.only("group", "networkInterfaceId", "from", "target", "dryRun", "force")
	if err != nil {
		return err
	}
	if t.Group, err = o.optional("group", ident.ValidGroup, ident.AcceptedGroup); err != nil {
		return err
	}
	if t.Interface, err = o.optional("networkInterfaceId", ident.ValidInterfaceID, ident.AcceptedInterfaceID); err != nil {
		return err
	}
	if t.From, err = o.optional("from", ident.ValidInstanceID, ident.AcceptedInstanceID); err != nil {
		return err
	}
	if t.Target, err = o.optional("target", ident.ValidInstanceID, ident.AcceptedInstanceID); err != nil {
		return err
	}
	if t.DryRun, err = o.flag("dryRun"); err != nil {
		return err
	}
	if t.Force, err = o.flag("force"); err != nil {
		return err
	}
	return t.checkRequest(o)
}

// checkRequest checks the fields of a manual request together.
func (t *Trigger) checkRequest(o object) error {
	switch {
	case t.Group == "" && t.Interface == "":
		return o.bad("group", "a group, or an interface in networkInterfaceId")
	case t.Group != "" && t.Interface != "":
		return o.bad("networkInterfaceId", "either group or networkInterfaceId, not both")
	case t.Target != "" && t.Target == t.From:
		return o.bad("target", "another instance than from")
	case t.Time.IsZero() && t.Target == "" && t.From == "":
		// A request that is delivered twice would move the interface back, if it named neither and had no time that the
		// attachment could be compared with.
		return o.bad("target", "a target or a from, since the request has no time")
	}
	return nil
}
