package lambdarun

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A process that breaks the protocol gets an error, and its init error is kept.
func TestRuntimeAPI(t *testing.T) {
	api := newRuntimeAPI("arn:aws:lambda:eu-west-1:123456789012:function:f")
	in := newInvocation([]byte(`{"a":1}`), time.UnixMilli(1_795_428_280_000))
	api.offer(in)
	const base = "/2018-06-01/runtime/"
	steps := []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"POST", "invocation/" + in.id + "/response", "early", 400, "InvalidRequestID"},
		{"GET", "invocation/next", "", 200, `{"a":1}`},
		{"POST", "invocation/" + in.id + "/error", "no JSON", 400, "InvalidErrorShape"},
		{"POST", "invocation/" + in.id + "/response", `"ok"`, 202, ""},
		{"POST", "invocation/" + in.id + "/response", "twice", 400, "InvalidRequestID"},
		{"POST", "init/error", `{"errorMessage":"GROUPS is wrong","errorType":"ConfigError"}`, 202, ""},
		{"GET", "invocation/" + in.id, "", 404, ""},
	}
	for _, s := range steps {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), s.method, base+s.path, strings.NewReader(s.body)))
		if w.Code != s.status || !strings.Contains(w.Body.String(), s.want) {
			t.Errorf("%s %s: %d %s, want %d with %q", s.method, s.path, w.Code, w.Body, s.status, s.want)
		}
		if s.method == http.MethodGet && w.Code == http.StatusOK {
			if got := w.Header().Get("Lambda-Runtime-Deadline-Ms"); got != "1795428280000" {
				t.Errorf("deadline %q", got)
			}
		}
	}
	if string(in.result.Payload) != `"ok"` {
		t.Errorf("result %q", in.result.Payload)
	}
	if err := api.initError(); err == nil || err.Error() != "ConfigError: GROUPS is wrong" {
		t.Errorf("init error %v", err)
	}
}
