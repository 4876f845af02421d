package guesttest

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// requireVariable is an environment variable that makes a missing tool a failure instead of a reason to skip.
const requireVariable = "ENI_FAILOVER_REQUIRE_NETNS"

// servicePort is the port at which each guest tells its name.
const servicePort = 7000

// lab is a VPC with guests and clients, for one test.
type lab struct {
	tb  testing.TB
	vpc *machine
	// dir is a directory for logs that a failed test prints.
	dir string
}

// machine is a network namespace with its own mounts and process ids. All its processes end with it.
type machine struct {
	lab  *lab
	name string
	pid  int
}

// networkInterface is what moves.
type networkInterface struct {
	lab    *lab
	mac    string
	subnet int
	v4, v6 netip.Addr
	holder *machine // nil: unattached
}

// TestMain lets the tests wait beside each other: they need little of a processor.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "12"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// needTools skips the test if the machine lacks root or one of the programs.
func needTools(tb testing.TB, tools ...string) {
	tb.Helper()
	missing := func(reason string) {
		if os.Getenv(requireVariable) != "" {
			tb.Fatalf("%s (%s is set)", reason, requireVariable)
		}
		tb.Skip(reason)
	}
	if testing.Short() {
		tb.Skip("-short: it makes networks")
	}
	if os.Geteuid() != 0 {
		missing("network namespaces need root")
	}
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			missing(tool + " is not installed")
		}
	}
}

// newLab makes a VPC with the subnets 1, 2 and 3. The test ends with it.
func newLab(tb testing.TB) *lab {
	tb.Helper()
	needTools(tb, "ip", "nft", "nsenter", "dnsmasq")
	l := &lab{tb: tb, dir: tb.TempDir()}
	l.vpc = l.machine("vpc", `sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1`)
	l.vpc.run("nft", "add table bridge vpc")
	l.vpc.run("nft", "add chain bridge vpc check { type filter hook prerouting priority 0 ; }")
	for subnet := 1; subnet <= 3; subnet++ {
		bridge := fmt.Sprintf("subnet%d", subnet)
		l.vpc.run("ip", "link", "add", bridge, "type", "bridge")
		l.vpc.run("ip", "addr", "add", v4(subnet, 1).String()+"/24", "dev", bridge)
		l.vpc.run("ip", "addr", "add", v6(subnet, 1).String()+"/64", "dev", bridge, "nodad")
		l.vpc.run("ip", "link", "set", bridge, "up")
	}
	return l
}

// v4 and v6 are the addresses of a host in a subnet; the VPC's router is host 1.
func v4(subnet, host int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, 77, byte(subnet), byte(host)})
}

func v6(subnet, host int) netip.Addr {
	return netip.MustParseAddr(fmt.Sprintf("fd77:%d::%x", subnet, host))
}

// mac is the MAC address of the interface of a host in a subnet.
func mac(subnet, host int) string { return fmt.Sprintf("02:77:00:00:%02x:%02x", subnet, host) }

// serveDHCP hands out the hosts' addresses in all subnets, and router advertisements.
func (l *lab) serveDHCP() {
	l.tb.Helper()
	args := []string{
		"--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--port=0", "--no-ping", "--dhcp-authoritative",
		"--dhcp-leasefile=/run/leases", "--pid-file=", "--enable-ra",
	}
	for subnet := 1; subnet <= 3; subnet++ {
		args = append(args,
			fmt.Sprintf("--dhcp-range=%v,static,255.255.255.0", v4(subnet, 0)), fmt.Sprintf("--dhcp-range=%v,static,64", v6(subnet, 0)))
		for _, host := range []int{10, 21, 22} {
			args = append(args, fmt.Sprintf("--dhcp-host=%s,%v,[%v]", mac(subnet, host), v4(subnet, host), v6(subnet, host)))
		}
	}
	l.vpc.start("dnsmasq", args...)
}

