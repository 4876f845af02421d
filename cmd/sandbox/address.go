package main

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// bridge is a network of this machine to which its containers are attached, and no network card.
type bridge struct {
	name    string
	address netip.Addr // the machine's own on it
}

// containerBridges lists the bridges that Docker, Podman and nerdctl make, by the names that they give them.
// One with a network card among its ports leads to other machines, and is left out.
func containerBridges() []bridge {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil // there is loopback
	}
	var list []bridge
	for _, i := range interfaces {
		if !madeForContainers(i.Name) || hasNetworkCard("/sys/class/net", i.Name) {
			continue
		}
		addresses, err := i.Addrs()
		if err != nil {
			continue
		}
		for _, a := range addresses {
			if prefix, err := netip.ParsePrefix(a.String()); err == nil && prefix.Addr().Is4() && prefix.Addr().IsPrivate() {
				list = append(list, bridge{i.Name, prefix.Addr()})
			}
		}
	}
	return list
}

func madeForContainers(name string) bool {
	return slices.ContainsFunc([]string{"docker", "br-", "podman", "cni-podman", "nerdctl"}, func(prefix string) bool {
		return strings.HasPrefix(name, prefix)
	})
}

// hasNetworkCard reports whether a port of a bridge is hardware: such a port has a device (Linux, sysfs).
func hasNetworkCard(sysfs, name string) bool {
	ports, _ := filepath.Glob(filepath.Join(sysfs, name, "brif", "*")) // the pattern is well formed
	return slices.ContainsFunc(ports, func(port string) bool {
		_, err := os.Stat(filepath.Join(sysfs, filepath.Base(port), "device"))
		return err == nil
	})
}

// acceptedAddresses says what serveAddress accepts on this machine.
func acceptedAddresses(bridges []bridge) string {
	here := make([]string, 0, len(bridges))
	for _, b := range bridges {
		here = append(here, fmt.Sprintf("%s (%s)", b.address, b.name))
	}
	return "a loopback address and a port from 0 to 65535, like :4566, 127.0.0.1:0 or [::1]:4566, or a bridge of containers on this machine: " +
		cmp.Or(strings.Join(here, ", "), "there is none now")
}

// serveAddress checks an address to serve at, and completes it. The simulator checks no credentials, so only
// this machine and its containers may reach it: loopback, or a bridge by its address or its name.
func serveAddress(address string, bridges []bridge) (string, error) {
	accepted := acceptedAddresses(bridges)
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", usage("-serve %q: %w; accepted: %s", address, err, accepted)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", usage("-serve %q: the port is %q; accepted: %s", address, port, accepted)
	}
	for _, b := range bridges {
		if host == b.name || host == b.address.String() {
			return net.JoinHostPort(b.address.String(), port), nil
		}
	}
	switch ip, err := netip.ParseAddr(host); {
	case host == "", host == "localhost":
		host = "127.0.0.1"
	case err != nil:
		return "", usage("-serve %q: %q is no IP address; accepted: %s", address, host, accepted)
	case !ip.IsLoopback():
		return "", usage("-serve %q: other machines could reach it; accepted: %s", address, accepted)
	}
	return net.JoinHostPort(host, port), nil
}
