package trigger

import (
	"encoding/json"

	"github.com/eni-failover/eni-failover/internal/ident"
)

// SourceManual is the source of the events that people send themselves.
const SourceManual = "eni-failover"

// decodeRequest reads the detail of a manual request that came in an envelope.
func decodeRequest(t *Trigger, detail json.RawMessage) error {
	t.Kind = KindManual
	o, err := decodeObject("detail", detail)
	if err != nil {
		return err
	}
	return decodeManual(t, o)
}

// decodeManual reads a manual request: the detail of an enveloped one, or a bare one as a whole.
func decodeManual(t *Trigger, o object) error {
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

// checkRequest checks what the fields of a manual request must be together.
func (t *Trigger) checkRequest(o object) error {
	switch {
	case t.Group == "" && t.Interface == "":
		return o.bad("group", "a group, or an interface in networkInterfaceId")
	case t.Group != "" && t.Interface != "":
		return o.bad("networkInterfaceId", "either group or networkInterfaceId, not both")
	case t.Target != "" && t.Target == t.From:
		return o.bad("target", "another instance than from")
	case t.Time.IsZero() && t.Target == "" && t.From == "":
		// Without either, and without a time to compare the attachment's with, a request that is
		// delivered twice would move the interface back.
		return o.bad("target", "a target or a from, since the request has no time")
	}
	return nil
}
