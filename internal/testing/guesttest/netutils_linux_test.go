package guesttest

import (
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// netUtilsVariable is an environment variable with the folder in which Debian's package amazon-ec2-net-utils is unpacked.
const netUtilsVariable = "ENI_FAILOVER_NET_UTILS"

// metadata is the instance metadata service of a guest. It knows an interface some time after it was first asked about it, and says
// until then that its device number is 0, as EC2's does (amazon-ec2-net-utils, lib.sh, _get_device_number).
type metadata struct {
	primary string // the MAC address of the primary interface
	mu      sync.Mutex
	values  map[string]map[string]string // by the interface's MAC address and the key
	late    map[string]time.Duration     // how late it is
	asked   map[string]time.Time         // when it was first asked
}

// attached tells the service of an interface with one address of each family.
func (d *metadata) attached(mac, deviceNumber string, own4, own6 netip.Addr, late time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	subnet4, subnet6 := netip.PrefixFrom(own4, 24).Masked(), netip.PrefixFrom(own6, 64).Masked()
	d.values[mac] = map[string]string{
		"device-number": deviceNumber, "interface-id": "eni-" + strings.ReplaceAll(mac, ":", ""), "local-ipv4s": own4.String(), "ipv6s": own6.String(),
		"subnet-ipv4-cidr-block": subnet4.String(), "subnet-ipv6-cidr-blocks": subnet6.String(),
	}
	d.late[mac] = late
	delete(d.asked, mac)
}

func (d *metadata) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	answer := ""
	key := strings.TrimPrefix(r.URL.Path, "/latest/meta-data/")
	mac, key, ofInterface := strings.Cut(strings.TrimPrefix(key, "network/interfaces/macs/"), "/")
	if d.asked[mac].IsZero() {
		d.asked[mac] = time.Now()
	}
	switch {
	case r.Method == http.MethodPut:
		answer = "token"
	case !ofInterface && mac == "mac":
		answer = d.primary
	case time.Since(d.asked[mac]) >= d.late[mac]:
		answer = d.values[mac][key]
	case key == "device-number":
		answer = "0"
	}
	if answer == "" {
		http.NotFound(w, r)
		return
	}
	_, _ = io.WriteString(w, answer)
}

// netUtilsGuest is a guest with amazon-ec2-net-utils and systemd-networkd.
type netUtilsGuest struct {
	*machine
	files    string // the folder of the package's files
	metadata *metadata
}

