package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/pace"
	"github.com/eni-failover/eni-failover/internal/sandbox/night"
)

const (
	// maxBody limits an action, in bytes.
	maxBody = 4096
	// minGap is the time between two messages to a window: more often, it is not seen.
	minGap = 30 * time.Millisecond
	// maxSilence is the time after which an open window gets a comment, so that a connection that is broken is noticed.
	maxSilence = 15 * time.Second
	// maxWrite is the time that a window may take for a message. A window that takes longer is disconnected, and comes back by
	// itself.
	maxWrite = 10 * time.Second
)

// policy lets the page load what this server has, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// guard refuses requests that do not come from the page itself or from a person on this machine. A page of another site can
// make a browser send requests here, with the name of that site or from its origin.
func guard(next http.Handler) http.Handler {
	sameOrigin := http.NewCrossOriginProtection()
	sameOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusForbidden, problem{Error: fmt.Sprintf("Origin is %q; accepted: the page itself", r.Header.Get("Origin")), Field: "Origin", Value: r.Header.Get("Origin")})
	}))
	checked := sameOrigin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if accepted := acceptedHosts(r.Context()); !slices.Contains(accepted, strings.ToLower(r.Host)) {
			refuse(w, http.StatusForbidden, problem{Error: fmt.Sprintf("Host is %q; accepted: %s", r.Host, strings.Join(accepted, ", ")), Field: "Host", Value: r.Host, Accepted: accepted})
			return
		}
		checked.ServeHTTP(w, r)
	})
}

// acceptedHosts lists the names of this server, with the port that a request has come to.
func acceptedHosts(ctx context.Context) []string {
	local, ok := ctx.Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return nil
	}
	address, port, err := net.SplitHostPort(local.String())
	if err != nil {
		return nil
	}
	var hosts []string
	for _, name := range []string{"localhost", "127.0.0.1", "::1", address} {
		if host := net.JoinHostPort(name, port); !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

// file answers with a part of the page.
func file(kind string, data []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(data) // the browser is gone otherwise
	}
}

// getState answers with everything that there is to see.
func (s *Site) getState(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, s.hub.since(0, 0))
}

// getEvents sends everything that there is to see, and then each change, as server-sent events.
func (s *Site) getEvents(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	changed := s.hub.join()
	defer s.hub.leave(changed)
	story, version := 0, 0
	for ok := true; ok; ok = pace.Wait(r.Context(), minGap) && await(r.Context(), changed) {
		m := s.hub.since(story, version)
		text := []byte(": nothing new\n\n")
		if m.Story != story || m.Version != version {
			text = m.event()
		}
		story, version = m.Story, m.Version
		_ = out.SetWriteDeadline(time.Now().Add(maxWrite)) // the connection has deadlines
		if _, err := w.Write(text); err != nil || out.Flush() != nil {
			return
		}
	}
}

// event returns a message as a server-sent event.
func (m message) event() []byte {
	data, err := json.Marshal(m)
	if err != nil {
		panic(err) // it has plain fields
	}
	return fmt.Appendf(nil, "id: %d-%d\ndata: %s\n\n", m.Story, m.Version, data)
}

// await waits for a change, or until a window must get something all the same. It reports false if ctx ends before.
func await(ctx context.Context, changed <-chan struct{}) bool {
	silence, cancel := context.WithTimeout(ctx, maxSilence)
	defer cancel()
	select {
	case <-changed:
	case <-silence.Done():
	}
	return ctx.Err() == nil
}

// problem is the answer to a request that is refused.
type problem struct {
	// Error says what is wrong, and what is accepted.
	Error    string   `json:"error"`
	Field    string   `json:"field,omitempty"`
	Value    string   `json:"value,omitempty"`
	Accepted []string `json:"accepted,omitempty"`
}

// done is the answer to an action that has been carried out: what the window has to wait for to see its effect.
type done struct {
	Story   int `json:"story"`
	Version int `json:"version"`
}

// postAction carries out an action.
func (s *Site) postAction(w http.ResponseWriter, r *http.Request) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		value := r.Header.Get("Content-Type")
		refuse(w, http.StatusUnsupportedMediaType, problem{Error: fmt.Sprintf("Content-Type is %q; accepted: application/json", value), Field: "Content-Type", Value: value, Accepted: []string{"application/json"}})
		return
	}
	a, status, bad := readAction(http.MaxBytesReader(w, r.Body, maxBody))
	if status != 0 {
		refuse(w, status, bad)
		return
	}
	var wrong *night.ActionError
	switch err := s.player.Do(r.Context(), a); {
	case errors.As(err, &wrong):
		refuse(w, http.StatusBadRequest, problem{Error: wrong.Error(), Field: wrong.Field, Value: wrong.Value, Accepted: wrong.Accepted})
	case err != nil:
		refuse(w, http.StatusConflict, problem{Error: err.Error()})
	default:
		m := s.hub.since(0, 0)
		answer(w, http.StatusOK, done{m.Story, m.Version})
	}
}

// readAction reads an action: one object, with known fields only. status is zero if it can be used.
func readAction(body io.Reader) (a night.Action, status int, bad problem) {
	accepted := []string{"do", "story", "instance", "interface", "speed", "delivery"}
	dec := json.NewDecoder(body)
	dec.DisallowUnknownFields()
	err := dec.Decode(&a)
	if err == nil {
		if _, err = dec.Token(); errors.Is(err, io.EOF) {
			return a, 0, problem{}
		}
		err = errors.New("more than one value")
	}
	var (
		long  *http.MaxBytesError
		other *json.UnmarshalTypeError
	)
	switch {
	case errors.As(err, &long):
		return a, http.StatusRequestEntityTooLarge, problem{Error: fmt.Sprintf("the body is longer than %d bytes", maxBody), Field: "body"}
	case errors.As(err, &other):
		return a, http.StatusBadRequest, problem{Error: fmt.Sprintf("%s is a JSON %s; accepted: a string", other.Field, other.Value), Field: other.Field, Value: other.Value}
	}
	if name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		name = strings.Trim(name, `"`)
		return a, http.StatusBadRequest, problem{Error: fmt.Sprintf("field %q is unknown; accepted: %s", name, strings.Join(accepted, ", ")), Field: name, Accepted: accepted}
	}
	return a, http.StatusBadRequest, problem{Error: "the body is not one JSON object: " + err.Error() + `; accepted: like {"do":"play"}`, Field: "body"}
}

// refuse answers that a request is refused.
func refuse(w http.ResponseWriter, status int, p problem) { answer(w, status, p) }

// answer answers with JSON.
func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client is gone otherwise
}
