package logssim

import "testing"

func TestPatterns(t *testing.T) {
	const line = `{"level":"WARN","message":"failover","outcome":"ignored","trigger":{"kind":"alarm"},"n":1}`
	for pattern, want := range map[string]bool{
		"":                                                         true,
		`{ $.message = "failover" }`:                               true,
		`{$.message="failover"}`:                                   true,
		`{ $.message != "failover" }`:                              false,
		`{ $.message != "audit" }`:                                 true,
		`{ $.trigger.kind = "alarm" }`:                             true,
		`{ $.trigger.kind.more = "alarm" }`:                        false,
		`{ $.missing != "x" }`:                                     false,
		`{ $.n = "1" }`:                                            false,
		`{ ($.level = "ERROR") || ($.level = "WARN") }`:            true,
		`{ ($.level = "WARN") && ($.outcome = "moved") }`:          false,
		`{ $.level = "X" && $.level = "X" || $.level = "WARN" }`:   true,
		`{ $.level = "X" && ($.level = "X" || $.level = "WARN") }`: false,
		`{ ($.message = "failover") && (($.a = "b") || ($.level = "WARN")) }`: true,
	} {
		matches, err := parsePattern(pattern)
		if err != nil || matches(line) != want {
			t.Errorf("%s: want %t, %v", pattern, want, err)
		}
	}
	if matches, err := parsePattern(`{ $.a != "b" }`); err != nil || matches("no JSON") {
		t.Errorf("a line without JSON matches, %v", err)
	}
	for _, bad := range []string{`failover`, `{`, `{ }`, `{ $.a }`, `{ $.a = b }`, `{ ($.a = "b" }`, `{ $.a = "b" } x`, `{ $.a = "b" || }`, `{ $.a = "b" && }`} {
		if _, err := parsePattern(bad); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}
