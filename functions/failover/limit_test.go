package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/aws/route53api"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

var scale = flag.Int("scale", 1000, "how many interfaces TestLargestResults rehearses; a tenth as many are moved, among as many members")

const vpc = "vpc-0d0d0d0d0d0d0d0d0"

// member makes a running instance of a group.
func member(n int, group, kind string) awssim.Instance {
	return awssim.Instance{
		ID: fmt.Sprintf("i-%017x", n), Type: kind, AZ: "eu-west-1a", VPC: vpc, State: "running",
		Tags: map[string]string{"eni-failover:group": group},
	}
}

// held makes an interface of a group on an instance.
func held(n int, group string, holder, index int) awssim.Interface {
	return awssim.Interface{
		ID: fmt.Sprintf("eni-%017x", n), AZ: "eu-west-1a", VPC: vpc, Tags: map[string]string{"eni-failover:group": group},
		Attachment: &awssim.Attachment{Instance: fmt.Sprintf("i-%017x", holder), DeviceIndex: index},
	}
}

// crowd is an account of n interfaces in groups of four, with eight members each. In the last group the holders have no
// other slot, and the standbys are stopped.
func crowd(n int) awssim.World {
	var w awssim.World
	for k := range 2 * n {
		in := member(k, fmt.Sprintf("g%05d", k/8), "t3.small")
		if k >= 2*n-8 {
			in.Type = "t3.nano"
		}
		if k >= 2*n-4 {
			in.State = "stopped"
		}
		w.Instances = append(w.Instances, in)
	}
	for k := range n {
		w.Interfaces = append(w.Interfaces, held(k, fmt.Sprintf("g%05d", k/4), k/4*8+k%4, 1))
	}
	return w
}

// fullHolder is an account whose instance 0 holds n interfaces of one group, which has n other members.
func fullHolder(n int) awssim.World {
	w := awssim.World{InstanceTypes: []awssim.InstanceType{{Name: "big.1", MaximumInterfaces: n + 1, IPv4PerInterface: 10}}}
	w.Instances = append(w.Instances, member(0, "db", "big.1"))
	for k := range n {
		w.Instances = append(w.Instances, member(k+1, "db", "t3.small"))
		w.Interfaces = append(w.Interfaces, held(k, "db", 0, k+1))
	}
	return w
}

// TestLargestResults: what Lambda returns, passes on and logs of the largest events fits into a message of 256 KB with its
// event, says what is missing, and lists each interface that went wrong with all its candidates. With -scale 10000 the events
// are as large as the function is designed for.
func TestLargestResults(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: it simulates accounts of thousands of interfaces")
	}
	t.Parallel()
	n := *scale
	tests := []struct {
		name, event             string
		world                   awssim.World
		want                    plan.Outcome
		interfaces, wrong, most int // most: candidates that an interface has
	}{
		{
			fmt.Sprintf("%d-rehearsed", n), `{"source":"eni-failover","detail-type":"ENI Failover Rehearsal"}`,
			crowd(n), plan.OutcomeStranded, n, 4, 8,
		},
		{
			fmt.Sprintf("%d-moved", n/10), `{"group":"db","from":"i-00000000000000000"}`,
			fullHolder(n / 10), plan.OutcomeMoved, n / 10, 0, n/10 + 1,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tt.world.Timing = awssim.Timing{Call: awssim.Duration(20 * time.Millisecond), Detach: awssim.Duration(2 * time.Second), Attach: awssim.Duration(time.Second)}
				result, log := invoke(t, tt.world, tt.event)
				t.Logf("BenchmarkResult/%s 1 %d result-bytes %d log-bytes", tt.name, len(result), log)
				if len(result) > maxResult || log > maxLine {
					t.Errorf("the result has %d bytes, the log line %d", len(result), log)
				}
				var report failover.Report
				if err := json.Unmarshal(result, &report); err != nil {
					t.Fatal(err)
				}
				listed, wrong := len(report.Interfaces), 0
				for _, i := range report.Interfaces {
					if len(i.Candidates)+i.OmittedCandidates != tt.most {
						t.Fatalf("%d candidates of %s are listed and %d omitted, of %d", len(i.Candidates), i.Interface, i.OmittedCandidates, tt.most)
					}
					if i.Outcome == plan.OutcomeStranded {
						wrong++
						if i.OmittedCandidates > 0 {
							t.Errorf("%s is stranded, and %d of its candidates are omitted", i.Interface, i.OmittedCandidates)
						}
					}
				}
				if report.Outcome != tt.want || wrong != tt.wrong || report.Omitted == nil || report.Omitted.Interfaces+listed != tt.interfaces {
					t.Errorf("%s: %d interfaces are listed, %d that went wrong among them, omitted %+v", report.Outcome, listed, wrong, report.Omitted)
				}
			})
		})
	}
}

const (
	// maxResult limits a result so far that Lambda can put it into a message of 256 KB, beside the event that led to it.
	maxResult = 192 << 10
	// maxLine limits a log line: CloudWatch Logs takes 256 KB, and Lambda adds a little.
	maxLine = 200 << 10
)

// invoke has a function on a simulated account handle an event that must succeed, and returns its result and the length of
// its log line.
func invoke(t *testing.T, w awssim.World, event string) (result []byte, logBytes int) {
	t.Helper()
	sim, err := awssim.New(w)
	if err != nil {
		t.Fatal(err)
	}
	cfg := simclient.Config(sim.Client())
	var log bytes.Buffer
	f := function{handler: failover.New(failover.Settings{}, cfg.Region, failover.Clients{
		EC2: ec2api.New(ec2.NewFromConfig(cfg)), Records: route53api.New(route53.NewFromConfig(cfg), cfg.Region), Scaling: autoscalingapi.New(autoscaling.NewFromConfig(cfg)),
	}, emf.New(io.Discard, "test"), slog.New(slog.NewJSONHandler(&log, nil)))}
	// Not a whole five minutes: most of a rehearsal is left to later ones all the same.
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if result, err = f.Invoke(ctx, []byte(event)); err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(log.Bytes(), []byte("\n")); lines != 1 {
		t.Errorf("%d log lines; want the one that sums up the invocation", lines)
	}
	return result, log.Len()
}
