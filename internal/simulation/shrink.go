package simulation

import (
	"maps"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// maxTries limits the scenarios that a shrinking may play.
const maxTries = 600

// Shrink leaves out of a scenario what it does not need to break a rule: happenings, kinds of faults, single faults,
// settings, instances, interfaces. The result breaks the same rule.
func Shrink(s Scenario, rule string, play func(Scenario) (Result, error)) Scenario {
	tries := 0
	breaks := func(c Scenario) (Result, bool) {
		tries++
		r, err := play(c)
		return r, err == nil && slices.ContainsFunc(r.Violations, func(v Violation) bool { return v.Rule == rule })
	}
	r, ok := breaks(s)
	if !ok {
		return s
	}
	for progress := true; progress; {
		progress = false
		for _, smaller := range reductions(s, r) {
			if tries >= maxTries {
				return s
			}
			c, changed := smaller(s)
			if !changed {
				continue
			}
			if result, ok := breaks(c); ok {
				s, r, progress = c, result, true
			}
		}
	}
	return s
}

// reduction makes a scenario smaller. It reports whether there was something to leave out.
type reduction func(s Scenario) (Scenario, bool)

// reductions lists what can be left out, the greatest savings first.
func reductions(s Scenario, r Result) []reduction {
	var list []reduction
	for _, h := range s.Happenings {
		list = append(list, func(s Scenario) (Scenario, bool) {
			n := len(s.Happenings)
			s.Happenings = slices.DeleteFunc(slices.Clone(s.Happenings), func(o Happening) bool { return o.ID == h.ID })
			return s, len(s.Happenings) < n
		})
	}
	for _, kind := range faultKinds() {
		list = append(list, func(s Scenario) (Scenario, bool) {
			if s.Faults.WithoutKinds[kind] {
				return s, false
			}
			s.Faults.WithoutKinds = adding(s.Faults.WithoutKinds, kind)
			return s, true
		})
	}
	for _, in := range s.World.Instances {
		list = append(list, func(s Scenario) (Scenario, bool) { return withoutInstance(s, in.ID) })
	}
	for _, e := range s.World.Interfaces {
		list = append(list, func(s Scenario) (Scenario, bool) {
			n := len(s.World.Interfaces)
			s.World.Interfaces = slices.DeleteFunc(slices.Clone(s.World.Interfaces), func(o awssim.Interface) bool { return o.ID == e.ID })
			return s, len(s.World.Interfaces) < n
		})
	}
	for name := range s.Settings {
		list = append(list, func(s Scenario) (Scenario, bool) {
			_, set := s.Settings[name]
			s.Settings = maps.Clone(s.Settings)
			delete(s.Settings, name)
			return s, set
		})
	}
	for _, fault := range r.Faults {
		list = append(list, func(s Scenario) (Scenario, bool) {
			if s.Faults.WithoutFaults[fault] {
				return s, false
			}
			s.Faults.WithoutFaults = adding(s.Faults.WithoutFaults, fault)
			return s, true
		})
	}
	return append(list, func(s Scenario) (Scenario, bool) {
		changed := s.Skew != 0 || s.Timeout != 300*time.Second
		s.Skew, s.Timeout = 0, 300*time.Second
		return s, changed
	})
}

func adding(set map[string]bool, key string) map[string]bool {
	c := map[string]bool{key: true}
	maps.Copy(c, set)
	return c
}

// withoutInstance removes an instance, and detaches its interfaces.
func withoutInstance(s Scenario, id string) (Scenario, bool) {
	n := len(s.World.Instances)
	s.World.Instances = slices.DeleteFunc(slices.Clone(s.World.Instances), func(o awssim.Instance) bool { return o.ID == id })
	s.World.Interfaces = slices.Clone(s.World.Interfaces)
	for i := range s.World.Interfaces {
		if holderOf(&s.World.Interfaces[i]) == id {
			s.World.Interfaces[i].Attachment = nil
		}
	}
	return s, len(s.World.Instances) < n
}