// machine starts a machine. The script runs in it first.
func (l *lab) machine(name, script string) *machine {
	l.tb.Helper()
	const private = `set -e
mount --make-rprivate /
mount -t proc proc /proc
mount -t sysfs -o ro sysfs /sys
mount -t tmpfs tmpfs /run
for dir in /etc/NetworkManager /etc/systemd/network /etc/systemd/system /etc/udev/rules.d; do
	if [ -d $dir ]; then mount -t tmpfs tmpfs $dir; fi
done
ip link set lo up
sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 net.ipv4.tcp_keepalive_time=7200
`
	cmd := exec.CommandContext(context.WithoutCancel(l.tb.Context()), "sh", "-c", private+script+"\necho ready\nread -r _")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID}
	var faults strings.Builder
	cmd.Stderr = &faults
	out, err := cmd.StdoutPipe()
	if err != nil {
		l.tb.Fatal(err)
	}
	// The machine ends with its input, so that one of a test binary that is killed does not stay.
	if _, err := cmd.StdinPipe(); err != nil {
		l.tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		l.tb.Fatal(err)
	}
	l.tb.Cleanup(func() {
		_ = cmd.Process.Kill() // it is the first process of its namespace: the kernel ends the others
		_ = cmd.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		_ = cmd.Wait()
		l.tb.Fatalf("machine %s: %v\n%s", name, err, faults.String())
	}
	return &machine{lab: l, name: name, pid: cmd.Process.Pid}
}

// connect gives a machine its primary interface eth0, without an address.
func (l *lab) connect(m *machine, subnet, host int) {
	l.tb.Helper()
	l.plug("p-"+m.name, "eth0", subnet, mac(subnet, host), v4(subnet, host), v6(subnet, host))
	l.vpc.run("ip", "link", "set", "eth0", "netns", hostPID(m))
}

// plug makes a pair of devices: port on the subnet's bridge, and its other end, still in the VPC's namespace.
func (l *lab) plug(port, end string, subnet int, mac string, addresses ...netip.Addr) {
	l.tb.Helper()
	l.vpc.run("ip", "link", "add", port, "type", "veth", "peer", "name", end, "address", mac)
	l.vpc.run("ip", "link", "set", port, "master", fmt.Sprintf("subnet%d", subnet), "up")
	var own4, own6 []string
	for _, a := range addresses {
		if a.Is4() {
			own4 = append(own4, a.String())
		} else {
			own6 = append(own6, a.String())
		}
	}
	for _, rule := range []string{
		"arp saddr ip != { 0.0.0.0, " + strings.Join(own4, ", ") + " } drop",
		"ip saddr != { 0.0.0.0, " + strings.Join(own4, ", ") + " } drop",
		"ip6 saddr != { ::, fe80::/10, " + strings.Join(own6, ", ") + " } drop",
	} {
		l.vpc.run("nft", fmt.Sprintf("add rule bridge vpc check iifname %q %s", port, rule))
	}
}

// hostPID is the machine's process id outside of the machine.
func hostPID(m *machine) string { return strconv.Itoa(m.pid) }

// client is a machine with a fixed address.
func (l *lab) client(subnet int) *machine {
	l.tb.Helper()
	c := l.machine(fmt.Sprintf("client%d", subnet), "sysctl -qw net.ipv6.conf.default.accept_ra=0") // its router is given below
	l.connect(c, subnet, 50)
	c.run("ip", "addr", "add", v4(subnet, 50).String()+"/24", "dev", "eth0")
	c.run("ip", "addr", "add", v6(subnet, 50).String()+"/64", "dev", "eth0", "nodad")
	c.run("ip", "link", "set", "eth0", "up")
	c.run("ip", "route", "add", "default", "via", v4(subnet, 1).String())
	c.run("ip", "route", "add", "default", "via", v6(subnet, 1).String())
	return c
}

// networkInterface makes an unattached interface.
func (l *lab) networkInterface(subnet int) *networkInterface {
	l.tb.Helper()
	n := &networkInterface{lab: l, mac: mac(subnet, 10), subnet: subnet, v4: v4(subnet, 10), v6: v6(subnet, 10)}
	l.plug("p-moved", "eth1", subnet, n.mac, n.v4, n.v6)
	return n
}

// move detaches the interface from its holder and attaches it to another machine, where it appears as eth1.
func (n *networkInterface) move(to *machine) {
	n.lab.tb.Helper()
	if n.holder != nil {
		n.holder.run("ip", "link", "set", "eth1", "netns", hostPID(n.lab.vpc))
	}
	n.lab.vpc.run("ip", "link", "set", "eth1", "netns", hostPID(to))
	n.holder = to
}

