package guesttest

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A service that listens at the moved address itself can start on the standby only if the kernel lets it bind to an address
// that is not there.
func TestBindBeforeTheAddressIsThere(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	a, client, n := l.machine("a", ""), l.client(1), l.networkInterface(1)
	l.connect(a, 1, 21)
	listen := func(address netip.Addr) (listener net.Listener, err error) {
		err = a.inside(func() (err error) {
			listener, err = new(net.ListenConfig).Listen(t.Context(), "tcp", netip.AddrPortFrom(address, servicePort).String())
			return err
		})
		return listener, err
	}
	for _, address := range []netip.Addr{n.v4, n.v6} {
		if _, err := listen(address); !errors.Is(err, syscall.EADDRNOTAVAIL) {
			t.Errorf("listen at %v without the address: %v, want EADDRNOTAVAIL", address, err)
		}
	}
	a.run("sysctl", "-q", "-p", example(t, "guest/sysctl-service.conf"))
	for _, address := range []netip.Addr{n.v4, n.v6} {
		listener, err := listen(address)
		if err != nil {
			t.Fatalf("listen at %v: %v", address, err)
		}
		defer func() { _ = listener.Close() }()
		go answer(listener, "a")
	}
	n.move(a)
	a.run("ip", "addr", "add", n.v4.String()+"/24", "dev", "eth1")
	a.run("ip", "addr", "add", n.v6.String()+"/64", "dev", "eth1", "nodad")
	a.run("ip", "link", "set", "eth1", "up")
	l.eventually("the service that was there before the address answers", func() bool {
		return client.ask(n.v4) == "a" && client.ask(n.v6) == "a"
	})
}

// static gives a guest the addresses of its primary interface without DHCP.
func (l *lab) static(name string, host int) *machine {
	l.tb.Helper()
	m := l.machine(name, "")
	l.connect(m, 1, host)
	m.run("ip", "addr", "add", v4(1, host).String()+"/24", "dev", "eth0")
	m.run("ip", "link", "set", "eth0", "up")
	m.run("ip", "route", "add", "default", "via", v4(1, 1).String())
	m.serve()
	return m
}

// The rules that the manual page of nm-cloud-setup describes leave out clients in the subnet of the primary interface, if the
// moved one is in another: the main table has a route to that subnet, and it is asked before the default route of the
// moved interface. Rules with an earlier look-up, as eni-failover-guest writes, do without the fault.
func TestRulesOfNMCloudSetup(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	a, clients, n := l.static("a", 21), l.clients(), l.networkInterface(2)
	n.move(a)
	for _, args := range []string{
		"addr add 10.77.2.10/24 dev eth1",
		"link set eth1 up",
		"route add 10.77.2.0/24 dev eth1 table 30200",
		"route add default via 10.77.2.1 dev eth1 table 30400",
		"rule add priority 30200 from 10.77.2.10 table 30200",
		"rule add priority 30350 table main suppress_prefixlength 0",
		"rule add priority 30400 from 10.77.2.10 table 30400",
	} {
		a.run("ip", strings.Fields(args)...)
	}
	clients.expect("with the rules of nm-cloud-setup", map[netip.Addr]string{n.v4: "- a a"})
	a.run("ip", "rule", "add", "priority", "5000", "from", n.v4.String(), "table", "30400")
	clients.expect("with a rule before them", map[netip.Addr]string{n.v4: "a a a"})
}

