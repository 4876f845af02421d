package textfmt_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/eni-failover/eni-failover/internal/textfmt"
)

func TestList(t *testing.T) {
	tests := []struct {
		list []string
		want string
	}{
		{nil, ""},
		{[]string{"a"}, "a"},
		{[]string{"a", "b"}, "a, b"},
		{[]string{"a", "b", "c"}, "a, b and 1 more"},
		{make([]string, 1000), ",  and 998 more"},
	}
	for _, tt := range tests {
		if got := textfmt.List(tt.list, ", ", 2); got != tt.want {
			t.Errorf("List of %d is %q; want %q", len(tt.list), got, tt.want)
		}
	}
}

func TestShorten(t *testing.T) {
	if got := textfmt.Shorten("short", 5); got != "short" {
		t.Errorf("Shorten is %q; want it as it was", got)
	}
	long := "begin " + strings.Repeat("ä", 5000) + " next: send it again"
	for most := 900; most < 904; most++ {
		got := textfmt.Shorten(long, most)
		if len(got) > most+40 || !utf8.ValidString(got) || !strings.HasPrefix(got, "begin ") || !strings.HasSuffix(got, "next: send it again") {
			t.Errorf("Shorten of %d bytes, at most %d: %q", len(got), most, got)
		}
		if !strings.Contains(got, "bytes left out") {
			t.Errorf("Shorten does not say that it was cut: %q", got)
		}
	}
}
