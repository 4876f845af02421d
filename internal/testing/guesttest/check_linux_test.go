package guesttest

import (
	"cmp"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
)

// check runs eni-failover-check on a guest for both addresses of an interface.
func (m *machine) check(n *networkInterface, port int) (string, int) {
	m.lab.tb.Helper()
	return m.try(example(m.lab.tb, "guest/eni-failover-check"), "-m", n.mac, "-p", strconv.Itoa(port), n.v4.String(), n.v6.String())
}

// missing reports whether a check found what is missing, and says what to do in the next line.
func missing(out, what, do string) bool {
	lines := strings.Split(out, "\n")
	for i, line := range lines[:len(lines)-1] {
		if strings.HasPrefix(line, "MISSING") && strings.Contains(line, what) {
			return strings.Contains(lines[i+1], "do: ") && strings.Contains(lines[i+1], do)
		}
	}
	return false
}

// planted is a fault on a guest whose interface is there or not.
type planted struct {
	name    string
	holder  bool   // the interface is on the guest
	plant   string // a script that makes the fault
	mend    string // a script that undoes it
	missing string // what the check says
	do      string // what it says to do
	port    int    // of the service; 0: servicePort
}

// Without a fault the check finds nothing missing, before and after each one.
func TestCheckFindsPlantedFaults(t *testing.T) {
	t.Parallel()
	faults := []planted{
		{
			name: "not prepared", plant: "mv $FILE /run/kept", mend: "mv /run/kept $FILE",
			missing: "nothing gives the interface policy routing when it comes", do: "eni-failover-guest add",
		},
		{
			name: "an earlier file", plant: "printf '[Match]\nName=*\n' >/etc/systemd/network/00-all.network", mend: "rm /etc/systemd/network/00-all.network",
			missing: "reads /etc/systemd/network/00-all.network before", do: "rename /etc/systemd/network/00-all.network",
		},
		{
			name: "the file of a manager that does not run", plant: "mv $FILE /run/kept; $KIT -s networkmanager add $MAC $V4/24 $V6/64", mend: "$KIT -s networkmanager remove $MAC; mv /run/kept $FILE",
			missing: "is for NetworkManager, which does not run", do: "eni-failover-guest -s networkd add",
		},
		{
			name: "an address without its interface", plant: "ip addr add $V4/32 dev eth0", mend: "ip addr del $V4/32 dev eth0",
			missing: "is configured on eth0 although its interface is elsewhere", do: "ip addr del",
		},
		{
			name: "only nm-cloud-setup", plant: "mv $FILE /run/kept; mkdir -p /etc/systemd/system/timers.target.wants; touch /etc/systemd/system/timers.target.wants/nm-cloud-setup.timer",
			mend:    "mv /run/kept $FILE; rm /etc/systemd/system/timers.target.wants/nm-cloud-setup.timer",
			missing: "not for clients in the primary interface's subnet", do: "eni-failover-guest add",
		},
		{
			name: "a device that is down", holder: true, plant: "ip link set eth1 down", mend: "ip link set eth1 up; networkctl reconfigure eth1",
			missing: "is here as eth1, and it is down", do: "ip link set eth1 up",
		},
		{
			name: "no address", holder: true, plant: "ip addr del $V4/32 dev eth1", mend: "networkctl reconfigure eth1",
			missing: "10.77.1.10 is not configured on eth1", do: "networkctl status eth1",
		},
		{
			name: "no IPv6 address", holder: true, plant: "ip addr del $V6/128 dev eth1", mend: "ip addr add $V6/128 dev eth1 nodad",
			missing: "fd77:1::a is not configured on eth1", do: "eni-failover-guest add",
		},
		{
			name: "the address twice", holder: true, plant: "ip addr add $V4/32 dev eth0", mend: "ip addr del $V4/32 dev eth0",
			missing: "10.77.1.10 is configured on eth0, too", do: "ip addr del 10.77.1.10 dev eth0",
		},
		{
			name: "no rule", holder: true, plant: "ip rule del from $V4", mend: "ip rule add from $V4 table $TABLE priority 5000",
			missing: "answers from 10.77.1.10 leave through eth0", do: "eni-failover-guest add",
		},
		{
			name: "no IPv6 rule", holder: true, plant: "ip -6 rule del from $V6", mend: "ip -6 rule add from $V6 table $TABLE priority 5000",
			missing: "answers from fd77:1::a leave through eth0", do: "eni-failover-guest add",
		},
		{
			name: "the main table first, as nm-cloud-setup has it", holder: true,
			plant: "ip rule add priority 4000 table main suppress_prefixlength 0", mend: "ip rule del priority 4000",
			missing: "answers from 10.77.1.10 to the primary interface's subnet leave through eth0", do: "before the look-up of the main table",
		},
		{
			name: "the instance's default route", holder: true, plant: "ip route add default via 10.77.1.1 dev eth1 onlink metric 1", mend: "ip route del default metric 1",
			missing: "the instance's own IPv4 default route leads through eth1", do: "no default route in the main table",
		},
		{
			name: "the interface's subnet in the main table", holder: true, plant: "ip route add 10.77.1.8/30 dev eth1", mend: "ip route del 10.77.1.8/30",
			missing: "answers from the primary address 10.77.1.21 to the subnet of 10.77.1.10 leave through eth1", do: "no route in the main table",
		},
		{
			name: "the service does not run", holder: true, port: 7001,
			missing: "port 7001 of 10.77.1.10: nothing listens", do: "start the service",
		},
		{
			name: "the service can't start", port: 7001,
			missing: "port 7001 of 10.77.1.10: nothing listens; a service that is told to listen at 10.77.1.10 can't start", do: "ip_nonlocal_bind=1",
		},
		{
			name: "the service listens elsewhere", port: 7002,
			missing: "port 7002 of 10.77.1.10: the service listens at 127.0.0.1 only", do: "let it listen at all addresses (0.0.0.0)",
		},
		{
			name: "the service has no IPv6", port: 7003,
			missing: "port 7003 of fd77:1::a: the service listens at 0.0.0.0 only", do: "let it listen at all addresses (::)",
		},
		{
			name: "the firewall", plant: "nft 'table inet filter { chain input { type filter hook input priority 0; policy drop; ct state established accept; tcp dport 22 accept; }; }'", mend: "nft delete table inet filter",
			missing: "port 7000: the firewall drops", do: "tcp dport 7000 accept",
		},
	}

	l := newLab(t)
	l.serveDHCP()
	a, b := l.networkd("a", 21), l.machine("b", "")
	a.serve()
	a.start("python3", "-c", `import socket, time
sockets = [socket.create_server(("127.0.0.1", 7002)), socket.create_server(("0.0.0.0", 7003))]
time.sleep(600)`)
	n := l.networkInterface(1)
	a.prepare(n)
	l.eventually("DHCP", func() bool { return a.has(v4(1, 21)) && a.has(v6(1, 21)) })
	var last string
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the last check without a fault:\n%s", last)
		}
	})
	clean := func() bool {
		out, status := a.check(n, servicePort)
		last = out
		return status == 0 && !strings.Contains(out, "MISSING")
	}
	for _, f := range faults {
		if f.holder != (n.holder == a) {
			n.move(map[bool]*machine{true: a, false: b}[f.holder])
		}
		l.eventually("nothing is missing before "+f.name, clean)
		script := fmt.Sprintf("set -e; FILE=/etc/systemd/network/05-eni-failover-02770000010a.network KIT=%s MAC=%s V4=%v V6=%v\n",
			example(t, "guest/eni-failover-guest"), n.mac, n.v4, n.v6)
		script += "TABLE=$(sed -n 's/^Table=//p' $FILE /run/kept 2>/dev/null | head -n 1)\n"
		a.run("sh", "-c", script+f.plant)
		out, status := a.check(n, cmp.Or(f.port, servicePort))
		if !missing(out, f.missing, f.do) || status != 1 {
			t.Errorf("%s: status %d, want 1 and %q\n%s", f.name, status, f.missing, out)
		}
		a.run("sh", "-c", script+f.mend)
	}
}