// Strict reverse path filtering needs the rules, too, and does no harm with them.
func TestReversePathFilter(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	a, clients, n := l.static("a", 21), l.clients(), l.networkInterface(2)
	a.run("sysctl", "-qw", "net.ipv4.conf.all.rp_filter=1")
	n.move(a)
	a.run("ip", "addr", "add", n.v4.String()+"/32", "dev", "eth1")
	a.run("ip", "link", "set", "eth1", "up")
	// In a VPC no neighbour asks the guest by ARP: the packets come in any case.
	l.vpc.run("ip", "neigh", "add", n.v4.String(), "lladdr", n.mac, "dev", "subnet2")
	clients[2].run("ip", "neigh", "add", n.v4.String(), "lladdr", n.mac, "dev", "eth0")
	dropped := func() string { return a.run("nstat", "-asz", "TcpExtIPReversePathFilter") }
	if got := clients.ask(n.v4)[n.v4]; got != "- - -" {
		t.Errorf("without rules, the clients get %q\n%s", got, dropped())
	}
	if out := dropped(); strings.Contains(out, " 0 ") {
		t.Errorf("nothing was dropped by the reverse path filter:\n%s", out)
	}
	a.run("ip", "route", "add", "10.77.2.0/24", "dev", "eth1", "table", "100")
	a.run("ip", "route", "add", "default", "via", "10.77.2.1", "dev", "eth1", "table", "100")
	a.run("ip", "rule", "add", "priority", "5000", "from", n.v4.String(), "table", "100")
	clients.expect("with rules", map[netip.Addr]string{n.v4: "a a a"})
}

