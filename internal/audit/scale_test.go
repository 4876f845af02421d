package audit_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/readiness"
)

var scale = flag.Int("scale", 600, "the number of interfaces that TestScale audits, in an account of twice as many instances")

// fleet is an account of n interfaces and twice as many instances. Each group has four interfaces on four holders, and four
// standbys, of which two are Spot instances and two are in Auto Scaling. Each interface has a name in one zone.
func fleet(n int) awssim.World {
	w := awssim.World{
		Timing: awssim.Timing{Call: awssim.Duration(100 * time.Millisecond)}, TokenBuckets: true,
		Zones: []awssim.Zone{{ID: "ZCORP", Name: "corp.internal", VPCs: []string{vpcID}}},
	}
	zones := []string{zoneA, zoneB}
	for k := range 2 * n {
		group := k / 8
		in := awssim.Instance{
			ID: fmt.Sprintf("i-%017x", k), Type: []string{"t3.small", "m5.large"}[k%2], AZ: zones[group%2], VPC: vpcID,
			Tags: map[string]string{"eni-failover:group": fmt.Sprintf("g%05d", group)},
		}
		switch k % 8 {
		case 4, 5:
			in.Lifecycle = "spot"
		case 6, 7:
			scaled("InService")(&in)
		}
		w.Instances = append(w.Instances, in)
	}
	for k := range n {
		address := fmt.Sprintf("10.%d.%d.%d", 100+k>>16, k>>8&255, k&255)
		name := fmt.Sprintf("s%05d.corp.internal", k)
		w.Interfaces = append(w.Interfaces, awssim.Interface{
			ID: fmt.Sprintf("eni-%017x", k), VPC: vpcID, PrivateIPs: []awssim.PrivateIP{{Address: address}},
			Tags:       map[string]string{"eni-failover:group": fmt.Sprintf("g%05d", k/4), "eni-failover:record": name},
			Attachment: &awssim.Attachment{Instance: fmt.Sprintf("i-%017x", k/4*8+k%4), DeviceIndex: 1},
		})
		w.Zones[0].Records = append(w.Zones[0].Records, awssim.Record{Name: name, Type: "A", TTL: 60, Values: []string{address}})
	}
	return w
}

// TestScale prints what an audit of a large account costs: run it with -v, and with -scale 10000 for the size that the audit
// is designed for. Whatever the size, there must be no more calls than pages.
func TestScale(t *testing.T) {
	n := *scale
	var calls map[string]int
	synctest.Test(t, func(t *testing.T) {
		a := simulate(t, fleet(n))
		start := time.Now()
		r := a.audit()
		calls = r.Summary.Calls
		if r.Summary.Interfaces != n || r.Summary.Members != 2*n || r.Summary.Unready > 0 || r.Summary.Critical+r.Summary.Warning > 0 {
			t.Errorf("%s", r.Summary.Text[:min(len(r.Summary.Text), 2000)])
		}
		b, err := json.Marshal(r.Limited())
		if err != nil {
			t.Fatal(err)
		}
		longest := 0
		for line := range bytes.Lines(a.log.Bytes()) {
			longest = max(longest, len(line))
		}
		throttled := 0
		for _, c := range a.sim.Calls() {
			if c.Code == "RequestLimitExceeded" || c.Code == "Throttling" {
				throttled++
			}
		}
		if throttled > 0 {
			t.Errorf("%d calls were throttled: the audit uses what a failover may need", throttled)
		}
		t.Logf("%d interfaces, %d instances, %d names: %v of Lambda time, result %d bytes of at most %d, log %d bytes, its longest line %d of at most %d",
			n, 2*n, n, time.Since(start).Round(time.Millisecond), len(b), 6<<20, a.log.Len(), longest, 256<<10)
		t.Logf("BenchmarkAudit/%d 1 %d calls %.1f s-simulated %d result-bytes %d log-bytes", n, len(a.sim.Calls()), time.Since(start).Seconds(), len(b), longest)
		if len(b) > 6<<20 || longest > 256<<10 {
			t.Error("the result or a line of the log is longer than Lambda takes")
		}
	})
	sizes := map[string]int{
		"DescribeNetworkInterfaces": 1000, "DescribeInstances": 1000, "DescribeInstanceStatus": 100, "DescribeSpotInstanceRequests": 200,
		"DescribeAutoScalingInstances": 50, "DescribeInstanceTypes": 100, "ListHostedZonesByVPC": 100, "ListResourceRecordSets": 300,
	}
	for _, action := range slices.Sorted(maps.Keys(calls)) {
		// The pages of the largest list, and one more for each thousand ids that are asked about at once.
		maxCalls := (2*n+sizes[action]-1)/sizes[action] + n/500 + 1
		t.Logf("%-30s %5d calls, at most %d each", action, calls[action], sizes[action])
		if sizes[action] == 0 || calls[action] > maxCalls {
			t.Errorf("%d calls of %s; want at most %d", calls[action], action, maxCalls)
		}
	}
}

// TestPartlyUnknown checks that a call that fails for some instances leaves the others known.
func TestPartlyUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := simulate(t, fleet(600))
		a.sim.Intercept(func(c awssim.Call) awssim.Fault {
			if c.Action == "DescribeInstanceStatus" && slices.Contains(c.Params["InstanceId.1"], fmt.Sprintf("i-%017x", 1100)) {
				return awssim.Fault{Code: "UnauthorizedOperation"}
			}
			return awssim.Fault{}
		})
		r := a.audit()
		unknown := 0
		for _, f := range r.Findings {
			if f.ID == readiness.StandbyUnknown {
				unknown++
			}
		}
		if unknown == 0 || unknown > 50 || r.Findings[0].ID != readiness.NotObserved {
			t.Errorf("%d standbys are unknown; want those among the 100 instances of that call, of two for each interface\n%s", unknown, r.Summary.Text[:1000])
		}
	})
}

// BenchmarkAudit measures the CPU time of an audit at -scale, the simulator's part included, and by how much the heap grows.
func BenchmarkAudit(b *testing.B) {
	w := fleet(*scale)
	w.Timing, w.TokenBuckets = awssim.Timing{}, false
	atOnce := awsconfig.NewLimiter(1<<30, 1)
	peak := uint64(0)
	for b.Loop() {
		b.StopTimer()
		a := simulateAt(b, w, rates{atOnce, atOnce, atOnce})
		before, stop := heap(), make(chan bool)
		grown := watchHeap(stop)
		b.StartTimer()
		a.audit()
		b.StopTimer()
		close(stop)
		peak = max(peak, <-grown-before)
		b.StartTimer()
	}
	b.ReportMetric(float64(peak>>20), "heap-MiB")
}

// heap returns how many bytes are alive on the heap.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// watchHeap reads the size of the heap until it is stopped, and then sends the largest one.
func watchHeap(stop <-chan bool) <-chan uint64 {
	largest := make(chan uint64, 1)
	go func() {
		peak := uint64(0)
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
			select {
			case <-stop:
				largest <- peak
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return largest
}
