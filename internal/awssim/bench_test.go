package awssim_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// tenMembers returns an account like those of the simulation: ten members in two zones, four interfaces to move, and no
// timing.
func tenMembers(remember time.Duration) awssim.World {
	w := awssim.World{Timing: awssim.Timing{Remember: awssim.Duration(remember)}}
	for n := range 10 {
		w.Instances = append(w.Instances, awssim.Instance{
			ID: fmt.Sprintf("i-%017x", n), AZ: zoneA[:len(zoneA)-1] + string('a'+rune(n%2)),
			Tags: map[string]string{"eni-failover:group": "db", "eni-failover:priority": "10", "Name": "member"},
		})
	}
	for n := range 4 {
		w.Interfaces = append(w.Interfaces, awssim.Interface{
			ID: fmt.Sprintf("eni-%017x", n), Tags: map[string]string{"eni-failover:group": "db", "Name": "service"},
			Attachment: &awssim.Attachment{Instance: w.Instances[n].ID, DeviceIndex: 1},
		})
	}
	return w
}

// BenchmarkCalls measures the cost of a simulation with the SDK's clients: its start, a Describe of a group's
// interfaces, and a change, each with and without remembering the past. A change is a detach or an attach, in turn. No
// call waits.
func BenchmarkCalls(b *testing.B) {
	b.Run("new", func(b *testing.B) {
		w := tenMembers(0)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := awssim.New(w); err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, remember := range map[string]time.Duration{"": 0, "-remembered": time.Minute} {
		sim, err := awssim.New(tenMembers(remember))
		if err != nil {
			b.Fatal(err)
		}
		r := connect(sim, sim.Client(), "")
		b.Run("look"+name, func(b *testing.B) { benchmarkLook(b, r) })
		b.Run("change"+name, func(b *testing.B) { benchmarkChange(b, r) })
	}
	b.Run("look-stale", func(b *testing.B) {
		sim, err := awssim.New(tenMembers(time.Minute))
		if err != nil {
			b.Fatal(err)
		}
		sim.Intercept(func(awssim.Call) awssim.Fault { return awssim.Fault{Stale: time.Second} })
		benchmarkLook(b, connect(sim, sim.Client(), ""))
	})
}

func benchmarkLook(b *testing.B, r *region) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		out, err := r.ec2.DescribeNetworkInterfaces(b.Context(), &ec2.DescribeNetworkInterfacesInput{
			Filters: filtersOf("tag-key=eni-failover:group"), MaxResults: aws.Int32(1000),
		})
		if err != nil || len(out.NetworkInterfaces) != 4 {
			b.Fatal(out, err)
		}
	}
}

func benchmarkChange(b *testing.B, r *region) {
	b.Helper()
	b.ReportAllocs()
	id, from := "eni-00000000000000000", "i-00000000000000000"
	held, _ := r.Interface(id)
	attachment := held.Attachment.ID
	detach := true
	for b.Loop() {
		var err error
		if detach {
			err = r.detach(b.Context(), attachment, false)
		} else {
			attachment, err = r.attach(b.Context(), id, from, 1)
		}
		if err != nil {
			b.Fatal(err)
		}
		detach = !detach
	}
	if !detach { // back to the initial state
		if _, err := r.attach(b.Context(), id, from, 1); err != nil {
			b.Fatal(err)
		}
	}
}
