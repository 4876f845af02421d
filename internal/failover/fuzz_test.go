package failover_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/observe"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// FuzzHandle: for any event the handler does not panic, its error has a named type and is one printable line, bad input
// makes no call, and the interface ends on a member.
func FuzzHandle(f *testing.F) {
	samples, err := filepath.Glob("../../events/*.json")
	if err != nil || len(samples) == 0 {
		f.Fatalf("no samples: %v", err)
	}
	for _, name := range samples {
		sample, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(sample)
	}
	f.Fuzz(func(t *testing.T, event []byte) {
		synctest.Test(t, func(t *testing.T) {
			// The samples' ids and times, so that the fuzzer starts from events that concern the account.
			time.Sleep(time.Until(time.Date(2026, 11, 23, 10, 5, 0, 0, time.UTC)))
			l := newLab(t, sampleWorld())
			_, err := l.send(event)
			l.wantSane(t, err)
		})
	})
}

const (
	sampleHolder  = "i-0a1b2c3d4e5f60001"
	sampleStandby = "i-0a1b2c3d4e5f60002"
	sampleThird   = "i-0a1b2c3d4e5f60003"
	sampleENI     = "eni-0a1b2c3d4e5f60001"
)

// sampleWorld is the account that the samples under events/ are about.
func sampleWorld() awssim.World {
	launched := time.Now().Add(-24 * time.Hour)
	member := func(id string, change ...func(*awssim.Instance)) awssim.Instance {
		in := instance("0", change...)
		in.ID, in.LaunchTime = id, launched
		return in
	}
	return awssim.World{
		Timing:    fastTiming(),
		Instances: []awssim.Instance{member(sampleHolder, spot), member(sampleStandby), member(sampleThird), member("i-0a1b2c3d4e5f60004", inZone(zoneB))},
		Interfaces: []awssim.Interface{{
			ID: sampleENI, AZ: zoneA, VPC: vpcID, Tags: map[string]string{"eni-failover:group": "db"},
			Attachment: &awssim.Attachment{Instance: sampleHolder, DeviceIndex: 1, AttachTime: launched},
		}},
	}
}

func (l *lab) wantSane(t *testing.T, err error) {
	t.Helper()
	e, _ := l.sim.Interface(sampleENI)
	if e.Attachment == nil || (e.Attachment.Instance != sampleHolder && e.Attachment.Instance != sampleStandby && e.Attachment.Instance != sampleThird) {
		t.Errorf("the interface is on %+v\n%s", e.Attachment, l.log())
	}
	if err == nil {
		return
	}
	var (
		bad      *trigger.BadInputError
		stranded *failover.StrandedError
		failed   *failover.FailedError
		refused  *failover.RefusedError
		unseen   *observe.ObserveError
	)
	switch {
	case errors.As(err, &bad):
		if n := len(l.sim.Calls()); n > 0 {
			t.Errorf("bad input, and %d calls\n%s", n, l.log())
		}
	case errors.As(err, &stranded), errors.As(err, &failed), errors.As(err, &refused), errors.As(err, &unseen):
	default:
		t.Errorf("an error of type %T", err)
	}
	if strings.ContainsFunc(err.Error(), func(r rune) bool { return !unicode.IsPrint(r) }) || len(err.Error()) > 4096 {
		t.Errorf("error %q", err)
	}
}