// command is a command in the machine.
func (m *machine) command(name string, args ...string) *exec.Cmd {
	where := []string{"--target", strconv.Itoa(m.pid), "--net"}
	if name != "ip" { // its netns argument is a process id outside of the machine
		where = append(where, "--mount", "--pid")
	}
	where = append(where, name)
	return exec.CommandContext(m.lab.tb.Context(), "nsenter", append(where, args...)...)
}

// try runs a command in the machine and returns its output and exit status.
func (m *machine) try(name string, args ...string) (string, int) {
	m.lab.tb.Helper()
	cmd := m.command(name, args...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		m.lab.tb.Fatalf("%s: %s %s: %v", m.name, name, strings.Join(args, " "), err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// run runs a command in the machine, which must succeed.
func (m *machine) run(name string, args ...string) string {
	m.lab.tb.Helper()
	out, status := m.try(name, args...)
	if status != 0 {
		m.lab.tb.Fatalf("%s: %s %s: status %d\n%s", m.name, name, strings.Join(args, " "), status, out)
	}
	return out
}

// start runs a command in the machine until the test ends. Its output is shown if the test fails.
func (m *machine) start(name string, args ...string) {
	m.lab.tb.Helper()
	cmd := m.command(name, args...)
	path := filepath.Join(m.lab.dir, m.name+"-"+filepath.Base(name)+".log")
	log, err := os.Create(path)
	if err != nil {
		m.lab.tb.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		m.lab.tb.Fatal(err)
	}
	m.lab.tb.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = log.Close()
		if m.lab.tb.Failed() {
			text, _ := os.ReadFile(path)
			m.lab.tb.Logf("%s:\n%s", filepath.Base(path), text)
		}
	})
}

// write puts a file into the machine.
func (m *machine) write(path, text string) {
	m.lab.tb.Helper()
	cmd := m.command("sh", "-c", `mkdir -p "${0%/*}" && cat >"$0"`, path)
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		m.lab.tb.Fatalf("write %s: %v\n%s", path, err, out)
	}
}

// inside runs f on a thread in the machine's network namespace. Sockets that f opens belong to it.
func (m *machine) inside(f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked, so that the thread ends with the goroutine
		file, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", m.pid))
		if err != nil {
			done <- err
			return
		}
		defer func() { _ = file.Close() }()
		sysSetns := map[string]uintptr{"amd64": 308, "arm64": 268}[runtime.GOARCH] // package syscall lacks it
		if _, _, errno := syscall.RawSyscall(sysSetns, file.Fd(), syscall.CLONE_NEWNET, 0); errno != 0 {
			done <- errno
			return
		}
		done <- f()
	}()
	return <-done
}

// serve tells the machine's name to clients of servicePort at any of its addresses.
func (m *machine) serve() {
	m.lab.tb.Helper()
	var l net.Listener
	err := m.inside(func() (err error) {
		l, err = new(net.ListenConfig).Listen(m.lab.tb.Context(), "tcp", fmt.Sprintf("[::]:%d", servicePort))
		return err
	})
	if err != nil {
		m.lab.tb.Fatal(err)
	}
	m.lab.tb.Cleanup(func() { _ = l.Close() })
	go answer(l, m.name)
}

// answer tells a name to each connection until the listener is closed.
func answer(l net.Listener, name string) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, name+"\n")
		_ = conn.Close()
	}
}

// ask connects to an address from the machine and returns the name that answers, or an empty string.
func (m *machine) ask(address netip.Addr) string {
	var name string
	_ = m.inside(func() error {
		d := net.Dialer{Timeout: 150 * time.Millisecond}
		conn, err := d.DialContext(m.lab.tb.Context(), "tcp", netip.AddrPortFrom(address, servicePort).String())
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close() }()
		_ = conn.SetDeadline(time.Now().Add(150 * time.Millisecond))
		name, err = bufio.NewReader(conn).ReadString('\n')
		name = strings.TrimSpace(name)
		return err
	})
	return name
}

// insist asks up to five times: a busy machine loses an answer now and then.
func (m *machine) insist(address netip.Addr) string {
	for range 5 {
		if name := m.ask(address); name != "" {
			return name
		}
	}
	return ""
}

// eventually waits until the condition holds.
func (l *lab) eventually(what string, condition func() bool) time.Duration {
	l.tb.Helper()
	start := time.Now()
	for !condition() {
		if time.Since(start) > 30*time.Second {
			l.tb.Fatalf("not within 30 s: %s", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return time.Since(start)
}
