package awssim_test

import (
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

// faultOn returns an interceptor that puts a fault into the calls of one action.
func faultOn(action string, fault awssim.Fault) func(awssim.Call) awssim.Fault {
	return func(c awssim.Call) awssim.Fault {
		if c.Action == action {
			return fault
		}
		return awssim.Fault{}
	}
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name      string
		fault     awssim.Fault
		status    int // of the reply; 0 without one
		code      string
		took      bool // whether the call took effect
		logged    string
		timeTaken time.Duration
	}{
		{name: "none", took: true, logged: "→ 200", timeTaken: 20 * time.Millisecond},
		{name: "refused", fault: awssim.Fault{Code: "RequestLimitExceeded", Message: "slow down"}, status: 503, code: "RequestLimitExceeded", logged: "→ 503 RequestLimitExceeded", timeTaken: 20 * time.Millisecond},
		{name: "refused with a status", fault: awssim.Fault{Status: 500, Code: "Odd"}, status: 500, code: "Odd", logged: "→ 500 Odd", timeTaken: 20 * time.Millisecond},
		{name: "lost reply", fault: awssim.Fault{LoseReply: true}, took: true, logged: "→ 200 (reply lost)", timeTaken: 20 * time.Millisecond},
		{name: "dropped", fault: awssim.Fault{Drop: true}, logged: "→ (request lost)", timeTaken: 10 * time.Millisecond},
		{name: "delayed", fault: awssim.Fault{Delay: time.Second}, took: true, logged: "→ 200", timeTaken: 1020 * time.Millisecond},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRegion(t, pair())
				r.Intercept(faultOn("DetachNetworkInterface", test.fault))
				start := time.Now()
				err := r.detach(t.Context(), attachmentNow(t, r), false)
				if lost := test.fault.LoseReply || test.fault.Drop; lost != errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("error %v", err)
				}
				if got := code(err); test.code != "" && got != test.code {
					t.Errorf("code %q", got)
				}
				if response := (*awshttp.ResponseError)(nil); test.status != 0 && (!errors.As(err, &response) || response.HTTPStatusCode() != test.status) {
					t.Errorf("status of %v", err)
				}
				i, _ := r.Interface(service)
				if took := i.Attachment.Status == "detaching"; took != test.took {
					t.Errorf("status %s", i.Attachment.Status)
				}
				calls := r.Calls()
				if got := calls[0].String(); len(calls) != 1 || !strings.HasSuffix(got, test.logged) {
					t.Errorf("log %q", got)
				}
				if d := time.Since(start) - test.timeTaken; d.Abs() > 200*time.Microsecond {
					t.Errorf("took %v", time.Since(start))
				}
			})
		})
	}
}

func TestGivenUpCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for limit, want := range map[time.Duration]struct {
			loss awssim.Loss
			took bool
		}{
			5 * time.Millisecond:  {awssim.LostRequest, false},
			15 * time.Millisecond: {awssim.LostReply, true},
		} {
			r := newRegion(t, pair())
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			err := r.detach(ctx, attachmentNow(t, r), false)
			cancel()
			i, _ := r.Interface(service)
			call := r.Calls()[0]
			if !errors.Is(err, context.DeadlineExceeded) || call.Lost != want.loss || (i.Attachment.Status == "detaching") != want.took {
				t.Errorf("%v: %v, %s, %s", limit, err, call, i.Attachment.Status)
			}
		}
	})
}

// TestPlantedRace ends the attachment just before the caller's own detach takes effect.
func TestPlantedRace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRegion(t, pair())
		seen := ""
		r.Intercept(faultOn("DetachNetworkInterface", awssim.Fault{
			Before: func() {
				r.Edit(func(w *awssim.World) { w.Interfaces[0].AZ, w.Interfaces[0].Attachment = zoneA, nil })
			},
			After: func() { seen = r.Calls()[0].Code },
		}))
		err := r.detach(t.Context(), attachmentNow(t, r), false)
		if code(err) != "InvalidAttachmentID.NotFound" || seen != "InvalidAttachmentID.NotFound" {
			t.Errorf("%v, seen %q", err, seen)
		}
	})
}

func TestStaleReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := pairWithoutLatency()
		w.Timing.StaleReads = awssim.Duration(3 * time.Second)
		r := newRegion(t, w)
		start := time.Now()
		first := attachmentNow(t, r)
		if err := r.detach(t.Context(), first, false); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		if _, err := r.attach(t.Context(), service, standby, 1); err != nil { // changes use the present state
			t.Fatal(err)
		}
		r.wantStateAt(t.Context(), t, start, 3*time.Second-1, "in-use attached")
		r.wantStateAt(t.Context(), t, start, 3*time.Second, "in-use detaching")
		if now, _ := r.Interface(service); now.Attachment.Status != "attached" || now.Attachment.Instance != standby {
			t.Errorf("truth: %+v", now.Attachment)
		}
		r.wantStateAt(t.Context(), t, start, 5*time.Second-1, "in-use detaching")
		r.wantStateAt(t.Context(), t, start, 5*time.Second, "in-use attaching")
		r.wantStateAt(t.Context(), t, start, 6*time.Second, "in-use attached")
	})
}

// TestOrder makes many calls at one instant. In every run they take effect in the same order.
func TestOrder(t *testing.T) {
	w := unattachedPair()
	w.Timing.Call = awssim.Duration(20 * time.Millisecond)
	first := ""
	for run := range 30 {
		synctest.Test(t, func(t *testing.T) {
			r := newRegion(t, w)
			for index := range int32(40) {
				go func() { _, _ = r.attach(t.Context(), service, standby, index) }()
			}
			time.Sleep(time.Second)
			var log strings.Builder
			for _, c := range r.Calls() {
				log.WriteString(c.String() + "\n")
			}
			if run == 0 {
				first = log.String()
			}
			if log.String() != first || strings.Count(first, "\n") != 40 {
				t.Errorf("run %d:\n%s\nfirst run:\n%s", run, log.String(), first)
			}
		})
	}
}

func TestLoopback(t *testing.T) {
	sim, err := awssim.New(unattachedPair())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sim)
	defer server.Close()
	r := connect(sim, server.Client(), server.URL)
	if got := r.state(t.Context(), t); got != "available" {
		t.Error(got)
	}
	_, err = r.attach(t.Context(), service, standby, 0)
	if response := (*awshttp.ResponseError)(nil); code(err) != "InvalidParameterValue" || !errors.As(err, &response) || response.ServiceRequestID() == "" {
		t.Errorf("refusal %v", err)
	}
	sim.Intercept(faultOn("AttachNetworkInterface", awssim.Fault{LoseReply: true}))
	if _, err := r.attach(t.Context(), service, standby, 1); !errors.Is(err, io.EOF) {
		t.Errorf("lost reply: %v", err)
	}
	if got := r.state(t.Context(), t); got != "in-use attached" {
		t.Error(got)
	}
	last := sim.Calls()[3]
	if last.Service != "ec2" || last.AccessKey != simclient.AccessKey || last.Mutating || last.Params.Get("NetworkInterfaceId.1") != service {
		t.Errorf("call %+v", last)
	}
}

// TestSDKRepeatsLostAttach shows why a caller must control its retries: the SDK's second attempt finds the interface in
// use, because the first one took effect.
func TestSDKRepeatsLostAttach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRegion(t, unattachedPair())
		lost := false
		r.Intercept(func(awssim.Call) awssim.Fault {
			first := !lost
			lost = true
			return awssim.Fault{LoseReply: first}
		})
		id, to, index := service, standby, int32(1)
		_, err := r.ec2.AttachNetworkInterface(t.Context(), &ec2.AttachNetworkInterfaceInput{
			NetworkInterfaceId: &id, InstanceId: &to, DeviceIndex: &index,
		}, func(o *ec2.Options) { o.Retryer = retry.NewStandard() })
		if code(err) != "InvalidNetworkInterface.InUse" || len(r.Calls()) != 2 {
			t.Errorf("%v after %v", err, r.Calls())
		}
	})
}
