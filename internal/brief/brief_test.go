package brief_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/eni-failover/eni-failover/internal/brief"
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
		if got := brief.List(tt.list, ", ", 2); got != tt.want {
			t.Errorf("List of %d is %q; want %q", len(tt.list), got, tt.want)
		}
	}
}

func TestText(t *testing.T) {
	if got := brief.Text("short", 5); got != "short" {
		t.Errorf("Text is %q; want it as it was", got)
	}
	long := "begin " + strings.Repeat("ä", 5000) + " next: send it again"
	for most := 900; most < 904; most++ {
		got := brief.Text(long, most)
		if len(got) > most+40 || !utf8.ValidString(got) || !strings.HasPrefix(got, "begin ") || !strings.HasSuffix(got, "next: send it again") {
			t.Errorf("Text of %d bytes, at most %d: %q", len(got), most, got)
		}
		if !strings.Contains(got, "bytes left out") {
			t.Errorf("Text does not say that it was cut: %q", got)
		}
	}
}
