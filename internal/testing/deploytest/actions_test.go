package deploytest_test

import (
	"os"
	"strings"
	"testing"
)

// seenVariable names the environment variable with the file that awssim.ActionsVariable had in a run of all
// tests.
const seenVariable = "ENI_FAILOVER_SEEN"

// What all the tests of the project have the two functions call is what their roles allow, and no more.
func TestActionsSeenAreActionsAllowed(t *testing.T) {
	path := os.Getenv(seenVariable)
	if path == "" {
		t.Skipf("%s is not set: it takes a run of all tests", seenVariable)
	}
	seen := map[string]string{} // action → a test binary
	for line := range strings.Lines(readFile(t, path)) {
		program, action, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.HasSuffix(program, ".test") && program != "awssim.test" { // which tests the simulator's own actions
			seen[action] = program
		}
	}
	s := everything(t)
	permitted := map[string]bool{}
	for _, role := range []string{"FailoverRole", "AuditRole"} {
		for _, g := range allowed(s.policies(t, role)[1:]) {
			permitted[g.action] = true
			// Route 53 asks EC2 for the VPC on the caller's behalf (Service Authorization Reference, Route 53).
			if seen[g.action] == "" && g.action != "ec2:DescribeVpcs" && !triedElsewhere(g.action) {
				t.Errorf("%s allows %s, which no test saw called", role, g.action)
			}
		}
	}
	for action, program := range seen {
		if !permitted[action] {
			t.Errorf("%s saw %s called, which no role allows", program, action)
		}
	}
}
