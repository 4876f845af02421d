package awssim_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// TestStaleCall makes single reads stale. They do not affect other calls, and their age is limited by what is
// remembered.
func TestStaleCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := pairWithoutLatency()
		w.Timing.Remember = awssim.Duration(4 * time.Second)
		r := newRegion(t, w)
		stale := time.Duration(0)
		r.Intercept(func(awssim.Call) awssim.Fault { return awssim.Fault{Stale: stale} })
		if err := r.detach(t.Context(), attachmentNow(t, r), false); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second) // unattached by now
		if _, err := r.attach(t.Context(), service, standby, 1); err != nil {
			t.Fatal(err)
		}
		look := func(ago time.Duration, want string) {
			t.Helper()
			stale = ago
			if got := r.state(t.Context(), t); got != want {
				t.Errorf("%v ago: %q, want %q", ago, got, want)
			}
		}
		time.Sleep(time.Second)
		look(0, "in-use attached")
		look(1, "in-use attaching")
		look(time.Second, "in-use attaching")
		look(time.Second+1, "in-use detaching")
		look(3*time.Second, "in-use detaching")
		look(3*time.Second+1, "in-use attached") // on the first holder
		look(0, "in-use attached")
		time.Sleep(time.Minute)
		look(time.Minute, "in-use attached") // forgotten: the oldest remembered state is shown
		if _, err := r.ec2.DeleteTags(t.Context(), &ec2.DeleteTagsInput{Resources: []string{service}}); err != nil {
			t.Fatal(err)
		}
		stale = time.Hour // a change always uses the present state
		if _, err := r.attach(t.Context(), service, standby, 2); code(err) != "InvalidNetworkInterface.InUse" {
			t.Errorf("attach: %v", err)
		}
	})
}

// TestStaleWithoutMemory makes a read stale in a simulation that remembers nothing.
func TestStaleWithoutMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRegion(t, pairWithoutLatency())
		r.Intercept(faultOn("DescribeNetworkInterfaces", awssim.Fault{Stale: time.Minute}))
		if err := r.detach(t.Context(), attachmentNow(t, r), false); err != nil {
			t.Fatal(err)
		}
		if got := r.state(t.Context(), t); got != "in-use detaching" {
			t.Errorf("got %q, want the present", got)
		}
	})
}

// TestPastIsImmutable makes every kind of change, and reads the state before all of them.
func TestPastIsImmutable(t *testing.T) {
	tag := types.Tag{Key: new("eni-failover:group"), Value: new("web")}
	changes := map[string]func(t *testing.T, r *region) error{
		"detach": func(t *testing.T, r *region) error {
			t.Helper()
			return r.detach(t.Context(), attachmentNow(t, r), false)
		},
		"tag": func(t *testing.T, r *region) error {
			t.Helper()
			_, err := r.ec2.CreateTags(t.Context(), &ec2.CreateTagsInput{Resources: []string{service, holder}, Tags: []types.Tag{tag}})
			return err
		},
		"untag": func(t *testing.T, r *region) error {
			t.Helper()
			_, err := r.ec2.DeleteTags(t.Context(), &ec2.DeleteTagsInput{Resources: []string{service, holder}, Tags: []types.Tag{{Key: tag.Key}}})
			return err
		},
		"stop": func(t *testing.T, r *region) error {
			t.Helper()
			_, err := r.ec2.StopInstances(t.Context(), &ec2.StopInstancesInput{InstanceIds: []string{holder}})
			return err
		},
		"terminate": func(t *testing.T, r *region) error {
			t.Helper()
			_, err := r.ec2.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: []string{holder}})
			return err
		},
		"edit": func(t *testing.T, r *region) error {
			t.Helper()
			r.Edit(func(w *awssim.World) {
				i := &w.Interfaces[0]
				i.Tags["eni-failover:group"], i.Attachment.DeviceIndex, i.PrivateIPs[0].Address = "web", 2, "10.0.1.99"
				w.Interfaces = slices.Delete(w.Interfaces, 1, 2)
				w.Instances[0].State = "terminated"
			})
			return nil
		},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := pairWithoutLatency()
				w.Timing.Remember = awssim.Duration(time.Hour)
				r := newRegion(t, w)
				look := func() (seen [2]any) {
					t.Helper()
					interfaces, err := r.ec2.DescribeNetworkInterfaces(t.Context(), &ec2.DescribeNetworkInterfacesInput{})
					if err != nil {
						t.Fatal(err)
					}
					instances, err := r.ec2.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{})
					if err != nil {
						t.Fatal(err)
					}
					return [2]any{interfaces.NetworkInterfaces, instances.Reservations}
				}
				unexported := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".noSmithyDocumentSerde" }, cmp.Ignore())
				before := look()
				time.Sleep(time.Minute)
				if err := change(t, r); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute) // all transitions are over
				if cmp.Equal(before, look(), unexported) {
					t.Error("nothing has changed")
				}
				r.Intercept(func(awssim.Call) awssim.Fault { return awssim.Fault{Stale: 90 * time.Second} })
				if diff := cmp.Diff(before, look(), unexported); diff != "" {
					t.Errorf("the past (-before +as it is remembered):\n%s", diff)
				}
			})
		})
	}
}

