package guesttest

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

// What cloud-init 26.1 configures on Ubuntu 24.04 when an interface comes (DataSourceEc2.py, convert_ec2_metadata_network_config):
// both interfaces' routes in the main table, and for the moved one a table with its subnet, and with its router for IPv4 only.
func TestRulesOfCloudInit(t *testing.T) {
	t.Parallel()
	for subnet, want := range map[int]struct{ v4, v6, primary string }{
		1: {v4: "a a a", v6: "a - -", primary: "a a a"},
		2: {v4: "a a a", v6: "- a -", primary: "a - a"},
	} {
		t.Run(map[int]string{1: "same subnet", 2: "other subnet"}[subnet], func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			a, clients, n := l.machine("a", ""), l.clients(), l.networkInterface(subnet)
			l.connect(a, 1, 21)
			a.serve()
			configure := func(device string, subnet, host, metric int) {
				for _, args := range []string{
					"addr add %[2]v/24 dev %[1]s noprefixroute", "addr add %[3]v/128 dev %[1]s nodad", "link set %[1]s up",
					"route add %[4]v/24 dev %[1]s metric %[8]d", "route add %[5]v/64 dev %[1]s metric %[8]d",
					"route add default via %[6]v dev %[1]s metric %[8]d", "route add default via %[7]v dev %[1]s metric %[8]d",
				} {
					a.run("ip", strings.Fields(fmt.Sprintf(args, device, v4(subnet, host), v6(subnet, host),
						v4(subnet, 0), v6(subnet, 0), v4(subnet, 1), v6(subnet, 1), metric))...)
				}
			}
			configure("eth0", 1, 21, 100)
			n.move(a)
			configure("eth1", subnet, 10, 200)
			for _, args := range []string{
				"route add %[3]v/24 dev eth1 table 101", "route add default via %[4]v dev eth1 table 101", "rule add from %[1]v table 101",
				"route add %[5]v/64 dev eth1 table 101", "-6 rule add from %[2]v table 101",
			} {
				a.run("ip", strings.Fields(fmt.Sprintf(args, n.v4, n.v6, v4(subnet, 0), v4(subnet, 1), v6(subnet, 0)))...)
			}
			clients.expect("with cloud-init's rules", map[netip.Addr]string{n.v4: want.v4, n.v6: want.v6, v4(1, 21): want.primary})
		})
	}
}

// With NetworkManager, cloud-init activates a profile of its own when an interface comes (net/activators.py, NetworkManagerActivator,
// and net/network_manager.py). It has no rules, and takes the place of the one that eni-failover-guest wrote.
func TestProfileOfCloudInit(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.serveDHCP()
	a, clients, n := l.networkManager("a", 21), l.clients(), l.networkInterface(1)
	a.serve()
	l.eventually("DHCP", func() bool { return a.has(v4(1, 21)) })
	a.prepare(n)
	n.move(a)
	clients.wait(a, n.v4, n.v6)
	const profile = "/etc/NetworkManager/system-connections/cloud-init-eth1.nmconnection"
	a.write(profile, strings.ReplaceAll(`[connection]
id=cloud-init eth1
autoconnect-priority=120
type=ethernet
[ethernet]
mac-address=MAC
[ipv4]
method=auto
[ipv6]
method=auto
`, "MAC", n.mac))
	a.run("chmod", "600", profile)
	a.run("nmcli", "connection", "load", profile)
	a.run("nmcli", "connection", "up", "filename", profile)
	l.eventually("no client gets an answer", func() bool { return clients.ask(n.v4)[n.v4] == "- - -" })
}
