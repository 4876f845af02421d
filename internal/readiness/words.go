package readiness

import (
	"fmt"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// few lists the first three of a list for a sentence, and counts the others.
func few(list []string) string {
	const maxListed = 3
	switch n := len(list); {
	case n == 0:
		return "nothing"
	case n > maxListed:
		return fmt.Sprintf("%s and %d more", strings.Join(list[:maxListed], ", "), n-maxListed)
	case n > 1:
		return strings.Join(list[:n-1], ", ") + " and " + list[n-1]
	}
	return list[0]
}

// are returns the verb for a list: is, or are.
func are(list []string) string {
	if len(list) == 1 {
		return "is"
	}
	return "are"
}

// number returns a number with its noun: 1 member, 2 members.
func number(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// have returns the verb for a list: has, or have.
func have(list []string) string {
	if len(list) == 1 {
		return "has"
	}
	return "have"
}

// second returns an instant to the second, for a sentence.
func second(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05 UTC") }

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
