package failover_test

import (
	"fmt"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// oneStandby is an account with a Spot instance 1 that holds interface a, a standby 2, and a member 3 in another zone.
func oneStandby(change ...func(*awssim.World)) awssim.World {
	w := awssim.World{
		Instances:  []awssim.Instance{instance("1", spot), instance("2"), instance("3", inZone(zoneB))},
		Interfaces: []awssim.Interface{eni("a", "1")},
	}
	for _, f := range change {
		f(&w)
	}
	return w
}

// twoStandbys is oneStandby with a second standby 4, which ranks behind 2.
func twoStandbys(change ...func(*awssim.World)) awssim.World {
	return oneStandby(append([]func(*awssim.World){withInstances(instance("4", instanceTag("eni-failover:priority", "200")))}, change...)...)
}

// onDemandGroup is twoStandbys with an On-Demand holder.
func onDemandGroup(change ...func(*awssim.World)) awssim.World {
	return twoStandbys(append([]func(*awssim.World){withHolder(onDemand)}, change...)...)
}

// unreachableHolder is an account whose holder fails its status checks and has held the interface for an hour.
func unreachableHolder(change ...func(*awssim.World)) awssim.World {
	w := awssim.World{
		Instances:  []awssim.Instance{instance("1", impaired), instance("2")},
		Interfaces: []awssim.Interface{eni("a", "1")},
	}
	for _, f := range change {
		f(&w)
	}
	return w
}

// manyInterfaces is an account with a Spot instance 1 that holds n interfaces, and with standbys.
func manyInterfaces(n int, standbys ...awssim.Instance) awssim.World {
	w := awssim.World{Instances: append([]awssim.Instance{instance("1", spot, ofType("big.1"))}, standbys...)}
	w.InstanceTypes = []awssim.InstanceType{{Name: "big.1", MaximumInterfaces: 200, IPv4PerInterface: 10}}
	for k := range n {
		w.Interfaces = append(w.Interfaces, eni(fmt.Sprintf("a%d", k), "1", atIndex(k+1)))
	}
	return w
}

// withHolder changes instance 1, the holder.
func withHolder(f ...func(*awssim.Instance)) func(*awssim.World) {
	return func(w *awssim.World) {
		for _, f := range f {
			f(&w.Instances[0])
		}
	}
}

// withInstances adds instances.
func withInstances(list ...awssim.Instance) func(*awssim.World) {
	return func(w *awssim.World) { w.Instances = append(w.Instances, list...) }
}

// withInterfaces adds interfaces.
func withInterfaces(list ...awssim.Interface) func(*awssim.World) {
	return func(w *awssim.World) { w.Interfaces = append(w.Interfaces, list...) }
}

const dnsName = "db.corp.internal"

// withRecord gives interface a the address 10.0.0.5 and a name. The name gets a record with the given address.
func withRecord(name, address string) func(*awssim.World) {
	return func(w *awssim.World) {
		w.Interfaces[0].PrivateIPs = []awssim.PrivateIP{{Address: "10.0.0.5"}}
		w.Interfaces[0].Tags["eni-failover:record"] = name
		w.Zones = []awssim.Zone{{
			ID: "Z0123456789", Name: "corp.internal", VPCs: []string{vpcID},
			Records: []awssim.Record{{Name: name, Type: "A", TTL: 60, Values: []string{address}}},
		}}
	}
}

// timing is the timing of a healthy account: a call takes 20 ms, a detach 2 s.
func timing() awssim.Timing {
	return awssim.Timing{
		Call: awssim.Duration(20 * time.Millisecond), Detach: awssim.Duration(2 * time.Second),
		Attach: awssim.Duration(time.Second), Stop: awssim.Duration(30 * time.Second),
		Start: awssim.Duration(10 * time.Second), Terminate: awssim.Duration(30 * time.Second),
	}
}

// fastMoves sets fastTiming.
func fastMoves(w *awssim.World) { w.Timing = fastTiming() }

// fastTiming is timing with a short detach and attach, for tests with many moves: they make fewer looks.
func fastTiming() awssim.Timing {
	t := timing()
	t.Detach, t.Attach = awssim.Duration(100*time.Millisecond), awssim.Duration(100*time.Millisecond)
	return t
}
