package probetag

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	tests := map[string]Probe{
		"tcp:5432": {[]Check{{TCP, 5432, "", "tcp:5432"}}, 10 * time.Second, time.Second},
		" tcp:1\ttcp:65535 for:2s timeout:100ms ": {
			[]Check{{TCP, 1, "", "tcp:1"}, {TCP, 65535, "", "tcp:65535"}}, 2 * time.Second, 100 * time.Millisecond,
		},
		"timeout:10s http:80 for:10m https:8443/health?full=1&x=%20": {
			[]Check{{HTTP, 80, "/", "http:80"}, {HTTPS, 8443, "/health?full=1&x=%20", "https:8443/health?full=1&x=%20"}},
			10 * time.Minute, 10 * time.Second,
		},
		"http:80/a:b http:80/": {
			[]Check{{HTTP, 80, "/a:b", "http:80/a:b"}, {HTTP, 80, "/", "http:80/"}}, DefaultFor, DefaultTimeout,
		},
	}
	for value, want := range tests {
		got, err := Parse(value)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Check{})); diff != "" || err != nil {
			t.Errorf("%q: %v (-want +got)\n%s", value, err, diff)
		}
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ value, field, named, accepted string }{
		{"", Name, "", "tcp:PORT"},
		{"  ", Name, "  ", "at least one"},
		{"for:5s timeout:1s", Name, "for:5s timeout:1s", "at least one"},
		{"udp:53", Name, "udp:53", "tcp:PORT"},
		{"TCP:53", Name, "TCP:53", "tcp:PORT"},
		{"5432", Name, "5432", "tcp:PORT"},
		{"tcp", "tcp", "", "from 1 to 65535"},
		{"tcp:0", "tcp", "0", "from 1 to 65535"},
		{"tcp:65536", "tcp", "65536", "from 1 to 65535"},
		{"tcp:+80", "tcp", "+80", "from 1 to 65535"},
		{"tcp:80/", "tcp", "80/", "from 1 to 65535"},
		{"http:health", "http", "health", "a path that begins with /"},
		{"http:80health", "http", "80health", "a path that begins with /"},
		{"http:80/%zz", "http", "80/%zz", "percent-encoded"},
		{"http:80/#top", "http", "80/#top", "without #"},
		{"http:80/ü", "http", "80/ü", "ASCII"},
		{"tcp:1 for:1999ms", "for", "1999ms", "from 2s to 10m"},
		{"tcp:1 for:601s", "for", "601s", "from 2s to 10m"},
		{"tcp:1 for:10", "for", "10", "from 2s to 10m"},
		{"tcp:1 for:", "for", "", "from 2s to 10m"},
		{"tcp:1 timeout:99ms", "timeout", "99ms", "from 100ms to 10s"},
		{"tcp:1 timeout:11s", "timeout", "11s", "from 100ms to 10s"},
		{"tcp:1 timeout:-1s", "timeout", "-1s", "from 100ms to 10s"},
		{"tcp:1 tcp:1", "tcp", "1", "once"},
		{"tcp:1 for:3s for:4s", "for", "4s", "once"},
		{"tcp:1" + strings.Repeat(" ", 300), Name, "tcp:1" + strings.Repeat(" ", 35) + "…", "256 bytes"},
	}
	for _, test := range tests {
		got, err := Parse(test.value)
		bad, ok := errors.AsType[*ValueError](err)
		if !ok || got.Checks != nil || bad.Field != test.field || bad.Value != test.named || !strings.Contains(bad.Accepted, test.accepted) {
			t.Errorf("%q: %+v, %v; want field %s, value %q, accepted … %s …", test.value, got, err, test.field, test.named, test.accepted)
		}
	}
}

// A value that Parse accepts can be written from the result, and Parse accepts it again.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"tcp:5432 for:5s", "http:80/a?b https:443 timeout:1s", "for:5s", "tcp:80/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		p, err := Parse(value)
		if err != nil {
			return
		}
		words := []string{"for:" + p.For.String(), "timeout:" + p.Timeout.String()}
		for _, c := range p.Checks {
			words = append(words, c.String())
			if c.Port == 0 || (c.Path == "") != (c.Kind == TCP) {
				t.Errorf("%q: check %+v", value, c)
			}
		}
		again, err := Parse(strings.Join(words, " "))
		if len(value) < 200 && (err != nil || !cmp.Equal(p, again, cmp.AllowUnexported(Check{}))) {
			t.Errorf("%q: %+v, then %+v, %v", value, p, again, err)
		}
	})
}
