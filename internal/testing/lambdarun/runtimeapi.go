package lambdarun

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// maxResponse is Lambda's limit on a result, in bytes.
const maxResponse = 6 << 20

// invocation is one event on its way through the function.
type invocation struct {
	id       string
	payload  []byte
	deadline time.Time
	answered chan struct{} // closed when result is set
	result   Result
}

func newInvocation(payload []byte, deadline time.Time) *invocation {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	id := fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
	return &invocation{id: id, payload: payload, deadline: deadline, answered: make(chan struct{})}
}

// runtimeAPI is the part of Lambda that a function's process talks to, version 2018-06-01
// (docs: "Using the Lambda runtime API for custom runtimes").
type runtimeAPI struct {
	http.ServeMux

	arn     string
	offered chan *invocation
	ready   chan struct{} // closed at the first request for an event

	mu      sync.Mutex
	waiting chan struct{}          // closed while the process waits for an event
	running map[string]*invocation // handed out, not yet answered
	failed  *Error                 // the init error that the process reported
}

func newRuntimeAPI(arn string) *runtimeAPI {
	a := &runtimeAPI{
		arn:     arn,
		offered: make(chan *invocation, 1),
		ready:   make(chan struct{}),
		waiting: make(chan struct{}),
		running: map[string]*invocation{},
	}
	a.HandleFunc("GET /2018-06-01/runtime/invocation/next", a.next)
	a.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", a.response)
	a.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", a.fail)
	a.HandleFunc("POST /2018-06-01/runtime/init/error", a.failInit)
	return a
}

// offer gives the process its next event; there is at most one.
func (a *runtimeAPI) offer(in *invocation) {
	a.mu.Lock()
	a.waiting = make(chan struct{})
	a.mu.Unlock()
	a.offered <- in
}

// idle is closed when the process waits for an event.
func (a *runtimeAPI) idle() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.waiting
}

func (a *runtimeAPI) initError() *Error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.failed
}

// next answers the process's long poll for an event.
func (a *runtimeAPI) next(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	closeOnce(a.ready)
	closeOnce(a.waiting)
	a.mu.Unlock()
	select {
	case <-r.Context().Done():
	case in := <-a.offered:
		a.mu.Lock()
		a.running[in.id] = in
		a.mu.Unlock()
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Lambda-Runtime-Aws-Request-Id", in.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(in.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", a.arn)
		h.Set("Lambda-Runtime-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0")
		_, _ = w.Write(in.payload)
	}
}

// closeOnce closes a channel if it is open. The caller holds the lock.
func closeOnce(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}

func (a *runtimeAPI) response(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxResponse+1))
	switch {
	case err != nil:
		refuse(w, http.StatusBadRequest, "InvalidRequest", err.Error())
	case len(body) > maxResponse:
		failure := &Error{
			Type:    "Function.ResponseSizeTooLarge",
			Message: fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", maxResponse),
		}
		if a.answer(w, r, Result{Error: failure}) {
			refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", failure.Message)
		}
	default:
		if a.answer(w, r, Result{Payload: body}) {
			w.WriteHeader(http.StatusAccepted)
		}
	}
}

func (a *runtimeAPI) fail(w http.ResponseWriter, r *http.Request) {
	if failure := readError(w, r); failure != nil && a.answer(w, r, Result{Error: failure}) {
		w.WriteHeader(http.StatusAccepted)
	}
}

func (a *runtimeAPI) failInit(w http.ResponseWriter, r *http.Request) {
	failure := readError(w, r)
	if failure == nil {
		return
	}
	a.mu.Lock()
	a.failed = failure
	a.mu.Unlock()
	w.WriteHeader(http.StatusAccepted)
}

// answer ends the invocation that the request names. It refuses an invocation that is unknown or already answered.
func (a *runtimeAPI) answer(w http.ResponseWriter, r *http.Request, result Result) bool {
	id := r.PathValue("id")
	a.mu.Lock()
	in, ok := a.running[id]
	delete(a.running, id)
	a.mu.Unlock()
	if !ok {
		refuse(w, http.StatusBadRequest, "InvalidRequestID", fmt.Sprintf("Invalid request ID %q", id))
		return false
	}
	in.result = result
	close(in.answered)
	return true
}

// readError reads the error that the process reports. It refuses a body that is not an error.
func readError(w http.ResponseWriter, r *http.Request) *Error {
	var failure Error
	if err := json.NewDecoder(r.Body).Decode(&failure); err != nil {
		refuse(w, http.StatusBadRequest, "InvalidErrorShape", err.Error())
		return nil
	}
	return &failure
}

func refuse(w http.ResponseWriter, status int, kind, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(&Error{Type: kind, Message: message})
}