// NetworkManager passes over a profile that others may read.
func TestCheckOfProfile(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.serveDHCP()
	a, n := l.networkManager("a", 21), l.networkInterface(1)
	a.serve()
	a.prepare(n)
	out, status := a.check(n, servicePort)
	if status != 0 || !strings.Contains(out, "ok       10.77.1.10: /etc/NetworkManager/system-connections/") {
		t.Errorf("status %d\n%s", status, out)
	}
	a.run("chmod", "644", "/etc/NetworkManager/system-connections/eni-failover-02770000010a.nmconnection")
	out, status = a.check(n, servicePort)
	if status != 1 || !missing(out, "others than root may read it", "chmod 600") {
		t.Errorf("status %d\n%s", status, out)
	}
	a.run("chmod", "600", "/etc/NetworkManager/system-connections/eni-failover-02770000010a.nmconnection")
	a.write("/etc/udev/rules.d/90-cloud-init-hook-hotplug.rules", "")
	out, status = a.check(n, servicePort)
	if status != 1 || !missing(out, "cloud-init puts a profile of its own", "99-no-hotplug.cfg") {
		t.Errorf("with cloud-init: status %d\n%s", status, out)
	}
	a.kit("remove", n.mac)
	out, status = a.check(n, servicePort)
	if status != 1 || !missing(out, "but without policy routing", "eni-failover-guest add") {
		t.Errorf("with cloud-init alone: status %d\n%s", status, out)
	}
}

