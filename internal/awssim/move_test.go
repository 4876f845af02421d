package awssim_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// state returns the API's status of the service's interface and of its attachment.
func (r *region) state(ctx context.Context, t *testing.T) string {
	t.Helper()
	out, err := r.ec2.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{NetworkInterfaceIds: []string{service}})
	if err != nil {
		t.Fatal(err)
	}
	i := out.NetworkInterfaces[0]
	if i.Attachment == nil {
		return string(i.Status)
	}
	return string(i.Status) + " " + string(i.Attachment.Status)
}

// wantStateAt sleeps until an instant of the simulation and checks the state.
func (r *region) wantStateAt(ctx context.Context, t *testing.T, start time.Time, d time.Duration, want string) {
	t.Helper()
	time.Sleep(time.Until(start.Add(d)))
	if got := r.state(ctx, t); got != want {
		t.Errorf("after %v: %q, want %q", d, got, want)
	}
}

// pairWithoutLatency returns a pair whose API calls take no time.
func pairWithoutLatency() awssim.World {
	w := pair()
	w.Timing.Call = 0
	return w
}

func attachmentNow(t *testing.T, r *region) string {
	t.Helper()
	i, found := r.Interface(service)
	if !found || i.Attachment == nil {
		t.Fatalf("no attachment: %+v", i)
	}
	return i.Attachment.ID
}

func TestMoveTiming(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRegion(t, pairWithoutLatency())
		start := time.Now()
		first := attachmentNow(t, r)
		if err := r.detach(t.Context(), first, false); err != nil {
			t.Fatal(err)
		}
		r.wantStateAt(t.Context(), t, start, 0, "in-use detaching")
		if err := r.detach(t.Context(), first, false); code(err) != "IncorrectState" {
			t.Errorf("second detach: %v", err)
		}
		r.wantStateAt(t.Context(), t, start, 2*time.Second-1, "in-use detaching")
		r.wantStateAt(t.Context(), t, start, 2*time.Second, "available")
		second, err := r.attach(t.Context(), service, standby, 1)
		if err != nil {
			t.Fatal(err)
		}
		r.wantStateAt(t.Context(), t, start, 3*time.Second-1, "in-use attaching")
		if err := r.detach(t.Context(), second, false); code(err) != "IncorrectState" {
			t.Errorf("detach while attaching: %v", err)
		}
		r.wantStateAt(t.Context(), t, start, 3*time.Second, "in-use attached")
		if err := r.detach(t.Context(), first, false); code(err) != "InvalidAttachmentID.NotFound" {
			t.Errorf("detach of the former attachment: %v", err)
		}
		after, _ := r.Interface(service)
		if a := after.Attachment; a.ID != second || second == first || a.Instance != standby || a.DeleteOnTermination {
			t.Errorf("attachment %+v", a)
		}
	})
}

func TestWaiterInFakeTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRegion(t, pair())
		if err := r.detach(t.Context(), attachmentNow(t, r), false); err != nil {
			t.Fatal(err)
		}
		err := ec2.NewNetworkInterfaceAvailableWaiter(r.ec2).Wait(t.Context(),
			&ec2.DescribeNetworkInterfacesInput{NetworkInterfaceIds: []string{service}}, time.Minute)
		if err != nil {
			t.Error(err)
		}
	})
}

func TestHungGuest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := pairWithoutLatency()
		w.Instances[0].HungGuest = true
		r := newRegion(t, w)
		start := time.Now()
		id := attachmentNow(t, r)
		if err := r.detach(t.Context(), id, false); err != nil {
			t.Fatal(err)
		}
		r.wantStateAt(t.Context(), t, start, 10*time.Minute, "in-use detaching")
		if err := r.detach(t.Context(), id, true); err != nil {
			t.Fatal(err)
		}
		time.Sleep(600 * time.Millisecond)
		if err := r.detach(t.Context(), id, true); err != nil { // forcing again does not put it off
			t.Fatal(err)
		}
		r.wantStateAt(t.Context(), t, start, 10*time.Minute+time.Second-1, "in-use detaching")
		r.wantStateAt(t.Context(), t, start, 10*time.Minute+time.Second, "available")
	})
}

func TestForceHastensGracefulDetach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := pairWithoutLatency()
		w.Timing.Detach = awssim.Duration(time.Minute)
		r := newRegion(t, w)
		start := time.Now()
		id := attachmentNow(t, r)
		for _, force := range []bool{false, true} {
			if err := r.detach(t.Context(), id, force); err != nil {
				t.Fatal(err)
			}
		}
		r.wantStateAt(t.Context(), t, start, time.Second-1, "in-use detaching")
		r.wantStateAt(t.Context(), t, start, time.Second, "available")
	})
}

func TestHungAttachCanBeDetached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := unattachedPair()
		w.Timing = pairWithoutLatency().Timing
		w.Instances[1].HungAttach = true
		r := newRegion(t, w)
		start := time.Now()
		id, err := r.attach(t.Context(), service, standby, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.detach(t.Context(), id, false); code(err) != "IncorrectState" {
			t.Errorf("detach at once: %v", err)
		}
		r.wantStateAt(t.Context(), t, start, 5*time.Minute, "in-use attaching")
		if err := r.detach(t.Context(), id, false); err != nil {
			t.Errorf("detach of a stuck attach: %v", err)
		}
		r.wantStateAt(t.Context(), t, start, 5*time.Minute+2*time.Second, "available")
	})
}

// TestRace has two callers go for one attachment: EC2 refuses all but one.
func TestRace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRegion(t, pair())
		id := attachmentNow(t, r)
		results := make(chan string, 2)
		for range 2 {
			go func() { results <- code(r.detach(t.Context(), id, false)) }()
		}
		if a, b := <-results, <-results; a+b != "IncorrectState" {
			t.Errorf("got %q and %q, want one success and one IncorrectState", a, b)
		}
	})
}
