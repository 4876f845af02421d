package main

import (
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// ticksPerSecond is the unit of processor times in /proc (proc(5): sysconf(_SC_CLK_TCK), which is 100 on all processors
// of Lambda).
const ticksPerSecond = 100

// processorTime returns the processor time that a process has used.
func processorTime(b *testing.B, pid int) time.Duration {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:])) // from the third field on
	ticks := 0
	for _, field := range fields[11:13] { // utime, stime
		n, err := strconv.Atoi(field)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond
}

// peakMemory returns the maximum of a process's memory, in bytes.
func peakMemory(b *testing.B, pid int) int {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		b.Fatal(err)
	}
	return n << 10
}

// bareConnection returns the processor time of the system calls that each question needs, on this machine now: socket,
// connect and close, at the probe's own rate.
func bareConnection(b *testing.B, h host, to target) time.Duration {
	b.Helper()
	const rounds, thisThread = 400, 1 // RUSAGE_THREAD
	address, ok := to["address"].(netip.Addr)
	if !ok {
		b.Fatal("no address")
	}
	var used time.Duration
	h.inside(func() {
		var before, after syscall.Rusage
		_ = syscall.Getrusage(thisThread, &before)
		for range rounds {
			fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
			if err == nil {
				err = syscall.Connect(fd, &syscall.SockaddrInet4{Port: 80, Addr: address.As4()})
				_ = syscall.Close(fd)
			}
			if err != nil {
				b.Error(err)
				return
			}
			pause := syscall.NsecToTimespec(int64(5 * time.Millisecond))
			_ = syscall.Nanosleep(&pause, nil)
		}
		_ = syscall.Getrusage(thisThread, &after)
		used = time.Duration(after.Utime.Nano()-before.Utime.Nano()+after.Stime.Nano()-before.Stime.Nano()) / rounds
	})
	return used
}

// BenchmarkLoad asks 200 targets each second for 20 s. A function with 128 MB has a fourteenth of a processor (1,769 MB
// have one: Lambda Developer Guide, "Memory and computing power"), and 64 MiB must be enough.
func BenchmarkLoad(b *testing.B) {
	const targets, seconds, maxMemory = 200, 20, 64 << 20
	for _, kind := range []string{"tcp:80", "http:81/health", "https:443/health"} {
		b.Run(strings.Trim(kind[:5], ":0123456789"), func(b *testing.B) {
			for b.Loop() {
				l := newLab(b)
				prober, h := l.host(), l.host()
				prober.ip("route", "add", "10.78.0.0/16", "via", h.v4.String())
				list := h.targets(targets, kind)
				go accept(h.listen(80))
				serve(b, h.listen(81), false, func(http.ResponseWriter, *http.Request) {})
				serve(b, h.listen(443), true, func(http.ResponseWriter, *http.Request) {})
				f := prober.function()
				before := processorTime(b, f.PID())
				bare := bareConnection(b, prober, list[0])
				e := invoke(b, f, payload(b, fmt.Sprintf("%ds", seconds), list...))
				used := processorTime(b, f.PID()) - before
				b.ReportMetric(float64(e.Detail.Answered)/(targets*seconds), "answered")
				b.ReportMetric(used.Seconds()/seconds*14, "of-a-fourteenth")
				b.ReportMetric(used.Seconds()/float64(e.Detail.Asked)/bare.Seconds(), "of-bare-connections")
				b.ReportMetric(float64(peakMemory(b, f.PID()))/maxMemory, "of-64MiB")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}

// BenchmarkDetection compares the time from a service's failure to the function's answer with for + 1 s + one time-out,
// at different moments of the second.
func BenchmarkDetection(b *testing.B) {
	const deaths = 8
	for _, test := range []struct {
		name  string
		words string
		most  time.Duration
		kill  func(h host, service func())
	}{
		{"refused", "tcp:80 for:2s timeout:1s", 4 * time.Second, func(_ host, service func()) { service() }},
		{"refused-5s", "tcp:80 for:5s timeout:500ms", 6500 * time.Millisecond, func(_ host, service func()) { service() }},
		{"silent", "tcp:80 for:2s timeout:1s", 4 * time.Second, func(h host, _ func()) { h.silence() }},
		{"silent-short", "tcp:80 for:2s timeout:100ms", 3100 * time.Millisecond, func(h host, _ func()) { h.silence() }},
		{"silent-long", "tcp:80 for:5s timeout:2s", 8 * time.Second, func(h host, _ func()) { h.silence() }},
	} {
		b.Run(test.name, func(b *testing.B) {
			for b.Loop() {
				ratios := make([]float64, deaths)
				var all sync.WaitGroup
				for n := range deaths {
					all.Go(func() {
						ratios[n] = detect(b, 2*time.Second+time.Duration(n)*time.Second/deaths, test.words, test.kill).Seconds() / test.most.Seconds()
					})
				}
				all.Wait()
				slices.Sort(ratios)
				b.ReportMetric(ratios[deaths/2], "median-of-promise")
				b.ReportMetric(ratios[deaths-1], "worst-of-promise")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}

// detect returns the time from a service's failure to the function's answer.
func detect(b *testing.B, dies time.Duration, words string, kill func(h host, service func())) time.Duration {
	b.Helper()
	l := newLab(b)
	prober, h, standby := l.host(), l.host(), l.host()
	service := h.listen(80)
	go accept(service)
	f := prober.function()
	died := make(chan time.Time, 1)
	go func() {
		time.Sleep(dies)
		kill(h, func() { _ = service.Close() })
		died <- time.Now()
	}()
	e := invoke(b, f, payload(b, "30s", newTarget("1", h.v4, words, standby.v4)))
	took := time.Since(<-died)
	if len(e.Detail.Interfaces) != 1 || !*e.Detail.Interfaces[0].Confirmed {
		b.Errorf("%+v", e)
	}
	return took
}
