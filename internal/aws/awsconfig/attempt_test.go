package awsconfig_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

// TestAttemptTime: a slow service is answered in the end, also where each call is one attempt. A service that does not
// answer is given up, later each time. A service that is quick again has the shortest limit again.
func TestAttemptTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, err := awssim.New(awssim.World{})
		if err != nil {
			t.Fatal(err)
		}
		cfg := simclient.Config(sim.Client())
		var delay time.Duration
		sim.Intercept(func(awssim.Call) awssim.Fault { return awssim.Fault{Delay: delay} })
		look := func(want bool, atMost time.Duration) {
			t.Helper()
			start := time.Now()
			_, err := ec2.NewFromConfig(cfg).DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{}, func(o *ec2.Options) { o.RetryMaxAttempts = 1 })
			if took := time.Since(start).Truncate(100 * time.Millisecond); (err == nil) != want || took > atMost {
				t.Errorf("a call that takes %s: %v after %s; want an answer: %t, after %s at most", delay, err, took, want, atMost)
			}
		}
		delay = 6 * time.Second
		look(false, 5*time.Second)
		look(true, 6*time.Second)
		look(true, 6*time.Second) // the raised limit is kept
		delay = time.Hour
		look(false, 10*time.Second)
		look(false, 20*time.Second)
		look(false, 20*time.Second)
		delay = 0
		look(true, 0)
		delay = time.Hour
		look(false, 5*time.Second)
	})
}
