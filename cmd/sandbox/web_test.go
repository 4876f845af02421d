package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// buffer is a bytes.Buffer that several goroutines can use.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(data []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(data)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// The page is served with the story that was asked for, until the context ends.
func TestWeb(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var out, errs buffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"-web=127.0.0.1:0", "-story", "race"}, streams{in: strings.NewReader(""), out: &out, err: &errs}, noEnv)
	}()
	var url string
	for deadline := time.Now().Add(time.Minute); url == "" && time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		url = regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(out.String())
	}
	for path, want := range map[string]string{"/": "<h1>", "/state": `"story":"race"`} {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatalf("%v\n%s%s", err, out.String(), errs.String())
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || !strings.Contains(string(body), want) {
			t.Errorf("%s: %v, %.300s", path, err, body)
		}
	}
	stop()
	if status := <-ended; status != exitOK || errs.String() != "" {
		t.Errorf("status %d, %s", status, errs.String())
	}
}

// Only loopback is served, and only a story that exists.
func TestWebUsage(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"accepted: a loopback address":         {"-web=0.0.0.0:0"},
		"the page is for this machine only":    {"-web=docker0:0"},
		"accepted: -web, or an address":        {"-web=false"},
		"missing port":                         {"-web=127.0.0.1"},
		`story is "other"`:                     {"-web=:0", "-story", "other"},
		"-json does not go with -web":          {"-web", "-json"},
		"DETACH_GRACE":                         {"-web=:0"},
		"accepted: flags only":                 {"-web", ":0"},
		"-interrupt does not go with -web":     {"-web", "-interrupt", "i-000000d1"},
		"-story does not go with -print-world": {"-print-world", "-story", "free"},
	} {
		var env []string
		if want == "DETACH_GRACE" {
			env = []string{"DETACH_GRACE=soon"}
		}
		if r := sandbox(t, "", env, args...); r.status != exitUsage || !strings.Contains(r.err, want) {
			t.Errorf("%q: status %d, %s", args, r.status, r.err)
		}
	}
}