// A UDP service that listens at all addresses and lets the kernel choose where an answer comes from answers from the primary
// address, where a client does not expect it. One that listens at the moved address does not.
func TestAnswersOfUDP(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	a, client, n := l.static("a", 21), l.client(3), l.networkInterface(1)
	a.run("sysctl", "-qw", "net.ipv4.ip_nonlocal_bind=1")
	n.move(a)
	for _, args := range []string{
		"addr add 10.77.1.10/32 dev eth1", "link set eth1 up",
		"route add default via 10.77.1.1 dev eth1 onlink table 100", "rule add priority 5000 from 10.77.1.10 table 100",
	} {
		a.run("ip", strings.Fields(args)...)
	}
	echo := func(at string) {
		var conn net.PacketConn
		if err := a.inside(func() (err error) {
			conn, err = new(net.ListenConfig).ListenPacket(t.Context(), "udp4", at)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		go func() {
			buffer := make([]byte, 100)
			for {
				count, from, err := conn.ReadFrom(buffer)
				if err != nil {
					return
				}
				_, _ = conn.WriteTo(buffer[:count], from)
			}
		}()
	}
	echo("0.0.0.0:7010")
	echo(n.v4.String() + ":7011")
	for port, want := range map[int]string{7010: v4(1, 21).String(), 7011: n.v4.String()} {
		var from net.Addr
		err := client.inside(func() error {
			conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp4", ":0")
			if err != nil {
				return err
			}
			defer func() { _ = conn.Close() }()
			_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
			if _, err := conn.WriteTo([]byte("?"), &net.UDPAddr{IP: n.v4.AsSlice(), Port: port}); err != nil {
				return err
			}
			_, from, err = conn.ReadFrom(make([]byte, 100))
			return err
		})
		if err != nil {
			t.Errorf("port %d: %v", port, err)
		} else if got, _, _ := net.SplitHostPort(from.String()); got != want {
			t.Errorf("port %d answers from %s, want %s", port, got, want)
		}
	}
}

// An open connection is lost with a move. A client that sends something learns it at once, by a reset from the new holder. One
// that only waits learns it by keep-alives, and without them not at all.
func TestOpenConnections(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	a, b, client, n := l.machine("a", ""), l.machine("b", ""), l.client(1), l.networkInterface(1)
	l.connect(a, 1, 21)
	l.connect(b, 1, 22)
	bring := func(m *machine) {
		n.move(m)
		m.run("ip", "addr", "add", n.v4.String()+"/24", "dev", "eth1")
		m.run("ip", "link", "set", "eth1", "up")
	}
	for _, m := range []*machine{a, b} { // they keep connections open
		var listener net.Listener
		if err := m.inside(func() (err error) {
			listener, err = new(net.ListenConfig).Listen(t.Context(), "tcp", ":7020")
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
				go func() { _, _ = io.Copy(conn, conn) }()
			}
		}()
	}
	bring(a)
	dial := func(keepAlive net.KeepAliveConfig) net.Conn {
		d := net.Dialer{Timeout: 5 * time.Second, KeepAliveConfig: keepAlive, KeepAlive: -1}
		var conn net.Conn
		if err := client.inside(func() (err error) { conn, err = d.DialContext(t.Context(), "tcp", n.v4.String()+":7020"); return err }); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	waits := func(conn net.Conn) error {
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		_, err := conn.Read(make([]byte, 1))
		return err
	}
	writes := dial(net.KeepAliveConfig{})
	kept := dial(net.KeepAliveConfig{Enable: true, Idle: 2 * time.Second, Interval: time.Second, Count: 30})
	idle := dial(net.KeepAliveConfig{})
	bring(b)
	b.serve()
	l.eventually("b answers", func() bool { return client.ask(n.v4) == "b" })
	start := time.Now()
	errs := make(chan error)
	go func() { errs <- fmt.Errorf("kept: %w", waits(kept)) }()
	go func() { errs <- fmt.Errorf("idle: %w", waits(idle)) }()

	if _, err := writes.Write([]byte("x")); err != nil {
		t.Errorf("the first write after the move: %v", err)
	}
	if err := waits(writes); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the client that writes: %v, want a reset", err)
	}
	t.Logf("the client that writes knows after %v", time.Since(start))
	first := <-errs
	if !strings.HasPrefix(first.Error(), "kept: ") || !errors.Is(first, syscall.ECONNRESET) {
		t.Errorf("first: %v, want a reset of the client with keep-alives", first)
	}
	t.Logf("the client with keep-alives of 2 s knows after %v", time.Since(start))
	second := <-errs
	var timeout net.Error
	if !errors.As(second, &timeout) || !timeout.Timeout() {
		t.Errorf("second: %v, want the client without keep-alives to wait still", second)
	}
}

// If the new holder does not answer yet, what a client has sent is repeated, with longer and longer pauses.
// TCP_USER_TIMEOUT bounds that.
func TestUserTimeout(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	a, client, n := l.machine("a", ""), l.client(1), l.networkInterface(1)
	n.move(a)
	a.run("ip", "addr", "add", n.v4.String()+"/24", "dev", "eth1")
	a.run("ip", "link", "set", "eth1", "up")
	a.serve()
	const tcpUserTimeout = 18
	d := net.Dialer{Timeout: 5 * time.Second, Control: func(_, _ string, c syscall.RawConn) error {
		var err error
		return errors.Join(c.Control(func(fd uintptr) { err = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, 3000) }), err)
	}}
	var listener net.Listener
	if err := a.inside(func() (err error) {
		listener, err = new(net.ListenConfig).Listen(t.Context(), "tcp", ":7020")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	var conn net.Conn
	if err := client.inside(func() (err error) {
		conn, err = d.DialContext(t.Context(), "tcp", n.v4.String()+":"+strconv.Itoa(7020))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	a.run("nft", "table inet lost { chain input { type filter hook input priority 0; iifname eth1 drop; }; }")
	start := time.Now()
	if _, err := conn.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(start.Add(20 * time.Second))
	_, err := conn.Read(make([]byte, 1))
	if !errors.Is(err, syscall.ETIMEDOUT) {
		t.Errorf("after %v: %v, want ETIMEDOUT", time.Since(start), err)
	}
	t.Logf("with TCP_USER_TIMEOUT of 3 s the client gives up after %v: %v", time.Since(start), err)
}

// The client's kernel takes the settings for keep-alives, and a program that switches keep-alives on gets them.
func TestClientSettings(t *testing.T) {
	t.Parallel()
	needTools(t, "nsenter", "ip")
	client := (&lab{tb: t, dir: t.TempDir()}).machine("client", "")
	client.run("sysctl", "-q", "-p", example(t, "guest/sysctl-client.conf"))
	got := client.run("python3", "-c", `import socket
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
print([s.getsockopt(socket.IPPROTO_TCP, o) for o in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)])`)
	if got != "[60, 10, 3]\n" {
		t.Errorf("idle, interval and count are %s", got)
	}
}
