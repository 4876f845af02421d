package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/testing/lambdatest"
)

// requireVariable is an environment variable that makes the lack of network namespaces a failure instead of a reason to
// skip.
const requireVariable = "ENI_FAILOVER_REQUIRE_NETNS"

// lab is an isolated network for one test: a switch and hosts, each in a network namespace.
type lab struct {
	tb     testing.TB
	prefix string
	hosts  int
}

// labs counts the labs of this process.
var labs atomic.Int64

// newLab returns a lab that is removed at the end of the test. It skips the test if the machine can't have one.
func newLab(tb testing.TB) *lab {
	tb.Helper()
	for _, tool := range []string{"ip", "nft"} {
		if _, err := exec.LookPath(tool); err != nil {
			missing(tb, tool+" is not installed (iproute2, nftables)")
		}
	}
	if os.Geteuid() != 0 {
		missing(tb, "network namespaces need root")
	}
	l := &lab{tb: tb, prefix: fmt.Sprintf("efp%d-%d-", os.Getpid()%100_000, labs.Add(1))}
	if out, err := exec.CommandContext(tb.Context(), "ip", "netns", "add", l.prefix+"switch").CombinedOutput(); err != nil {
		missing(tb, "ip netns add: "+string(out))
	}
	l.endWithTest("switch")
	l.ip("-n", l.prefix+"switch", "link", "add", "br0", "type", "bridge")
	l.ip("-n", l.prefix+"switch", "link", "set", "br0", "up")
	return l
}

func missing(tb testing.TB, reason string) {
	tb.Helper()
	if os.Getenv(requireVariable) != "" {
		tb.Fatalf("%s (%s is set)", reason, requireVariable)
	}
	tb.Skip(reason)
}

func (l *lab) endWithTest(name string) {
	l.tb.Cleanup(func() {
		_ = exec.CommandContext(context.WithoutCancel(l.tb.Context()), "ip", "netns", "del", l.prefix+name).Run()
	})
}

func (l *lab) ip(args ...string) {
	l.tb.Helper()
	if out, err := exec.CommandContext(l.tb.Context(), "ip", args...).CombinedOutput(); err != nil {
		l.tb.Fatalf("ip %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

type host struct {
	lab       *lab
	namespace string
	v4, v6    netip.Addr
}

// host adds a host, with a veth pair to the switch.
func (l *lab) host() host {
	l.tb.Helper()
	l.hosts++
	n := l.hosts
	h := host{
		lab: l, namespace: l.prefix + strconv.Itoa(n),
		v4: netip.AddrFrom4([4]byte{10, 77, 0, byte(n)}), v6: netip.MustParseAddr(fmt.Sprintf("fd77::%x", n)),
	}
	l.ip("netns", "add", h.namespace)
	l.endWithTest(strconv.Itoa(n))
	port := "port" + strconv.Itoa(n)
	l.ip("-n", h.namespace, "link", "add", "eth0", "type", "veth", "peer", "name", port, "netns", l.prefix+"switch")
	l.ip("-n", l.prefix+"switch", "link", "set", port, "master", "br0", "up")
	h.ip("addr", "add", h.v4.String()+"/24", "dev", "eth0")
	h.ip("addr", "add", h.v6.String()+"/64", "dev", "eth0", "nodad")
	h.ip("link", "set", "lo", "up")
	h.ip("link", "set", "eth0", "up")
	return h
}

func (h host) ip(args ...string) {
	h.lab.tb.Helper()
	h.lab.ip(append([]string{"-n", h.namespace}, args...)...)
}

// silence drops all packets on the host's interface eth0; lo still works.
func (h host) silence() {
	h.nft(`table inet test {
		chain in { type filter hook input priority 0; iifname "eth0" drop; }
		chain out { type filter hook output priority 0; oifname "eth0" drop; }
	}`)
}

// reconnect undoes silence.
func (h host) reconnect() { h.nft("delete table inet test") }

func (h host) nft(rules string) {
	h.lab.tb.Helper()
	cmd := exec.CommandContext(h.lab.tb.Context(), "ip", "netns", "exec", h.namespace, "nft", "-f", "-")
	cmd.Stdin = strings.NewReader(rules)
	if out, err := cmd.CombinedOutput(); err != nil {
		h.lab.tb.Errorf("nft: %v\n%s", err, out)
	}
}

// inside runs f on a thread in the host's network namespace. Sockets and processes that f creates belong to it.
func (h host) inside(f func()) {
	h.lab.tb.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked, so that the thread ends with the goroutine
		file, err := os.Open("/run/netns/" + h.namespace)
		if err != nil {
			h.lab.tb.Error(err)
			return
		}
		defer func() { _ = file.Close() }()
		if _, _, errno := syscall.RawSyscall(sysSetns, file.Fd(), syscall.CLONE_NEWNET, 0); errno != 0 {
			h.lab.tb.Error("setns: ", errno)
			return
		}
		f()
	}()
	<-done
	if h.lab.tb.Failed() {
		h.lab.tb.FailNow()
	}
}

// listen opens a port on all of the host's addresses. A port that was just closed may be held for a moment by a process
// that this one is starting.
func (h host) listen(port uint16) net.Listener {
	h.lab.tb.Helper()
	var l net.Listener
	h.inside(func() {
		var err error
		for range 20 {
			l, err = new(net.ListenConfig).Listen(h.lab.tb.Context(), "tcp", fmt.Sprintf("[::]:%d", port))
			if !errors.Is(err, syscall.EADDRINUSE) {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		if err != nil {
			h.lab.tb.Error(err)
		}
	})
	h.lab.tb.Cleanup(func() { _ = l.Close() })
	return l
}

// function starts the built function on the host, with its Runtime API on the host's loopback interface.
func (h host) function() *lambdatest.Function {
	h.lab.tb.Helper()
	binary := lambdatest.Build(h.lab.tb, ".")
	var f *lambdatest.Function
	h.inside(func() { f = lambdatest.Start(h.lab.tb, binary, nil) })
	return f
}
