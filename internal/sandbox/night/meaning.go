package night

import (
	"regexp"
	"strings"

	"github.com/eni-failover/eni-failover/docs"
)

// meanings returns what the documentation says of each outcome and reason, by their codes. Of a code that it explains twice it
// is the first explanation.
func meanings() map[string]string {
	row := regexp.MustCompile("^\\| `([a-z-]+)` \\| ([^|]+) \\|")
	link := regexp.MustCompile(`\[([^]]+)\]\([^)]+\)`)
	all := map[string]string{}
	for line := range strings.Lines(docs.Reasons) {
		if cells := row.FindStringSubmatch(line); cells != nil && all[cells[1]] == "" {
			all[cells[1]] = strings.ReplaceAll(link.ReplaceAllString(cells[2], "$1"), "`", "")
		}
	}
	return all
}