// netUtils starts a guest as Amazon Linux does.
func (l *lab) netUtils(name string, host int) *netUtilsGuest {
	l.tb.Helper()
	files := os.Getenv(netUtilsVariable)
	text, err := os.ReadFile(filepath.Join(files, "usr/lib/systemd/network/80-ec2.network"))
	if files == "" || err != nil {
		if os.Getenv(requireVariable) != "" {
			l.tb.Fatalf("%s=%q: %v (%s is set)", netUtilsVariable, files, err, requireVariable)
		}
		l.tb.Skipf("%s=%q has no amazon-ec2-net-utils", netUtilsVariable, files)
	}
	needTools(l.tb, "networkctl", "dbus-daemon", "curl", "logger")
	m := l.machine(name, networkdDirectories+"mount -t tmpfs tmpfs /usr/lib/systemd/network\nip addr add 169.254.169.254/32 dev lo")
	// The file is for the drivers of EC2's devices.
	m.write("/usr/lib/systemd/network/80-ec2.network", strings.ReplaceAll(string(text), "Driver=ena ixgbevf vif", "Driver=veth"))
	g := &netUtilsGuest{machine: m, files: files, metadata: &metadata{
		primary: mac(1, host), values: make(map[string]map[string]string), late: make(map[string]time.Duration), asked: make(map[string]time.Time),
	}}
	g.metadata.attached(mac(1, host), "0", v4(1, host), v6(1, host), 0)
	var listener net.Listener
	if err := m.inside(func() (err error) {
		listener, err = new(net.ListenConfig).Listen(l.tb.Context(), "tcp", "169.254.169.254:80")
		return err
	}); err != nil {
		l.tb.Fatal(err)
	}
	server := &http.Server{Handler: g.metadata, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	l.tb.Cleanup(func() { _ = server.Close() })
	l.connect(m, 1, host)
	m.startBus()
	m.start("/lib/systemd/systemd-networkd")
	m.serve()
	g.policyRoutes("eth0", "start", initialSetup)
	return g
}

// policyRoutes runs the package's program on a device, as its udev rules and units do when the device comes or goes, with
// EC2_IF_INITIAL_SETUP=true when it comes.
func (g *netUtilsGuest) policyRoutes(device, verb string, environment ...string) {
	g.lab.tb.Helper()
	g.run("env", append(environment, "LIBDIR_OVERRIDE="+filepath.Join(g.files, "usr/share/amazon-ec2-net-utils"),
		filepath.Join(g.files, "usr/bin/setup-policy-routes"), device, verb)...)
}

const initialSetup = "EC2_IF_INITIAL_SETUP=true"

// take moves the interface to the guest, whose metadata knows it after a while.
func (g *netUtilsGuest) take(n *networkInterface, late time.Duration) {
	g.lab.tb.Helper()
	g.metadata.attached(n.mac, "1", n.v4, n.v6, late)
	n.move(g.machine)
}

// Amazon Linux 2023 needs nothing of ours: with amazon-ec2-net-utils answers come from the moved address on either guest, and
// without its program they don't.
func TestMovesWithNetUtils(t *testing.T) {
	t.Parallel()
	for subnet, name := range map[int]string{1: "same subnet", 2: "other subnet"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			l.serveDHCP()
			a, b := l.netUtils("a", 21), l.netUtils("b", 22)
			clients, n := l.clients(), l.networkInterface(subnet)
			primary := v4(1, 21)
			clients.wait(a.machine, primary)

			a.take(n, 0)
			l.eventually("DHCP gives the moved interface its addresses", func() bool { return a.has(n.v4) && a.has(n.v6) })
			if got := clients.ask(n.v4)[n.v4]; !strings.Contains(got, "-") {
				t.Errorf("without the package's program, the clients get %q", got)
			}
			a.policyRoutes("eth1", "start", initialSetup)
			clients.wait(a.machine, n.v4, n.v6)
			for range 3 {
				for _, pair := range [][2]*netUtilsGuest{{a, b}, {b, a}} {
					from, to := pair[0], pair[1]
					start := time.Now()
					to.take(n, 0)
					from.policyRoutes("eth1", "stop")
					to.policyRoutes("eth1", "start", initialSetup)
					clients.wait(to.machine, n.v4, n.v6)
					t.Logf("%s to %s: answers after %v", from.name, to.name, time.Since(start))
					want := strings.Repeat(" "+to.name, 3)[1:]
					clients.expect(from.name+" to "+to.name, map[netip.Addr]string{n.v4: want, n.v6: want, primary: "a a a"})
					if from.has(n.v4) || from.has(n.v6) {
						t.Errorf("%s still has the addresses", from.name)
					}
					l.eventually(from.name+" itself gets an answer of "+to.name, func() bool { return from.ask(n.v4) == to.name })
				}
			}
		})
	}
}

// Before version 2.4.0 the package believes the device number 0 that the metadata gives for a moment, and the interface's table stays
// empty. The file of eni-failover-guest comes before the package's, and asks no metadata.
func TestLateMetadata(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.serveDHCP()
	a, clients, n := l.netUtils("a", 21), l.clients(), l.networkInterface(1)
	const late = 2 * time.Second
	comes := func() {
		a.take(n, late)
		a.policyRoutes("eth1", "start", initialSetup)
		time.Sleep(late)
		a.policyRoutes("eth1", "start") // by the package's timer
	}
	comes()
	l.eventually("the rule", func() bool { return strings.Contains(a.run("ip", "rule"), "from 10.77.1.10 lookup 10001") })
	if routes, _ := a.try("ip", "route", "show", "table", "10001"); strings.Contains(routes, "dev") { // it fails if there is no such table
		t.Errorf("docs/guest.md says that the interface's table stays empty: %s", routes)
	}
	// Both interfaces' routes are in the main table with one metric, so some answers of one of them leave by the other.
	l.eventually("some clients get no answers", func() bool {
		got := clients.ask(n.v4, v4(1, 21))
		return got[n.v4] != "a a a" || got[v4(1, 21)] != "a a a"
	})
	n.move(l.vpc)
	a.policyRoutes("eth1", "stop")
	a.prepare(n)
	comes()
	clients.wait(a.machine, n.v4, n.v6, v4(1, 21))
}
