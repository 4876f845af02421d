package step_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/step"
)

// TestTime: the time runs out.
func TestTime(t *testing.T) {
	playAll(t, []script{
		{"the time runs out", spotScene(), `
			0s     look old -> detach old
			0.1s   ok -> wait
			1s     look old detaching -> wait
			289s   timeout -> finish failed out-of-time`},
		{"the time runs out before anything", spotScene(), `
			289s   timeout -> finish failed out-of-time`},
		{"the time runs out too late", spotScene(), `
			0s     look x on i-b/1 attached -> finish superseded moved-by-other
			1s     timeout -> finish superseded moved-by-other`},
	})
}

// TestResult: the result says where the interface is, and how long each part took.
func TestResult(t *testing.T) {
	p := run(t, spotScene(), `
		1s     look old                   -> detach old
		1.5s   ok                         -> wait
		16.5s  look old detaching         -> detach old force
		17s    ok                         -> wait
		20s    look unattached            -> attach i-b/1
		20.5s  ok new                     -> wait
		23s    look new on i-b/1 attached -> finish moved`)
	got := *p.move.Result()
	want := step.Result{
		Outcome: plan.OutcomeMoved, To: "i-b", Attachment: "new", Where: "attached", Index: 1, Forced: true,
		Detached: 19 * time.Second, Attached: 2990 * time.Millisecond, Verified: 10 * time.Millisecond, Done: start.Add(23*time.Second + 10*time.Millisecond),
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("result %+v\nwant   %+v", got, want)
	}

	p = run(t, terminatedScene(), "0s look old -> detach old force\n1s unavailable -> wait\n2s look unattached -> attach i-b/1\n3s timeout -> finish failed out-of-time")
	if r := p.move.Result(); !r.Forced || r.To != "" || r.Attachment != "" {
		t.Errorf("a forced detach got no reply, and it is nowhere: %+v", r)
	}
	p = run(t, terminatedScene(), "0s look old -> detach old force\n1s unavailable -> wait\n2s timeout -> finish failed out-of-time")
	if r := p.move.Result(); r.Forced || r.To != "i-a" {
		t.Errorf("a forced detach got no reply, and it is where it was: %+v", r)
	}
	// The detach from a target that hangs comes after the attach, so no time lies between detach and attach.
	p = run(t, unattachedScene(), "5s look unattached -> attach i-b/1\n5.1s ok new -> wait\n105s look new on i-b/1 attaching -> detach new\n105.1s ok -> wait\n110s timeout -> finish failed out-of-time")
	if r := p.move.Result(); r.Detached != 0 {
		t.Errorf("it took %s to detach", r.Detached)
	}
	p = run(t, spotScene(), "0s look old -> detach old\n1s denied -> wait\n2s look old -> finish failed denied")
	if r := p.move.Result(); r.To != "i-a" || r.Attachment != "old" || !strings.Contains(r.Detail, "Some.Code") {
		t.Errorf("it is where it was: %+v", r)
	}
	p = run(t, spotScene(), "0s look x on i-c/4 attaching -> finish superseded moved-by-other")
	if r := p.move.Result(); r.To != "i-c" || r.Attachment != "x" || r.Index != 4 || !strings.Contains(r.Detail, "attaching") || len(r.Differences) > 0 {
		t.Errorf("it is elsewhere: %+v", r)
	}
	p = run(t, spotScene(), "0s look old -> detach old\n0.1s ok -> wait\n1s look unattached -> attach i-b/1\n2s ok new -> wait\n3s look new on i-b/2 attached dot -> finish moved")
	if r := p.move.Result(); len(r.Differences) != 2 {
		t.Errorf("at another index, to be deleted with the instance: %q", r.Differences)
	}
}

// "the report says exactly where the interface is", and never "what was not seen": if a look shows it
// elsewhere after an accepted attach of this move, it is there.
func TestResultSaysWhereTheLookShowsIt(t *testing.T) {
	p := run(t, spotScene(), `
		0s     look old                 -> detach old
		0.1s   ok                       -> wait
		1s     look unattached          -> attach i-b/1
		1.1s   ok new                   -> wait
		7s     look x on i-c/3 attached -> finish superseded moved-by-other`)
	if r := p.move.Result(); r.To != "i-c" || r.Attachment != "x" || r.Index != 3 {
		t.Errorf("it is on i-c by x, at index 3, and the report says %+v", r)
	}
}

// "If time runs out, the report says exactly where the interface is": a look that is older
// than the accepted attach does not say that.
func TestTimeOutAfterAcceptedAttach(t *testing.T) {
	p := run(t, spotScene(), `
		0s     look old           -> detach old
		0.1s   ok                 -> wait
		1s     look unattached    -> attach i-b/1
		288s   ok new             -> wait
		289s   look old detaching -> wait
		290s   timeout            -> finish failed out-of-time`)
	if r := p.move.Result(); r.To != "i-b" || r.Attachment != "new" {
		t.Errorf("EC2 has accepted the attach new to i-b, and the report says %+v", r)
	}
}
