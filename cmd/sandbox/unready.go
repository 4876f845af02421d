package main

import (
	"fmt"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// unreadyWorld is the account that is audited unless another is given: the failovers that would not work, one
// group each, beside one that would.
func unreadyWorld() awssim.World {
	w := defaultWorld()
	w.Instances = w.Instances[:2] // db: a Spot holder and an On-Demand standby, all well
	w.Interfaces = w.Interfaces[:1]
	w.InstanceTypes = nil
	n := 10
	id := func(kind string) string {
		n++
		return fmt.Sprintf("%s-0a1b2c3d4e5f6%04d", kind, n)
	}
	add := func(groups, name string, in awssim.Instance) string {
		in = memberOf(groups, id("i"), name, in)
		w.Instances = append(w.Instances, in)
		return in.ID
	}
	address := func(group, holder string, index int, change func(*awssim.Interface)) {
		e := awssim.Interface{
			ID: id("eni"), VPC: vpcID, PrivateIPs: []awssim.PrivateIP{{Address: fmt.Sprintf("10.0.1.%d", n)}},
			Tags:       map[string]string{"eni-failover:group": group},
			Attachment: &awssim.Attachment{Instance: holder, DeviceIndex: index},
		}
		change(&e)
		w.Interfaces = append(w.Interfaces, e)
	}
	asItIs := func(*awssim.Interface) {}
	spot := awssim.Instance{Lifecycle: "spot"}

	// web: the only other member is in another Availability Zone, and the record points elsewhere.
	holder := add("web", "web-1", awssim.Instance{})
	add("web", "web-2", awssim.Instance{AZ: zoneB})
	address("web", holder, 1, func(e *awssim.Interface) { e.Tags["eni-failover:record"] = "web.corp.internal" })
	w.Zones[0].Records = append(w.Zones[0].Records, awssim.Record{Name: "web.corp.internal", Type: "A", TTL: 60, Values: []string{"10.0.1.200"}})

	// queue: two interfaces go together, and one slot is left for them.
	holder = add("queue", "queue-1", awssim.Instance{})
	add("queue", "queue-2", awssim.Instance{Type: "t3.micro"})
	address("queue", holder, 1, asItIs)
	address("queue", holder, 2, asItIs)

	// cache: Spot instances of one pool, and an interface that dies with its holder.
	holder = add("cache", "cache-1", spot)
	add("cache", "cache-2", spot)
	address("cache", holder, 1, func(e *awssim.Interface) { e.Attachment.DeleteOnTermination = true })

	// game: the standby is impaired, and its priority can't be read.
	holder = add("game", "game-1", spot)
	standby := add("game", "game-2", awssim.Instance{InstanceStatus: "impaired"})
	for at := range w.Instances {
		if w.Instances[at].ID == standby {
			w.Instances[at].Tags["eni-failover:priority"] = "high"
		}
	}
	address("game", holder, 1, func(e *awssim.Interface) { e.Tags["eni-failover:record"] = "game.corp.internal" })

	// vpn: paused, and forgotten so. nat: on an instance that is stopped.
	holder = add("vpn nat", "vpn-1", awssim.Instance{})
	address("vpn", holder, 1, func(e *awssim.Interface) { e.Tags["eni-failover:paused"] = "for the upgrade" })
	holder = add("nat", "nat-1", awssim.Instance{State: "stopped"})
	address("nat", holder, 1, asItIs)

	// mail: somebody tagged the instances, and forgot the interface.
	add("mail", "mail-1", awssim.Instance{})
	return w
}
