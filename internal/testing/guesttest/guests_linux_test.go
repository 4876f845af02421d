package guesttest

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
)

// system starts a guest whose primary interface, in subnet 1, has the addresses of the host.
type system func(l *lab, name string, host int) *machine

// systems are the ways in which a guest manages its network.
var systems = map[string]system{
	"networkd":       (*lab).networkd,
	"NetworkManager": (*lab).networkManager,
}

// networkdDirectories is a script that makes what systemd-networkd needs.
const networkdDirectories = `mkdir -p /run/dbus /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp
chown -R systemd-network: /run/systemd/netif
`

// networkd starts a guest whose interfaces get their addresses by DHCP from systemd-networkd, as in images with netplan.
func (l *lab) networkd(name string, host int) *machine {
	l.tb.Helper()
	needTools(l.tb, "networkctl", "dbus-daemon")
	m := l.machine(name, networkdDirectories)
	m.write("/etc/systemd/network/10-netplan-all-en.network", `[Match]
Name=eth*
[Network]
DHCP=yes
LinkLocalAddressing=ipv6
[DHCPv4]
UseHostname=no
[DHCPv6]
UseHostname=no
`)
	l.connect(m, 1, host)
	m.startBus()
	m.start("/lib/systemd/systemd-networkd")
	m.answers("networkctl", "list")
	return m
}

// networkManager starts a guest whose interfaces get their addresses by DHCP from NetworkManager, by a profile like the one
// that NetworkManager makes for an Ethernet device without one (it makes none for virtual devices).
func (l *lab) networkManager(name string, host int) *machine {
	l.tb.Helper()
	needTools(l.tb, "NetworkManager", "nmcli", "dbus-daemon")
	m := l.machine(name, `mount -t tmpfs tmpfs /var/lib/NetworkManager
mkdir -p /run/dbus /run/NetworkManager /etc/NetworkManager/conf.d`)
	m.write("/etc/NetworkManager/NetworkManager.conf", `[main]
plugins=keyfile
dns=none
rc-manager=unmanaged
hostname-mode=none
`)
	m.write("/etc/NetworkManager/conf.d/10-globally-managed-devices.conf", "")
	m.write("/etc/NetworkManager/system-connections/wired.nmconnection", `[connection]
id=Wired connection
type=ethernet
autoconnect-priority=-100
multi-connect=3
[ipv4]
method=auto
[ipv6]
method=auto
addr-gen-mode=eui64
`)
	l.connect(m, 1, host)
	m.startBus()
	m.start("NetworkManager", "--no-daemon", "--log-level=INFO")
	m.answers("nmcli", "general", "status")
	return m
}

// answers waits until what manages the network does.
func (m *machine) answers(client string, args ...string) {
	m.lab.tb.Helper()
	m.lab.eventually(client+" gets an answer on "+m.name, func() bool {
		_, status := m.try(client, args...)
		return status == 0
	})
}

// startBus starts a system bus, by which networkctl and nmcli talk to their daemons.
func (m *machine) startBus() {
	m.lab.tb.Helper()
	m.start("dbus-daemon", "--system", "--nofork", "--nopidfile")
	m.lab.eventually("the bus of "+m.name, func() bool {
		_, status := m.try("test", "-S", "/run/dbus/system_bus_socket")
		return status == 0
	})
}

// example is the path of a file in examples/.
func example(tb testing.TB, name string) string {
	tb.Helper()
	path, err := filepath.Abs(filepath.Join("../../../examples", name))
	if err != nil {
		tb.Fatal(err)
	}
	return path
}

// kit runs eni-failover-guest on a guest.
func (m *machine) kit(args ...string) string {
	m.lab.tb.Helper()
	return m.run(example(m.lab.tb, "guest/eni-failover-guest"), args...)
}

// prepare runs eni-failover-guest for an interface.
func (m *machine) prepare(n *networkInterface) string {
	m.lab.tb.Helper()
	return m.kit("add", n.mac, fmt.Sprintf("%v/24", n.v4), fmt.Sprintf("%v/64", n.v6))
}

// has reports whether the guest has the address.
func (m *machine) has(address netip.Addr) bool {
	out, _ := m.try("ip", "-o", "addr", "show", "to", address.String(), "-tentative")
	return strings.Contains(out, address.String())
}
