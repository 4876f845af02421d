package bench_test

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/eni-failover/eni-failover/internal/testing/lambdarun"
	"github.com/eni-failover/eni-failover/internal/testing/lambdatest"
)

// The limits of a cold start, compared with an empty handler, and of a deployment package.
const (
	maxRatio = 1.35
	maxZip   = 4.5 // MiB
)

// started is a function whose cold starts are measured.
type started struct {
	name, binary string
	ready        sample // milliseconds
}

// start runs the function once, until it asks for its first event.
func (s *started) start(b *testing.B) {
	b.Helper()
	p, err := lambdarun.Start(b.Context(), lambdarun.Config{Binary: s.binary})
	if err != nil {
		b.Fatal(err)
	}
	if err := p.InitError(); err != nil {
		b.Fatalf("%s: %v", s.name, err)
	}
	if err := p.Close(); err != nil {
		b.Fatal(err)
	}
	s.ready = append(s.ready, float64(p.InitDuration.Microseconds())/1000)
}

// BenchmarkColdStart compares the time until a function is ready for its first event with that of an empty handler, and with
// one that makes the SDK's clients and nothing else. One
// iteration is a round: each function once, in another order than in the round before.
func BenchmarkColdStart(b *testing.B) {
	b.Setenv(lambdatest.AsDeployedVariable, "1")
	functions := []*started{
		{name: "empty", binary: lambdatest.Build(b, "./testdata/empty")},
		{name: "clients", binary: lambdatest.Build(b, "./testdata/clients")},
		{name: "failover", binary: lambdatest.Build(b, "../functions/failover")},
		{name: "audit", binary: lambdatest.Build(b, "../functions/audit")},
	}
	for _, f := range functions { // first, without a figure: it loads the files into the page cache
		f.start(b)
		f.ready = nil
	}
	for round := 0; b.Loop(); round++ {
		for i := range functions {
			functions[(round+i)%len(functions)].start(b)
		}
	}
	empty := functions[0]
	rows := [][]string{{"function", "ms [quartiles]", "x empty [quartiles]", "at most", "zip MiB", "at most"}}
	for _, f := range functions {
		ratios, size := f.ready.over(empty.ready), zipped(b, f.binary)
		row := []string{f.name, f.ready.quartiles("%.2f"), "", "", fmt.Sprintf("%.2f", size), ""}
		if f != empty {
			row[2] = ratios.quartiles("%.2f")
			if f.name != "clients" {
				row[3], row[5] = fmt.Sprint(maxRatio), fmt.Sprint(maxZip)
			}
			b.ReportMetric(ratios.median(), f.name+"/empty")
			b.ReportMetric(ratios.quantile(0.25), f.name+"/empty-p25")
			b.ReportMetric(ratios.quantile(0.75), f.name+"/empty-p75")
			b.ReportMetric(size, f.name+"-zip-MiB")
		}
		rows = append(rows, row)
	}
	table(b, rows)
	b.ReportMetric(0, "ns/op") // the time of a round has no meaning
}

// zipped is the size of a binary's deployment package, in MiB.
func zipped(b *testing.B, binary string) float64 {
	b.Helper()
	in, err := os.Open(binary)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = in.Close() }() // only read
	var size counter
	archive := zip.NewWriter(&size)
	entry, err := archive.Create("bootstrap")
	if err == nil {
		_, err = io.Copy(entry, in)
	}
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		b.Fatal(err)
	}
	return float64(size) / (1 << 20)
}

// counter counts the bytes that are written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
