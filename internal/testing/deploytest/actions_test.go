package deploytest_test

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// seenVariable names the environment variable with the file that awssim.ActionsVariable had in a run of all
// tests.
const seenVariable = "ENI_FAILOVER_SEEN"

// onBehalf are the actions of calls that AWS makes on the caller's behalf: Route 53 asks EC2 for a VPC (Service
// Authorization Reference, Route 53), and EC2 makes a grant on a key (EBS guide, "Requirements for Amazon EBS encryption").
func onBehalf() []string { return []string{"ec2:DescribeVpcs", "kms:CreateGrant"} }

// otherCallers are the tests whose calls are not those of the functions: the simulator's own, and those of the command for
// people, who have permissions of their own, which its tests compare with its calls.
func otherCallers() []string { return []string{"awssim.test", "eni-failover.test"} }

// forPeople reports whether an action is one that only the command for people makes, though the edge has its test.
func forPeople(program, action string) bool {
	return program == "ec2api.test" && action == "ec2:DeleteTags"
}

// The roles allow every call that the functions make in any test of the project, and no other.
func TestActionsSeenAreActionsAllowed(t *testing.T) {
	path := os.Getenv(seenVariable)
	if path == "" {
		t.Skipf("%s is not set: it takes a run of all tests", seenVariable)
	}
	seen := map[string]string{} // action → a test binary
	for line := range strings.Lines(readFile(t, path)) {
		program, action, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.HasSuffix(program, ".test") && !slices.Contains(otherCallers(), program) && !forPeople(program, action) {
			seen[action] = program
		}
	}
	s := deployEverything(t)
	permitted := map[string]bool{}
	for _, role := range []string{"FailoverRole", "AuditRole"} {
		for _, g := range grantsOf(s.policies(t, role)[1:]) {
			permitted[g.action] = true
			if seen[g.action] == "" && !slices.Contains(onBehalf(), g.action) {
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
