package guesttest

import (
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The kit can be repeated and removed, whether the interface is there or not.
func TestKit(t *testing.T) {
	t.Parallel()
	for _, name := range slices.Sorted(maps.Keys(systems)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			l.serveDHCP()
			a, n := systems[name](l, "a", 21), l.networkInterface(1)
			l.eventually("DHCP", func() bool { return a.has(v4(1, 21)) })
			file := map[string]string{
				"networkd":       "/etc/systemd/network/05-eni-failover-02770000010a.network",
				"NetworkManager": "/etc/NetworkManager/system-connections/eni-failover-02770000010a.nmconnection",
			}[name]
			for _, here := range []bool{false, true} {
				if here {
					n.move(a)
					l.eventually("DHCP", func() bool { return a.has(n.v4) })
				}
				if got := a.prepare(n); got != "wrote "+file+"\n" {
					t.Errorf("the first time: %s", got)
				}
				before := a.run("stat", "-c", "%i %Y %a", file)
				if got := a.prepare(n); got != file+" is up to date\n" {
					t.Errorf("the second time: %s", got)
				}
				if after := a.run("stat", "-c", "%i %Y %a", file); after != before {
					t.Errorf("the second time it wrote the file: %s, before %s", after, before)
				}
				rules := func() string { return a.run("ip", "rule") + a.run("ip", "-6", "rule") }
				if here {
					l.eventually("the rules", func() bool { return strings.Count(rules(), "5000:") == 2 })
					// An address less, while the interface is here.
					if got := a.kit("add", n.mac, n.v4.String()+"/24"); got != "wrote "+file+"\n" {
						t.Errorf("with one address: %s", got)
					}
					l.eventually("one rule", func() bool { return strings.Count(rules(), "5000:") == 1 && a.has(n.v4) && !a.has(n.v6) })
				}
				if got := a.kit("remove", strings.ToUpper(n.mac)); got != "removed "+file+"\n" {
					t.Errorf("removing: %s", got)
				}
				if got := a.kit("remove", n.mac); got != file+" does not exist\n" {
					t.Errorf("removing again: %s", got)
				}
				l.eventually("no rules", func() bool { return strings.Count(rules(), "5000:") == 0 })
				if out := a.run("find", filepath.Dir(file), "-name", "*eni-failover*"); out != "" {
					t.Errorf("left over: %s", out)
				}
			}
		})
	}
}

// A manager that has just started does not answer yet: the kit asks again, and says what is left to do if no answer comes.
func TestKitInsists(t *testing.T) {
	t.Parallel()
	needTools(t, "nsenter", "ip", "NetworkManager", "networkctl") // the kit writes to their directories, which a machine has of its own
	for name, c := range map[string]struct {
		daemon, client string // the manager's process, and what asks it
		failures       int    // answers that fail first
		status         int
		says           string
	}{
		"NetworkManager starts": {"NetworkManager", "nmcli", 2, 0, "wrote /etc/NetworkManager/"},
		"networkd starts":       {"systemd-network", "networkctl", 2, 0, "wrote /etc/systemd/network/"},
		"NetworkManager hangs":  {"NetworkManager", "nmcli", 99, 2, "not yet\neni-failover-guest: NetworkManager did not read what changed in /etc/NetworkManager/system-connections; run: nmcli connection reload\n"},
		"networkd hangs":        {"systemd-network", "networkctl", 99, 2, "not yet\neni-failover-guest: systemd-networkd did not read what changed in /etc/systemd/network; run: networkctl reload\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := (&lab{tb: t, dir: t.TempDir()}).machine("a", "mkdir /run/bin && cp $(command -v sleep) /run/bin/"+c.daemon)
			a.write("/run/bin/"+c.client, fmt.Sprintf("#!/bin/sh\necho >>/run/asked\n[ $(wc -l </run/asked) -gt %d ] || { echo not yet; exit 1; }\n", c.failures))
			a.run("chmod", "755", "/run/bin/"+c.client)
			a.start("/run/bin/"+c.daemon, "60")
			a.lab.eventually(c.daemon, func() bool {
				_, status := a.try("sh", "-c", `cat /proc/[0-9]*/comm | grep -qx "$0"`, c.daemon)
				return status == 0
			})
			out, status := a.try("sh", "-c", `PATH=/run/bin:$PATH exec "$0" add 02:77:00:00:01:0a 10.77.1.10/24`, example(t, "guest/eni-failover-guest"))
			if status != c.status || !strings.HasPrefix(out, c.says) {
				t.Errorf("status %d, want %d and %q\n%s", status, c.status, c.says, out)
			}
		})
	}
}

