package awssim

import "slices"

// builtinTypes is the table of common instance types, from AWS's "IP addresses per network interface
// per instance type": limits go by size within a family.
func builtinTypes() []InstanceType {
	type size struct {
		name       string
		interfaces int
		addresses  int // IPv4 and IPv6 each, per interface
	}
	burstable := []size{
		{"nano", 2, 2},
		{"micro", 2, 2},
		{"small", 3, 4},
		{"medium", 3, 6},
		{"large", 3, 12},
		{"xlarge", 4, 15},
		{"2xlarge", 4, 15},
	}
	intel := []size{{"large", 3, 10}, {"xlarge", 4, 15}, {"2xlarge", 4, 15}, {"4xlarge", 8, 30}}
	graviton := append([]size{{"medium", 2, 4}}, intel...)
	families := []struct {
		name       string
		hypervisor string
		sizes      []size
	}{
		{"t3", "nitro", burstable},
		{"t3a", "nitro", slices.Replace(slices.Clone(burstable), 2, 3, size{"small", 2, 4})},
		{"t4g", "nitro", burstable},
		{"t2", "xen", burstable},
		{"m4", "xen", []size{{"large", 2, 10}, {"xlarge", 4, 15}}},
		{"m5", "nitro", intel},
		{"m6i", "nitro", intel},
		{"m7i", "nitro", intel},
		{"c5", "nitro", intel},
		{"c6i", "nitro", intel},
		{"c7i", "nitro", intel},
		{"r5", "nitro", intel},
		{"r6i", "nitro", intel},
		{"m6g", "nitro", graviton},
		{"m7g", "nitro", graviton},
		{"c6g", "nitro", graviton},
		{"c7g", "nitro", graviton},
		{"r6g", "nitro", graviton},
	}
	var types []InstanceType
	for _, f := range families {
		for _, s := range f.sizes {
			types = append(types, InstanceType{
				Name: f.name + "." + s.name, Hypervisor: f.hypervisor,
				MaximumInterfaces: s.interfaces, CardInterfaces: []int{s.interfaces},
				IPv4PerInterface: s.addresses, IPv6PerInterface: s.addresses,
			})
		}
	}
	// One type with several network cards, each with its own limit.
	return append(types, InstanceType{
		Name: "p4d.24xlarge", Hypervisor: "nitro", MaximumInterfaces: 60,
		CardInterfaces: []int{15, 15, 15, 15}, IPv4PerInterface: 50, IPv6PerInterface: 50,
	})
}

// typeTable is the built-in table with the world's own types added, overriding equal names.
func typeTable(own []InstanceType) map[string]InstanceType {
	table := map[string]InstanceType{}
	for _, t := range builtinTypes() {
		table[t.Name] = t
	}
	for _, t := range own {
		if t.Hypervisor == "" {
			t.Hypervisor = hypervisorNitro
		}
		if len(t.CardInterfaces) == 0 {
			t.CardInterfaces = []int{t.MaximumInterfaces}
		}
		table[t.Name] = t
	}
	return table
}

const (
	hypervisorNitro = "nitro"
	hypervisorXen   = "xen"
)
