package readiness

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// largeResult is that of an account with ten thousand interfaces, none of which is ready.
func largeResult() Result {
	s := groupOf(0)
	for k := range 10_000 {
		group := fmt.Sprintf("group-%d", k)
		in := inventory.Instance{ID: fmt.Sprintf("i-%017x", k), AZ: "a", VPC: "v", State: inventory.StateRunning, Groups: []string{group}}
		e := interfaceOn(fmt.Sprintf("eni-%017x", k), in.ID)
		e.Group = group
		s.Add(in)
		s.Interfaces = append(s.Interfaces, e)
	}
	return Inspect(s, nil, Settings{}, noon)
}

// TestLimited checks that a result that is too large for Lambda is cut, and that it says how much was left out.
func TestLimited(t *testing.T) {
	whole := largeResult()
	r := whole.Limited()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	twice, err := json.Marshal(string(b)) // as the runtime may pass it on
	if err != nil || len(twice) > 6<<20 {
		t.Errorf("%d bytes, %v", len(twice), err)
	}
	o := r.Summary.Omitted
	if o == nil || len(r.Findings)+o.Findings != len(whole.Findings) || len(r.Interfaces)+o.Interfaces != 10_000 || len(r.Groups)+o.Groups != 10_000 ||
		o.Findings == 0 || len(r.Findings) < 1000 || len(r.Interfaces) < 1000 {
		t.Errorf("%d findings, %d interfaces, %d groups, omitted %+v", len(r.Findings), len(r.Interfaces), len(r.Groups), o)
	}
	if whole.Summary.Omitted != nil {
		t.Error("the result itself was changed")
	}
	if r := Inspect(groupOf(2), nil, Settings{}, noon).Limited(); r.Summary.Omitted != nil || len(r.Interfaces) != 1 {
		t.Errorf("a small result is cut: %+v", r.Summary)
	}
}

// TestTextIsShort checks that the text of a large result is short, and that its lines fit a terminal.
func TestTextIsShort(t *testing.T) {
	text := largeResult().Summary.Text
	if n := strings.Count(text, "\n"); n > 400 {
		t.Errorf("%d lines", n)
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if utf8.RuneCountInString(line) > textWidth || strings.HasSuffix(line, " ") {
			t.Errorf("%q", line)
		}
	}
	for _, want := range []string{"10000, of which 10000 not ready", "... and 9960 more\n", "more findings, see the log"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text[:2000])
		}
	}
}