// Bad arguments change nothing and are named.
func TestKitRefuses(t *testing.T) {
	t.Parallel()
	needTools(t, "nsenter", "ip")
	a := (&lab{tb: t, dir: t.TempDir()}).machine("a", "")
	for args, want := range map[string]string{
		"":                                                "usage:",
		"add":                                             "usage:",
		"add 02:77:00:00:01:0a":                           "usage:",
		"add eth1 10.77.1.10/24":                          "eth1 is no MAC address",
		"add 02:77:00:00:01:0a 10.77.1.10":                "10.77.1.10 has no prefix length",
		"add 02:77:00:00:01:0a 10.77.1.10/8":              "not between /16 and /28",
		"add 02:77:00:00:01:0a 10.77.1.256/24":            "is no IPv4 or IPv6 address",
		"add 02:77:00:00:01:0a fd77::1/129":               "over 128",
		"add 02:77:00:00:01:0a fd77::1/x":                 "is no number",
		"add 02:77:00:00:01:0a fd77:::1/64":               "is no IPv4 or IPv6 address",
		"-m big add 02:77:00:00:01:0a 10.77.1.10/24":      "MTU",
		"-s ifupdown add 02:77:00:00:01:0a 10.77.1.10/24": "-s takes",
		"remove 02:77:00:00:01:0a 10.77.1.10/24":          "usage:",
		"replace 02:77:00:00:01:0a 10.77.1.10/24":         "usage:",
	} {
		out, status := a.try(example(t, "guest/eni-failover-guest"), strings.Fields(args)...)
		if status != 2 || !strings.Contains(out, want) {
			t.Errorf("%q: status %d, want 2 and %q\n%s", args, status, want, out)
		}
	}
	if out := a.run("ls", "-A", "/etc/systemd/network"); out != "" {
		t.Errorf("it wrote %s", out)
	}
}

// The subnet decides which router and which route the file names; each address gets a rule.
func TestKitFile(t *testing.T) {
	t.Parallel()
	needTools(t, "nsenter", "ip")
	a := (&lab{tb: t, dir: t.TempDir()}).machine("a", "")
	a.kit("-m", "9001", "add", "02:77:00:00:01:0A", "172.31.47.200/20", "172.31.32.9/20", "2001:db8:0:1::10/64")
	text := a.run("cat", "/etc/systemd/network/05-eni-failover-02770000010a.network")
	for _, want := range []string{
		"[Match]\nMACAddress=02:77:00:00:01:0a\n", "MTUBytes=9001\n", "Gateway=172.31.32.1\n", "Destination=172.31.32.0/20\n",
		"From=172.31.47.200/32\n", "From=172.31.32.9/32\n", "From=2001:db8:0:1::10/128\n", "Address=2001:db8:0:1::10/128\n",
	} {
		if strings.Count(text, want) != 1 {
			t.Errorf("%q is there %d times, want once:\n%s", want, strings.Count(text, want), text)
		}
	}
}

// The scripts are POSIX shell without what shellcheck finds.
func TestShellcheck(t *testing.T) {
	t.Parallel()
	needTools(t, "shellcheck")
	var scripts []string
	for _, pattern := range []string{"guest/eni-failover-*", "*/*.sh"} {
		found, err := filepath.Glob(example(t, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		scripts = append(scripts, found...)
	}
	if out, err := exec.CommandContext(t.Context(), "shellcheck", scripts...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
