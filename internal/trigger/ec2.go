package trigger

import (
	"encoding/json"

	"github.com/eni-failover/eni-failover/internal/ident"
)

// decodeInstance reads the instance id, which the details of all of EC2's events have.
func decodeInstance(t *Trigger, detail json.RawMessage) (object, error) {
	o, err := decodeObject("detail", detail)
	if err != nil {
		return object{}, err
	}
	t.Instance, err = o.checked("instance-id", ident.ValidInstanceID, ident.AcceptedInstanceID)
	return o, err
}

// decodeSpotInterruption reads a Spot interruption warning. Its action makes no difference to the move: a hibernated or
// stopped instance serves as little as a terminated one.
func decodeSpotInterruption(t *Trigger, detail json.RawMessage) error {
	t.Kind = KindSpotInterruption
	o, err := decodeInstance(t, detail)
	if err != nil {
		return err
	}
	_, err = o.checked("instance-action", oneOf("terminate", "stop", "hibernate"), "terminate, stop or hibernate")
	return err
}

// decodeStateChange reads a state-change notification.
func decodeStateChange(t *Trigger, detail json.RawMessage) error {
	o, err := decodeInstance(t, detail)
	if err != nil {
		return err
	}
	state, err := o.checked("state",
		oneOf("pending", "running", "stopping", "stopped", "shutting-down", "terminated"),
		"pending, running, stopping, stopped, shutting-down or terminated")
	if err != nil {
		return err
	}
	// An instance that is pending can't take an interface yet; its event running comes when it can.
	if state == "pending" {
		t.Kind, t.Ignored = KindUnknown, "no action for an instance that is pending"
		return nil
	}
	t.Kind = Kind(state) // the kinds of state changes have the names of the states
	return nil
}

// decodeRebalance reads a rebalance recommendation.
func decodeRebalance(t *Trigger, detail json.RawMessage) error {
	t.Kind = KindRebalance
	_, err := decodeInstance(t, detail)
	return err
}
