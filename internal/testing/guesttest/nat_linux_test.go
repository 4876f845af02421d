package guesttest

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
)

// TestNAT is the story of docs/stories.md: clients reach a server outside through the moved interface, and the server sees the
// interface's address, whichever instance holds it.
func TestNAT(t *testing.T) {
	t.Parallel()
	for name, mark := range map[string]func(*machine){"networkd": markByNetworkd, "NetworkManager": markByNetworkManager} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testNAT(t, systems[name], mark)
		})
	}
}

// markByNetworkd lets marked packets leave by the interface, with the file of the example.
func markByNetworkd(m *machine) {
	m.lab.tb.Helper()
	table := strings.TrimSpace(m.run("sh", "-c", "sed -n 's/^Table=//p' /etc/systemd/network/05-eni-failover-02770000010a.network | head -n 1"))
	m.write("/etc/systemd/network/05-eni-failover-02770000010a.network.d/nat.conf", strings.ReplaceAll(exampleText(m.lab.tb, "nat/nat.conf"), "=TABLE", "="+table))
	m.run("networkctl", "reload")
}

// markByNetworkManager does the same with the command of docs/stories.md.
func markByNetworkManager(m *machine) {
	m.lab.tb.Helper()
	page, err := os.ReadFile("../../../docs/stories.md")
	if err != nil {
		m.lab.tb.Fatal(err)
	}
	_, command, found := strings.Cut(string(page), "```\nnmcli ")
	command, _, _ = strings.Cut(command, "\n```")
	if !found {
		m.lab.tb.Fatal("docs/stories.md has no command for nmcli")
	}
	table := strings.TrimSpace(m.run("sh", "-c", "sed -n 's/^route-table=//p' /etc/NetworkManager/system-connections/eni-failover-02770000010a.nmconnection | head -n 1"))
	m.run("sh", "-c", "nmcli "+strings.NewReplacer("021a2b3c4d5e", "02770000010a", "TABLE", table).Replace(command))
	if _, status := m.try("ip", "link", "show", "dev", "eth1"); status == 0 {
		m.run("nmcli", "connection", "up", "eni-failover-02770000010a")
	}
}

func testNAT(t *testing.T, system system, mark func(*machine)) {
	l := newLab(t)
	l.serveDHCP()
	a, b := system(l, "a", 21), system(l, "b", 22)
	inside, outside, n := l.client(3), l.client(2), l.networkInterface(1)
	// The source/destination check of the interface is off, and the route table of subnet 3 leads to it.
	l.vpc.run("nft", "insert rule bridge vpc check iifname p-moved accept")
	l.vpc.run("ip", "route", "add", "10.77.2.50", "via", n.v4.String(), "table", "50")
	l.vpc.run("ip", "rule", "add", "iif", "subnet3", "table", "50")

	// The server outside tells a client which address it sees.
	var listener net.Listener
	if err := outside.inside(func() (err error) {
		listener, err = new(net.ListenConfig).Listen(t.Context(), "tcp", fmt.Sprintf(":%d", servicePort))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			host, _, _ := net.SplitHostPort(conn.RemoteAddr().String())
			_, _ = io.WriteString(conn, host+"\n")
			_ = conn.Close()
		}
	}()

	rules := strings.NewReplacer("02:1a:2b:3c:4d:5e", n.mac, "10.0.1.10", n.v4.String()).Replace(exampleText(t, "nat/nat.nft"))
	for _, m := range []*machine{a, b} {
		m.prepare(n)
		m.run("sysctl", "-q", "-p", example(t, "nat/sysctl.conf"))
		l.eventually("DHCP", func() bool { return m.has(v4(1, map[string]int{"a": 21, "b": 22}[m.name])) })
	}
	// With nothing but masquerading, answers come to the primary interface, and leave by it with the server's address: its
	// check would have to be off, too. Then the server sees the primary address, and after a move that of another instance.
	a.run("nft", "table ip plain { chain out { type nat hook postrouting priority srcnat; oifname eth0 masquerade; }; }")
	n.move(a)
	l.eventually("a has the interface", func() bool { return a.has(n.v4) })
	for range 5 {
		if got := inside.ask(v4(2, 50)); got != "" {
			t.Errorf("with masquerading, and the check of the primary interface on, the server sees %s", got)
		}
	}
	l.vpc.run("nft", "insert rule bridge vpc check iifname p-a accept")
	l.eventually("a translates to its primary address", func() bool { return inside.ask(v4(2, 50)) == v4(1, 21).String() })
	a.run("nft", "delete", "table", "ip", "plain")

	for _, m := range []*machine{a, b} {
		m.write("/run/nat.nft", rules)
		for range 2 { // it can be repeated
			m.run("nft", "-f", "/run/nat.nft")
		}
		mark(m)
	}
	l.eventually("a translates to the moved address", func() bool { return inside.ask(v4(2, 50)) == n.v4.String() })
	n.move(b)
	l.eventually("b translates to the moved address", func() bool { return inside.ask(v4(2, 50)) == n.v4.String() })
}

// exampleText is the content of a file in examples/.
func exampleText(tb testing.TB, name string) string {
	tb.Helper()
	text, err := os.ReadFile(example(tb, name))
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}
