package trigger_test

import (
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/trigger"
)

// TestSyntax: the error for bytes that are not JSON says where they break, and an object that has a name twice is refused.
func TestSyntax(t *testing.T) {
	for event, want := range map[string]string{
		`{"group":"db"`:                       "event is {\"group\":\"db\"; accepted: one JSON object; it breaks at line 1, column 13: unexpected end of JSON input",
		"{\"group\":\"db\",\n}":               "line 2, column 1: invalid character '}'",
		"{\n  \"group\": \"db\"\n  \"a\": 1}": "line 3, column 3: invalid character '\"'",
		``:                                    "event is empty; accepted: one JSON object",
		`{} {}`:                               "line 1, column 4: invalid character '{'",
		`{"group":"db","group":"web","target":"i-0a1b2c3d4e5f60003"}`:                                "group is there twice; accepted: each name once",
		`{"source":"eni-failover","detail-type":"x","detail":{"a":[{"b":1},{"b":1,"b":2}],"a2":{}}}`: "detail.a.b is there twice",
	} {
		_, err := trigger.Parse([]byte(event))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v; want %q", event, err, want)
		}
	}
	if _, err := trigger.Parse([]byte(`{"group":"db","target":"i-0a1b2c3d4e5f60003"}`)); err != nil {
		t.Error(err)
	}
}
