package textfmt_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/textfmt"
)

func TestHang(t *testing.T) {
	for _, tt := range []struct {
		lead, text string
		width      int
		want       []string
	}{
		{"- ", "", 10, []string{"-"}},
		{"- ", "a bc def", 100, []string{"- a bc def"}},
		{"- ", "aaaa bbbb cccc", 11, []string{"- aaaa bbbb", "  cccc"}},
		{"é ", "ééé ööö", 6, []string{"é ééé", "  ööö"}},
		{"", "a-very-long-word b", 5, []string{"a-very-long-word", "b"}},
	} {
		if d := cmp.Diff(tt.want, textfmt.Hang(tt.lead, tt.text, tt.width)); d != "" {
			t.Errorf("%q at %d: %s", tt.text, tt.width, d)
		}
	}
}

func TestLeads(t *testing.T) {
	got := textfmt.Leads(1, [][]string{{"é", "bb", "rest"}, {"aaa", "b", "rest"}, {"rest"}})
	if d := cmp.Diff([]string{" é    bb  ", " aaa  b   ", " "}, got); d != "" {
		t.Error(d)
	}
}
