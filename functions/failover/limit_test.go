package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
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
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

// crowd is an account of n interfaces in groups of four, with eight members each.
func crowd(n int) awssim.World {
	w := awssim.World{Timing: awssim.Timing{Call: awssim.Duration(20 * time.Millisecond)}}
	for k := range 2 * n {
		w.Instances = append(w.Instances, awssim.Instance{
			ID: fmt.Sprintf("i-%017x", k), Type: "t3.small", AZ: "eu-west-1a", VPC: "vpc-0d0d0d0d0d0d0d0d0", State: "running",
			Tags: map[string]string{"eni-failover:group": fmt.Sprintf("g%05d", k/8)},
		})
	}
	for k := range n {
		w.Interfaces = append(w.Interfaces, awssim.Interface{
			ID: fmt.Sprintf("eni-%017x", k), AZ: "eu-west-1a", VPC: "vpc-0d0d0d0d0d0d0d0d0",
			Tags:       map[string]string{"eni-failover:group": fmt.Sprintf("g%05d", k/4)},
			Attachment: &awssim.Attachment{Instance: fmt.Sprintf("i-%017x", k/4*8+k%4), DeviceIndex: 1},
		})
	}
	return w
}

// TestResultOfManyInterfaces: what Lambda returns, passes on and logs of a rehearsal of 700 interfaces fits into a
// message of 256 KB with its event, and says what is missing.
func TestResultOfManyInterfaces(t *testing.T) {
	const n, most = 700, 192 << 10
	synctest.Test(t, func(t *testing.T) {
		sim, err := awssim.New(crowd(n))
		if err != nil {
			t.Fatal(err)
		}
		cfg := simclient.Config(sim.Client())
		var log, metrics bytes.Buffer
		f := function{handler: failover.New(failover.Settings{}, cfg.Region, failover.Clients{
			EC2: ec2api.New(ec2.NewFromConfig(cfg)), Records: route53api.New(route53.NewFromConfig(cfg), cfg.Region), Scaling: autoscalingapi.New(autoscaling.NewFromConfig(cfg)),
		}, emf.New(&metrics, "test"), slog.New(slog.NewJSONHandler(&log, nil)))}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // most are left to a later rehearsal
		defer cancel()
		result, err := f.Invoke(ctx, []byte(`{"source":"eni-failover","detail-type":"ENI Failover Rehearsal"}`))
		if err != nil {
			t.Fatal(err)
		}
		var report failover.Report
		if err := json.Unmarshal(result, &report); err != nil {
			t.Fatal(err)
		}
		listed := len(report.Interfaces)
		if len(result) > most || log.Len() > most+1000 || listed == 0 || report.Omitted == nil || report.Omitted.Interfaces+listed != n {
			t.Errorf("the result has %d bytes, the log line %d; %d interfaces are listed, omitted %+v", len(result), log.Len(), listed, report.Omitted)
		}
		if metrics.Len() > 0 {
			t.Errorf("a rehearsal that finds nothing wrong measures %s", metrics.String())
		}
	})
}
