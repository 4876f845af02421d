package main

import (
	"io"
	"os"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// The ids of the simulated account, which the samples in events/ speak of.
const (
	holderID    = "i-0a1b2c3d4e5f60001"
	standbyID   = "i-0a1b2c3d4e5f60002"
	secondID    = "i-0a1b2c3d4e5f60003"
	interfaceID = "eni-0a1b2c3d4e5f60001"

	zoneA = "eu-west-1a"
	zoneB = "eu-west-1b"
	vpcID = "vpc-0a1b2c3d4e5f60001"
)

// defaultWorld is the account that is simulated unless another is given: one database on a Spot instance,
// and a standby for each answer that a candidate can get. Delays are short enough to wait for.
func defaultWorld() awssim.World {
	return awssim.World{
		Region: "eu-west-1", Account: "123456789012",
		Timing: awssim.Timing{
			Call: awssim.Duration(20 * time.Millisecond), Detach: awssim.Duration(600 * time.Millisecond),
			Attach: awssim.Duration(300 * time.Millisecond), Stop: awssim.Duration(3 * time.Second),
			Start: awssim.Duration(3 * time.Second), Terminate: awssim.Duration(3 * time.Second),
		},
		Instances: []awssim.Instance{
			member(holderID, "db-1", awssim.Instance{Lifecycle: "spot"}),
			member(standbyID, "db-2", awssim.Instance{}),
			member(secondID, "db-3", awssim.Instance{Type: "m5.large", Lifecycle: "spot"}),
			member("i-0a1b2c3d4e5f60004", "db-4", awssim.Instance{AZ: zoneB}),
			member("i-0a1b2c3d4e5f60005", "db-5", awssim.Instance{State: "stopped"}),
			member("i-0a1b2c3d4e5f60006", "db-6", awssim.Instance{Type: "t3.micro"}), // full, see below
			member("i-0a1b2c3d4e5f60007", "db-7", awssim.Instance{Lifecycle: "spot", SpotStatus: "instance-terminated-no-capacity"}),
			member("i-0a1b2c3d4e5f60008", "db-8", awssim.Instance{InstanceStatus: "impaired"}),
		},
		Interfaces: []awssim.Interface{
			{
				ID: interfaceID, VPC: vpcID, Description: "the address of the database",
				PrivateIPs: []awssim.PrivateIP{{Address: "10.0.1.10"}},
				Tags: map[string]string{
					"Name": "db", "eni-failover:group": "db", "eni-failover:record": "db.corp.internal",
				},
				Attachment: &awssim.Attachment{Instance: holderID, DeviceIndex: 1},
			},
			{
				ID: "eni-0a1b2c3d4e5f60006", VPC: vpcID, Description: "takes the last slot of db-6",
				PrivateIPs: []awssim.PrivateIP{{Address: "10.0.1.66"}},
				Attachment: &awssim.Attachment{Instance: "i-0a1b2c3d4e5f60006", DeviceIndex: 1},
			},
		},
		Zones: []awssim.Zone{{
			ID: "Z0A1B2C3D4E5F60001", Name: "corp.internal", VPCs: []string{vpcID},
			Records: []awssim.Record{{Name: "db.corp.internal", Type: "A", TTL: 60, Values: []string{"10.0.1.10"}}},
		}},
	}
}

// member makes an instance of group db, a running t3.medium in the first zone but for what differs.
func member(id, name string, in awssim.Instance) awssim.Instance { return memberOf("db", id, name, in) }

// memberOf is member for another group, or several.
func memberOf(groups, id, name string, in awssim.Instance) awssim.Instance {
	in.ID, in.VPC = id, vpcID
	in.Tags = map[string]string{"Name": name, "eni-failover:group": groups}
	if in.AZ == "" {
		in.AZ = zoneA
	}
	if in.Type == "" {
		in.Type = "t3.medium"
	}
	return in
}

// readWorld reads the account that is to be simulated.
func (o options) readWorld(stdin io.Reader) (awssim.World, error) {
	switch {
	case o.world == "" && o.audit:
		return unreadyWorld(), nil
	case o.world == "":
		return defaultWorld(), nil
	}
	in, name := stdin, "standard input"
	if o.world != "-" {
		f, err := os.Open(o.world)
		if err != nil {
			return awssim.World{}, usage("-world: %w; accepted: a JSON file as -print-world prints it, or -", err)
		}
		defer func() { _ = f.Close() }() // only read
		in, name = f, o.world
	}
	world, err := awssim.ParseWorld(in)
	if err != nil {
		return awssim.World{}, usage("-world %s can't be used:\n%w", name, err)
	}
	return world, nil
}