// What an image brings for hot-plugged interfaces is enough for an address, or it is not.
func TestCheckOfPackages(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	a, n := l.machine("a", ""), l.networkInterface(1)
	for _, c := range []struct {
		program, says string // what asks for the version, and what it says
		address       netip.Addr
		ok, missing   string
	}{
		{"rpm", "2.3.0", n.v4, "", "amazon-ec2-net-utils 2.3.0 configures the interface, but wrongly if the instance metadata is late"},
		{"rpm", "2.4.0", n.v4, "amazon-ec2-net-utils 2.4.0 configures the interface", ""},
		{"rpm", "2.10.1", n.v6, "amazon-ec2-net-utils 2.10.1 configures the interface", ""},
		{"dpkg-query", "2.3.0-3", n.v4, "", "amazon-ec2-net-utils 2.3.0-3 configures the interface, but wrongly"},
		{"dpkg-query", "2.5.4-1", n.v4, "amazon-ec2-net-utils 2.5.4-1 configures the interface", ""},
		{"cloud-init", "/usr/bin/cloud-init 22.4.2", n.v4, "", "cloud-init configures the interface when it comes, but without policy routing"},
		{"cloud-init", "/usr/bin/cloud-init 24.1.3-0ubuntu1", n.v4, "cloud-init configures the interface", ""},
		{"cloud-init", "/usr/bin/cloud-init 26.1-0ubuntu1", n.v6, "", "cloud-init configures the interface when it comes, but only clients in the interface's subnet get answers over IPv6"},
	} {
		a.run("sh", "-c", "rm -rf /run/image /etc/udev/rules.d/*; mkdir /run/image")
		if c.program == "cloud-init" {
			a.write("/etc/udev/rules.d/90-cloud-init-hook-hotplug.rules", "")
		} else {
			a.write("/run/image/setup-policy-routes", "")
			a.write("/run/image/rpm", "#!/bin/sh\nexit 1\n")
		}
		a.write("/run/image/"+c.program, "#!/bin/sh\nprintf '"+c.says+"'\n")
		a.run("sh", "-c", "chmod +x /run/image/*")
		out, status := a.try("env", "PATH=/run/image:"+os.Getenv("PATH"), example(t, "guest/eni-failover-check"), "-m", n.mac, c.address.String())
		ok := status == 0 && strings.Contains(out, "ok       "+c.address.String()+": "+c.ok)
		if c.missing != "" {
			ok = status == 1 && missing(out, c.missing, "eni-failover-guest add")
		}
		if !ok {
			t.Errorf("%s %s: status %d, want %q\n%s", c.program, c.says, status, c.ok+c.missing, out)
		}
	}
}

// An image that brings nothing, a file for a manager that does not run, and bad arguments.
func TestCheckWithoutManager(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	a, n := l.machine("a", ""), l.networkInterface(1)
	a.serve()
	if out, status := a.check(n, servicePort); status != 1 || !missing(out, "nothing gives the interface policy routing", "eni-failover-guest add") {
		t.Errorf("without anything: status %d\n%s", status, out)
	}
	a.kit("-s", "networkd", "add", n.mac, n.v4.String()+"/24", n.v6.String()+"/64")
	if out, status := a.check(n, servicePort); status != 1 || !missing(out, "is for systemd-networkd, which does not run", "systemctl enable --now systemd-networkd") {
		t.Errorf("without systemd-networkd: status %d\n%s", status, out)
	}
	for _, args := range [][]string{{}, {"10.77.1.10"}, {"-m", n.mac}, {"-m", n.mac, "db.corp.internal"}, {"-x"}} {
		if out, status := a.try(example(t, "guest/eni-failover-check"), args...); status != 2 || out == "" {
			t.Errorf("%q: status %d, want 2\n%s", args, status, out)
		}
	}
}

// The kernel gives up an IPv6 address that it sees elsewhere.
func TestCheckOfDuplicate(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	a, client, n := l.static("a", 21), l.client(1), l.networkInterface(1)
	l.vpc.run("nft", "insert rule bridge vpc check iifname p-client1 accept")
	client.run("ip", "addr", "add", n.v6.String()+"/64", "dev", "eth0", "nodad")
	n.move(a)
	a.run("ip", "link", "set", "eth1", "up")
	a.run("ip", "addr", "add", n.v6.String()+"/128", "dev", "eth1")
	l.eventually("the kernel sees the address elsewhere", func() bool {
		return strings.Contains(a.run("ip", "addr", "show", "dev", "eth1"), "dadfailed")
	})
	if out, status := a.check(n, servicePort); status != 1 || !missing(out, "given up fd77:1::a, because it saw the address elsewhere", "find who else") {
		t.Errorf("status %d\n%s", status, out)
	}
}

// docs/guest.md shows what the check says on an unprepared standby.
func TestCheckOfDocumentation(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/guest.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(page), "<!-- tested: check -->\n```\n")
	want, _, closed := strings.Cut(after, "```\n")
	if !found || !closed {
		t.Fatal("docs/guest.md has no tested block")
	}
	l := newLab(t)
	a, n := l.machine("a", ""), l.networkInterface(1)
	a.start("python3", "-c", fmt.Sprintf("import socket, time; s = socket.create_server(('127.0.0.1', %d)); time.sleep(600)", servicePort))
	l.eventually("the service listens", func() bool { return a.run("ss", "-Hltn") != "" })
	out, status := a.try(example(t, "guest/eni-failover-check"), "-m", n.mac, "-p", strconv.Itoa(servicePort), n.v4.String())
	if out != want || status != 1 {
		t.Errorf("status %d\n%s\nthe page says\n%s", status, out, want)
	}
}
