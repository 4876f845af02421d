package readiness

import (
	"fmt"
	"strings"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// few lists things for a sentence; there may be hundreds.
func few(list []string) string {
	const most = 3
	switch n := len(list); {
	case n == 0:
		return "nothing"
	case n > most:
		return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), n-most)
	case n > 1:
		return strings.Join(list[:n-1], ", ") + " and " + list[n-1]
	}
	return list[0]
}

// are is the form of to be that goes with a list.
func are(list []string) string {
	if len(list) == 1 {
		return "is"
	}
	return "are"
}

// number counts things in words fit for a sentence.
func number(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func have(list []string) string {
	if len(list) == 1 {
		return "has"
	}
	return "have"
}

func countAddresses(e inventory.Interface) string {
	parts := []string{number(len(e.Addresses), "IPv4 address", "IPv4 addresses")}
	if len(e.IPv6) > 0 {
		parts = append(parts, number(len(e.IPv6), "IPv6 address", "IPv6 addresses"))
	}
	if len(e.Prefixes) > 0 {
		parts = append(parts, number(len(e.Prefixes), "prefix", "prefixes"))
	}
	return few(parts)
}
