package simulation

import (
	"slices"
	"strings"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// The rules that say which instance may hold an interface, written a second time and independently of package plan:
// they read the account instead of an inventory, ask one plain question after the other, and rank nothing.

func findInterface(w *awssim.World, id string) *awssim.Interface {
	for n := range w.Interfaces {
		if w.Interfaces[n].ID == id {
			return &w.Interfaces[n]
		}
	}
	return nil
}

func findInstance(w *awssim.World, id string) *awssim.Instance {
	for n := range w.Instances {
		if w.Instances[n].ID == id {
			return &w.Instances[n]
		}
	}
	return nil
}

// onAttachment returns the interface with an attachment.
func onAttachment(w *awssim.World, attachment string) *awssim.Interface {
	for n := range w.Interfaces {
		if a := w.Interfaces[n].Attachment; a != nil && a.ID == attachment {
			return &w.Interfaces[n]
		}
	}
	return nil
}

func holderOf(e *awssim.Interface) string {
	if e == nil || e.Attachment == nil {
		return ""
	}
	return e.Attachment.Instance
}

func validGroup(group string) bool {
	return group != "" && len(group) <= 64 && !strings.ContainsFunc(group, func(c rune) bool {
		return !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-", c)
	})
}

func memberOf(tags map[string]string, group string) bool {
	return slices.Contains(strings.Fields(tags[tagGroup]), group)
}

// movable reports whether the function may move an interface, paused or not.
func movable(e *awssim.Interface) bool {
	return validGroup(e.Tags[tagGroup]) && plain(e)
}

// plain reports whether the function may touch an interface, whatever its tags.
func plain(e *awssim.Interface) bool {
	a := e.Attachment
	return e.Type == "interface" && !e.RequesterManaged && !e.OperatorManaged &&
		(a == nil || (a.DeviceIndex > 0 && a.NetworkCard == 0 && a.InstanceOwner == account))
}

func paused(e *awssim.Interface) bool {
	value, tagged := e.Tags[tagPaused]
	return tagged && value != "false"
}

func freeSlots(w *awssim.World, in *awssim.Instance) int {
	limit := limitsOf(in.Type)
	all, card0 := 0, 0
	for n := range w.Interfaces {
		if a := w.Interfaces[n].Attachment; a != nil && a.Instance == in.ID {
			all++
			if a.NetworkCard == 0 {
				card0++
			}
		}
	}
	return max(0, min(limit.MaximumInterfaces-all, limit.CardInterfaces[0]-card0))
}

func indexTaken(w *awssim.World, instance string, index int) bool {
	for n := range w.Interfaces {
		if a := w.Interfaces[n].Attachment; a != nil && a.Instance == instance && a.NetworkCard == 0 && a.DeviceIndex == index {
			return true
		}
	}
	return false
}

// interrupted reports whether EC2 says that Spot is about to take a running instance away. If a persistent request no
// longer names the instance, only the event says so.
func interrupted(in *awssim.Instance) bool {
	ended := strings.HasPrefix(in.SpotStatus, "instance-terminated-")
	said := ended && !in.SpotUnnamed || strings.HasPrefix(in.SpotStatus, "marked-for-")
	return in.Lifecycle == "spot" && in.State == "running" && said
}

func impaired(in *awssim.Instance) bool {
	return in.SystemStatus == "impaired" || in.InstanceStatus == "impaired"
}

// leavingGroup reports whether Auto Scaling says that an instance leaves its group. Auto Scaling forgets terminated
// instances.
func leavingGroup(in *awssim.Instance) bool {
	s := in.LifecycleState
	return in.AutoScalingGroup != "" && in.State != "terminated" && (terminating(in) || s == "Standby" || s == "EnteringStandby" ||
		strings.HasPrefix(s, "Detach") || strings.HasPrefix(s, "Warmed:"))
}

func terminating(in *awssim.Instance) bool {
	return in.AutoScalingGroup != "" && strings.HasPrefix(in.LifecycleState, "Terminat")
}

// leaving reports whether an instance stops, ends or is gone.
func leaving(in *awssim.Instance) bool {
	return in == nil || slices.Contains([]string{"stopping", "stopped", "shutting-down", "terminated"}, in.State)
}

func ending(in *awssim.Instance) bool {
	return in == nil || in.State == "shutting-down" || in.State == "terminated"
}

// fits reports whether an instance could take the interface apart from its health and its slots.
func fits(e *awssim.Interface, in *awssim.Instance) bool {
	return in.State == "running" && suits(e, in)
}

// suits reports whether an instance could take the interface if it ran, apart from its health and its slots.
func suits(e *awssim.Interface, in *awssim.Instance) bool {
	limit := limitsOf(in.Type)
	return memberOf(in.Tags, e.Tags[tagGroup]) && in.AZ == e.AZ && in.VPC == e.VPC &&
		len(e.PrivateIPs)+len(e.IPv4Prefixes) <= limit.IPv4PerInterface &&
		len(e.IPv6)+len(e.IPv6Prefixes) <= limit.IPv6PerInterface &&
		(len(e.IPv4Prefixes)+len(e.IPv6Prefixes) == 0 || limit.Hypervisor == "nitro")
}

// eligible reports whether an instance could take the interface now. An impaired instance could if nothing is lost by
// trying.
func eligible(w *awssim.World, e *awssim.Interface, in *awssim.Instance, nothingToLose bool) bool {
	return hasRoom(w, e, in) && !interrupted(in) && !leavingGroup(in) && (nothingToLose || !impaired(in))
}

// hasRoom reports whether an instance would be eligible if it were healthy and stayed.
func hasRoom(w *awssim.World, e *awssim.Interface, in *awssim.Instance) bool {
	return fits(e, in) && (freeSlots(w, in) > 0 || holderOf(e) == in.ID)
}

// standby returns another instance than but that could take the interface.
func standby(w *awssim.World, e *awssim.Interface, nothingToLose bool, but string) *awssim.Instance {
	for n := range w.Instances {
		in := &w.Instances[n]
		if in.ID != but && eligible(w, e, in, nothingToLose) {
			return in
		}
	}
	return nil
}
