package guesttest

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// settleTime limits the time in which a network becomes what it is to be.
const settleTime = 15 * time.Second

// clients has a client in each subnet.
type clients map[int]*machine

func (l *lab) clients() clients {
	l.tb.Helper()
	return clients{1: l.client(1), 2: l.client(2), 3: l.client(3)}
}

// ask asks each address from each client at once. It returns for each address the names that the clients of the subnets 1,
// 2 and 3 get, or - for silence.
func (c clients) ask(addresses ...netip.Addr) map[netip.Addr]string {
	answers := make(map[netip.Addr][]string)
	var wait sync.WaitGroup
	for _, address := range addresses {
		names := make([]string, len(c))
		answers[address] = names
		for subnet, client := range c {
			wait.Go(func() {
				names[subnet-1] = cmp.Or(client.insist(address), "-")
			})
		}
	}
	wait.Wait()
	joined := make(map[netip.Addr]string)
	for address, names := range answers {
		joined[address] = strings.Join(names, " ")
	}
	return joined
}

// wait waits until the guest answers each client at each address.
func (c clients) wait(guest *machine, addresses ...netip.Addr) time.Duration {
	guest.lab.tb.Helper()
	start := time.Now()
	for _, address := range addresses {
		for _, client := range c {
			guest.lab.eventually(guest.name+" answers", func() bool { return client.ask(address) == guest.name })
		}
	}
	return time.Since(start)
}

// expect fails the test unless the clients of the subnets 1, 2 and 3 soon get what is wanted from each address: a busy machine
// loses answers, and a network needs a moment after each change.
func (c clients) expect(what string, want map[netip.Addr]string) {
	l := c[1].lab
	l.tb.Helper()
	addresses := slices.Collect(maps.Keys(want))
	var got map[netip.Addr]string
	for end := time.Now().Add(settleTime); ; {
		if got = c.ask(addresses...); maps.Equal(got, want) {
			return
		}
		if time.Now().After(end) {
			l.tb.Errorf("%s: the clients get %v, want %v", what, got, want)
			return
		}
	}
}

func TestMoves(t *testing.T) {
	t.Parallel()
	for _, system := range slices.Sorted(maps.Keys(systems)) {
		for subnet, name := range map[int]string{1: "same subnet", 2: "other subnet"} {
			t.Run(system+"/"+name, func(t *testing.T) {
				t.Parallel()
				testMoves(t, systems[system], subnet)
			})
		}
	}
}

func testMoves(t *testing.T, system system, subnet int) {
	l := newLab(t)
	l.serveDHCP()
	a, b := system(l, "a", 21), system(l, "b", 22)
	a.serve()
	b.serve()
	clients, n := l.clients(), l.networkInterface(subnet)
	primary := v4(1, 21)
	clients.wait(a, primary)

	n.move(a)
	l.eventually("DHCP gives the moved interface its addresses", func() bool { return a.has(n.v4) && a.has(n.v6) })
	// The subnet of the primary interface, or the default route, leads answers to the primary interface, where they are
	// dropped. In another subnet, its own clients get their answers, but not from the primary address any more. The routes come
	// a moment after the addresses.
	want := map[int][]string{1: {"- - -", "a a a"}, 2: {"- a -", "a - a"}}[subnet]
	var got []string
	var ipv6 string
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		without := clients.ask(n.v4, n.v6, primary)
		got, ipv6 = []string{without[n.v4], without[primary]}, without[n.v6]
		// The kernel may use the default routes of both interfaces in turn.
		if slices.Equal(got, want) && strings.Contains(ipv6, "-") {
			break
		}
	}
	if !slices.Equal(got, want) || !strings.Contains(ipv6, "-") {
		t.Errorf("without rules, the clients get %q from the moved interface's IPv4 address and from the primary one, want %q; and %q from its IPv6 address", got, want, ipv6)
	}

	a.prepare(n) // while the interface is there
	b.prepare(n) // before it comes
	clients.wait(a, n.v4, n.v6, primary)
	for range 3 {
		for _, pair := range [][2]*machine{{a, b}, {b, a}} {
			from, to := pair[0], pair[1]
			n.move(to)
			t.Logf("%s to %s: IPv4 answers after %v, IPv6 %v later", from.name, to.name, clients.wait(to, n.v4), clients.wait(to, n.v6))
			want := strings.Repeat(" "+to.name, 3)[1:]
			clients.expect(from.name+" to "+to.name, map[netip.Addr]string{n.v4: want, n.v6: want, primary: "a a a"})
			for _, address := range []netip.Addr{n.v4, n.v6} {
				if from.has(address) {
					t.Errorf("%s still has %v", from.name, address)
				}
				l.eventually(from.name+" itself gets an answer of "+to.name, func() bool { return from.ask(address) == to.name })
			}
		}
	}
}
