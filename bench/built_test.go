package bench_test

import (
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/testing/lambdarun"
	"github.com/eni-failover/eni-failover/internal/testing/lambdatest"
)

var python = flag.String("python", "", "the path of a Python with boto3, for BenchmarkPeers")

// maxMove limits an invocation of these benchmarks.
const maxMove = time.Minute

// run handles a Spot warning about the holder with a built function, as a new process, on an account that is simulated in
// real time. It returns how long the invocation took and the process's peak memory in MiB.
func run(b *testing.B, binary string, w awssim.World) (took time.Duration, peakMiB float64) {
	b.Helper()
	sim := simulate(b, w)
	server := httptest.NewServer(sim)
	defer server.Close()
	p, err := lambdarun.Start(b.Context(), lambdarun.Config{Binary: binary, Env: map[string]string{"AWS_ENDPOINT_URL": server.URL}})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = p.Close() }() // it has done its work
	result, err := p.Invoke(maxMove, spotWarning(b, holder))
	if err != nil || result.Error != nil {
		b.Fatal(err, result.Error)
	}
	for _, e := range sim.World().Interfaces {
		if e.Attachment.DeviceIndex > 0 && e.Attachment.Instance != standby {
			b.Fatalf("%s is attached to %s; want it on %s", e.ID, e.Attachment.Instance, standby)
		}
	}
	return result.Duration, peakMemory(b, p.PID())
}

// peakMemory returns the most memory that a process has had so far, in MiB.
func peakMemory(b *testing.B, pid int) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		b.Fatal(err)
	}
	return float64(kib) / (1 << 10)
}

// BenchmarkPeers compares the built function with the Lambda function that people write with boto3, in real time. One
// iteration is a move by each; the detach takes 2 s.
func BenchmarkPeers(b *testing.B) {
	if *python == "" {
		b.Skip("it needs -python; `make bench` makes a Python with boto3")
	}
	binary := lambdatest.Build(b, "../functions/failover")
	var ours, theirs sample
	for b.Loop() {
		w := account(1, 2*time.Second)
		took, _ := run(b, binary, w)
		ours = append(ours, took.Seconds())
		theirs = append(theirs, runBoto3(b, w))
	}
	b.ReportMetric(ours.median(), "s")
	b.ReportMetric(theirs.median(), "boto3-s")
	b.ReportMetric(theirs.over(ours).median(), "boto3/ours")
	b.ReportMetric(ours.median()/floor(2*time.Second).Seconds(), "x-floor")
	b.ReportMetric(0, "ns/op")
}

// runBoto3 moves the interface by boto3's way, and returns the seconds that took.
func runBoto3(b *testing.B, w awssim.World) float64 {
	b.Helper()
	server := httptest.NewServer(simulate(b, w))
	defer server.Close()
	out, err := exec.CommandContext(b.Context(), *python, "testdata/boto3_lambda.py", server.URL, holder).Output()
	if err != nil {
		b.Fatal(err)
	}
	seconds, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	if err != nil {
		b.Fatal(err)
	}
	return seconds
}

// BenchmarkMemory measures the peak memory of the built function while it moves 100 interfaces at once.
func BenchmarkMemory(b *testing.B) {
	binary := lambdatest.Build(b, "../functions/failover")
	var peaks sample
	for b.Loop() {
		_, peak := run(b, binary, account(100, 2*time.Second))
		peaks = append(peaks, peak)
	}
	b.ReportMetric(peaks.median(), "MiB")
	b.ReportMetric(peaks.quantile(0.25), "MiB-p25")
	b.ReportMetric(peaks.quantile(0.75), "MiB-p75")
	b.ReportMetric(0, "ns/op")
}