// The past has every state, with the instant at which it began.
func TestPast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, err := awssim.New(awssim.World{
			Timing:    awssim.Timing{Remember: awssim.Duration(time.Hour)},
			Instances: []awssim.Instance{{ID: "i-1", AZ: "eu-west-1a"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		sim.After(time.Second, func(w *awssim.World) { w.Instances[0].State = "stopping" })
		sim.After(2*time.Second, func(w *awssim.World) { w.Instances[0].State = "stopped" })
		time.Sleep(90 * time.Second)
		var got []string
		for _, m := range sim.Past() {
			got = append(got, m.Since.Sub(start).String()+" "+m.World.Instances[0].State)
		}
		want := []string{"0s running", "1s stopping", "2s stopped"}
		if !slices.Equal(got, want) {
			t.Errorf("%q; want %q", got, want)
		}
	})
}

// TestHiddenAndRepeated makes single reads hide an item or repeat it on the next page, as lists do that change between
// two pages. Changes use the present state.
func TestHiddenAndRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRegion(t, pairWithoutLatency())
		fault := awssim.Fault{Hide: []string{service, standby}}
		r.Intercept(func(awssim.Call) awssim.Fault { return fault })
		interfaces := func(in *ec2.DescribeNetworkInterfacesInput) (ids []string, token *string) {
			t.Helper()
			out, err := r.ec2.DescribeNetworkInterfaces(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range out.NetworkInterfaces {
				ids = append(ids, *e.NetworkInterfaceId)
			}
			return ids, out.NextToken
		}
		if ids, _ := interfaces(&ec2.DescribeNetworkInterfacesInput{}); slices.Contains(ids, service) || len(ids) == 0 {
			t.Errorf("shown: %v", ids)
		}
		_, err := r.ec2.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{InstanceIds: []string{standby}})
		if code(err) != "InvalidInstanceID.NotFound" {
			t.Errorf("a hidden instance: %v", err)
		}
		if err := r.detach(t.Context(), attachmentNow(t, r), false); err != nil {
			t.Errorf("a change: %v", err)
		}

		r.Edit(func(w *awssim.World) {
			for n := range 8 {
				w.Interfaces = append(w.Interfaces, awssim.Interface{ID: fmt.Sprintf("eni-9999999999999999%d", n), AZ: w.Instances[0].AZ})
			}
		})
		fault = awssim.Fault{}
		all, _ := interfaces(&ec2.DescribeNetworkInterfacesInput{})
		fault = awssim.Fault{Repeat: all[0]}
		first, token := interfaces(&ec2.DescribeNetworkInterfacesInput{MaxResults: new(int32(5))})
		second, token := interfaces(&ec2.DescribeNetworkInterfacesInput{MaxResults: new(int32(5)), NextToken: token})
		if diff := cmp.Diff(all[:5], first); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(append([]string{all[0]}, all[5:10]...), second); diff != "" || token == nil {
			t.Error(diff)
		}
	})
}
