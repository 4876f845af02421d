// Package loopback has ports of this machine for tests, which no other test can take meanwhile.
package loopback

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
)

// ClosedPort returns a port on which nothing listens until the test ends: connections are refused.
func ClosedPort(tb testing.TB) netip.AddrPort {
	tb.Helper()
	// A socket that is bound keeps the port, and refuses what it does not listen for.
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = syscall.Close(socket) })
	if err := syscall.Bind(socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		tb.Fatal(err)
	}
	name, err := syscall.Getsockname(socket)
	if err != nil {
		tb.Fatal(err)
	}
	return netip.MustParseAddrPort(fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)) //nolint:errcheck // of an IPv4 socket
}

// FreePorts returns addresses for programs that the test starts. They are on a loopback address that belongs to this process,
// which needs Linux: no other process takes a port before its program does.
func FreePorts(tb testing.TB, count int) []string {
	tb.Helper()
	pid := os.Getpid()
	var addresses []string
	for range count {
		l, err := net.Listen("tcp", fmt.Sprintf("127.%d.%d.1:0", 64+pid>>8&63, pid&255)) //nolint:noctx // on loopback
		if err != nil {
			tb.Fatal(err)
		}
		defer func() { _ = l.Close() }() // not before each has its own port
		addresses = append(addresses, l.Addr().String())
	}
	return addresses
}
