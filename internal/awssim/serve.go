package awssim

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"time"
)

type reply struct {
	status    int
	requestID string
	body      []byte
	header    http.Header
}

// exchange is one call at the instant at which it takes effect.
type exchange struct {
	sim    *Sim
	now    time.Time
	req    *request
	acc    *account // the present account for a change, the visible one for a read
	repeat string
}

// ServeHTTP answers over HTTP. If the reply is to be lost it breaks the connection.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rep, err := s.serve(r)
	if err != nil {
		panic(http.ErrAbortHandler) // closes the connection without a reply
	}
	maps.Copy(w.Header(), rep.header)
	w.WriteHeader(rep.status)
	_, _ = w.Write(rep.body) // an error means that the client is gone
}

// RoundTripper returns an in-memory transport. It answers in the caller's goroutine, without a socket or another
// goroutine.
func (s *Sim) RoundTripper() http.RoundTripper {
	return transport{s}
}

type transport struct{ sim *Sim }

// RoundTrip implements [http.RoundTripper].
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }() // a body in memory does not fail
	}
	rep, err := t.sim.serve(r)
	if err != nil {
		return nil, err
	}
	rep.header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	return &http.Response{
		Status: strconv.Itoa(rep.status) + " " + http.StatusText(rep.status), StatusCode: rep.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: rep.header,
		Body:   io.NopCloser(bytes.NewReader(rep.body)), ContentLength: int64(len(rep.body)), Request: r,
	}, nil
}

// serve handles one call; the package comment lists the steps. An error is a broken connection, or the end of the
// caller's context.
func (s *Sim) serve(r *http.Request) (*reply, error) {
	req, err := decode(r)
	if err != nil {
		return nil, err
	}
	call := Call{
		Service: req.service, Action: req.action, Params: req.params,
		Mutating: req.operation.mutating, DryRun: req.params.Get("DryRun") == "true", AccessKey: req.accessKey,
	}
	key := req.action + "?" + req.params.Encode()
	before, after := splitLatency(s.latency(), key)
	key += " by " + req.accessKey
	if err := s.turns.wait(r.Context(), before, key); err != nil {
		s.turns.giveUp(key)
		return nil, s.logLost(call, err)
	}
	fault := s.faultFor(call)
	if fault.Drop {
		return nil, s.logLost(call, fmt.Errorf("awssim: request dropped: %w", io.ErrUnexpectedEOF))
	}
	if err := s.turns.wait(r.Context(), fault.Delay, key); err != nil {
		s.turns.giveUp(key)
		return nil, s.logLost(call, err)
	}
	return s.finish(r.Context(), req, call, key, fault, after)
}

// finish makes a call take effect and returns its reply.
func (s *Sim) finish(
	ctx context.Context, req *request, call Call, key string, fault Fault, after time.Duration,
) (*reply, error) {
	if fault.Before != nil {
		fault.Before()
	}
	rep, seq := s.perform(req, call, fault)
	if fault.After != nil {
		fault.After()
	}
	err := wait(ctx, s.turns.arrivalDelay(after))
	switch {
	case err != nil:
		s.turns.giveUp(key)
	case fault.LoseReply:
		err = fmt.Errorf("awssim: reply lost: %w", io.ErrUnexpectedEOF)
	}
	if err != nil {
		s.markReplyLost(seq)
		return nil, err
	}
	return rep, nil
}

// perform makes a call take effect, at one instant, and logs it.
func (s *Sim) perform(req *request, call Call, fault Fault) (*reply, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := &exchange{sim: s, now: time.Now(), req: req, acc: s.acc}
	s.settle(e.now)
	// Route 53's lists show a change at once, pending or not (API reference of ListResourceRecordSets).
	if !req.operation.mutating && req.service != serviceRoute53 {
		e.acc = s.view(e.now, fault.Stale).without(fault.Hide)
		e.repeat = fault.Repeat
	}
	call.Seq, call.Time = len(s.calls)+1, e.now
	rep := &reply{requestID: fmt.Sprintf("%08x-0000-4000-8000-%012x", call.Seq, call.Seq)}
	out := &xmlWriter{}
	refused := req.wrongRegion(s.acc.Region)
	if refused == nil {
		refused = s.throttled(req, e.now)
	}
	if refused == nil {
		refused = fault.refusal()
	}
	if refused == nil {
		if refused = req.operation.run(e, out); refused == nil && req.operation.mutating {
			s.remember(e.now)
		}
	}
	rep.status = http.StatusOK
	if refused != nil {
		rep.status, call.Code = refused.status, refused.code
	}
	rep.body = envelope(req, rep.requestID, out, refused)
	rep.header = headers(req.protocol, rep.requestID, refused)
	call.Status = rep.status
	s.calls = append(s.calls, call)
	s.actions.add(call.Service, call.Action)
	return rep, call.Seq
}

func (s *Sim) latency() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Duration(s.acc.Timing.Call)
}

// faultFor asks the interceptor for the call's fault. It does not hold the lock, so that the interceptor can read and
// edit the account.
func (s *Sim) faultFor(call Call) Fault {
	s.mu.Lock()
	f := s.intercept
	s.mu.Unlock()
	if f == nil {
		return Fault{}
	}
	call.Time = time.Now()
	return f(call)
}

// logLost logs a call that never reached the API, and returns the reason.
func (s *Sim) logLost(call Call, why error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	call.Seq, call.Time, call.Lost = len(s.calls)+1, time.Now(), LostRequest
	s.calls = append(s.calls, call)
	return why
}

// markReplyLost records in the log that a call took effect and its reply was lost.
func (s *Sim) markReplyLost(seq int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[seq-1].Lost = LostReply
}
