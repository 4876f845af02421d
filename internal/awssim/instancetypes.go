package awssim

import (
	"maps"
	"slices"
	"strings"
)

// typeTable has the world's own instance types. They override built-in ones.
type typeTable map[string]InstanceType

// newTypeTable returns the table of a world's own types, with defaults.
func newTypeTable(own []InstanceType) typeTable {
	table := typeTable{}
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

// find returns a type by its name.
func (table typeTable) find(name string) (InstanceType, bool) {
	if t, own := table[name]; own {
		return t, true
	}
	if name == multiCardType().Name {
		return multiCardType(), true
	}
	family, size, _ := strings.Cut(name, ".")
	hypervisor, sizes := familySizes(family)
	n := slices.IndexFunc(sizes, func(s typeSize) bool { return s.name == size })
	if n < 0 {
		return InstanceType{}, false
	}
	return InstanceType{
		Name: name, Hypervisor: hypervisor,
		MaximumInterfaces: sizes[n].interfaces, CardInterfaces: []int{sizes[n].interfaces},
		IPv4PerInterface: sizes[n].addresses, IPv6PerInterface: sizes[n].addresses,
	}, true
}

// names returns the sorted names of all types.
func (table typeTable) names() []string {
	names := slices.Collect(maps.Keys(table))
	for _, family := range builtinFamilies() {
		_, sizes := familySizes(family)
		for _, s := range sizes {
			names = append(names, family+"."+s.name)
		}
	}
	names = append(names, multiCardType().Name)
	slices.Sort(names)
	return slices.Compact(names) // a world's type may have a built-in name
}

// typeSize is one size of a family, with its limits of interfaces, and of IPv4 and IPv6 addresses on each.
type typeSize struct {
	name       string
	interfaces int
	addresses  int
}

func builtinFamilies() []string {
	return []string{
		"t2", "t3", "t3a", "t4g", "m4", "m5", "m6i", "m7i", "c5", "c6i", "c7i", "r5", "r6i",
		"m6g", "m7g", "c6g", "c7g", "r6g",
	}
}

// familySizes returns common instance types from AWS's "IP addresses per network interface per instance type": within a
// family the limits depend on the size.
func familySizes(family string) (hypervisor string, sizes []typeSize) {
	switch family {
	case "t2":
		sizes := burstable()
		sizes[5].interfaces, sizes[6].interfaces = 3, 3
		return hypervisorXen, sizes
	case "t3", "t4g":
		return hypervisorNitro, burstable()
	case "t3a":
		return hypervisorNitro, slices.Replace(burstable(), 2, 3, typeSize{"small", 2, 4})
	case "m4":
		return hypervisorXen, []typeSize{{"large", 2, 10}, {"xlarge", 4, 15}}
	case "m5", "m6i", "m7i", "c5", "c6i", "c7i", "r5", "r6i":
		return hypervisorNitro, general()
	case "m6g", "m7g", "c6g", "c7g", "r6g":
		return hypervisorNitro, append([]typeSize{{"medium", 2, 4}}, general()...)
	default:
		return "", nil
	}
}

func burstable() []typeSize {
	return []typeSize{
		{"nano", 2, 2},
		{"micro", 2, 2},
		{"small", 3, 4},
		{"medium", 3, 6},
		{"large", 3, 12},
		{"xlarge", 4, 15},
		{"2xlarge", 4, 15},
	}
}

func general() []typeSize {
	return []typeSize{{"large", 3, 10}, {"xlarge", 4, 15}, {"2xlarge", 4, 15}, {"4xlarge", 8, 30}}
}

// multiCardType returns a type with several network cards, each with its own limit.
func multiCardType() InstanceType {
	return InstanceType{
		Name: "p4d.24xlarge", Hypervisor: hypervisorNitro, MaximumInterfaces: 60,
		CardInterfaces: []int{15, 15, 15, 15}, IPv4PerInterface: 50, IPv6PerInterface: 50,
	}
}

const (
	hypervisorNitro = "nitro"
	hypervisorXen   = "xen"
)
