package trigger

import (
	"encoding/json"
	"strings"

	"github.com/eni-failover/eni-failover/internal/ident"
)

// HookPrefix is the prefix of the names of the lifecycle hooks that may be completed.
const HookPrefix = "eni-failover"

// Hook identifies the lifecycle action for which an Auto Scaling group waits.
type Hook struct {
	// AutoScalingGroup is the name of the group, Name that of the hook. Token identifies the action.
	AutoScalingGroup, Name, Token string
}

// Ours reports whether the hook may be completed. Other tools complete theirs.
func (h Hook) Ours() bool { return strings.HasPrefix(h.Name, HookPrefix) }

// decodeLifecycle reads a terminate lifecycle action. Its destination makes no difference: in a warm pool the instance
// serves as little as after its end.
func decodeLifecycle(t *Trigger, detail json.RawMessage) error {
	t.Kind = KindLifecycle
	o, err := decodeObject("detail", detail)
	if err != nil {
		return err
	}
	if t.Instance, err = o.checked("EC2InstanceId", ident.ValidInstanceID, ident.AcceptedInstanceID); err != nil {
		return err
	}
	const terminating = "autoscaling:EC2_INSTANCE_TERMINATING"
	if _, err = o.checked("LifecycleTransition", oneOf(terminating), terminating); err != nil {
		return err
	}
	if t.Hook.AutoScalingGroup, err = o.checked("AutoScalingGroupName", shortText, "the name of an Auto Scaling group, at most 255 characters"); err != nil {
		return err
	}
	if t.Hook.Name, err = o.checked("LifecycleHookName", shortText, "the name of a lifecycle hook, at most 255 characters"); err != nil {
		return err
	}
	t.Hook.Token, err = o.optional("LifecycleActionToken", shortText, "a lifecycle action's token")
	return err
}

// shortText accepts what Auto Scaling accepts as a name (XmlStringMaxLen255), without control characters.
func shortText(s string) bool {
	return s != "" && len(s) <= 255 && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}
