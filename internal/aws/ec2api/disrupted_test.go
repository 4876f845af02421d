package ec2api_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
)

const zoneB = "eu-west-1b"

// disruptedAccount returns an account of n members of one group. The members for which broken reports true are in a
// disrupted zone: lost has their ids, healthy the ids of the others.
func disruptedAccount(n int, broken func(n int) bool) (w awssim.World, healthy, lost []string) {
	w = awssim.World{DisruptedAZs: []string{zoneB}}
	for i := range n {
		in := awssim.Instance{ID: instanceN(i), AZ: zoneA, Type: "t3.small", Tags: group}
		if broken(i) {
			in.AZ = zoneB
			lost = append(lost, in.ID)
		} else {
			healthy = append(healthy, in.ID)
		}
		w.Instances = append(w.Instances, in)
	}
	return w, healthy, lost
}

// isOdd puts every other instance into the disrupted zone.
func isOdd(n int) bool { return n%2 == 1 }

func idsOf(list []inventory.Instance) []string {
	var ids []string
	for _, in := range list {
		ids = append(ids, in.ID)
	}
	return ids
}

// wantPartly fails the test unless these instances are found, and the error names these others.
func wantPartly(t *testing.T, list []inventory.Instance, err error, found, named []string) {
	t.Helper()
	if got := idsOf(list); !slices.Equal(got, found) {
		t.Errorf("found %v, want %v", got, found)
	}
	var p *ec2api.PartialError
	switch {
	case len(named) == 0:
		if err != nil {
			t.Errorf("error: %v", err)
		}
	case !errors.As(err, &p):
		t.Errorf("got %v, want a partial error", err)
	case !slices.Equal(p.IDs, named):
		t.Errorf("named %v, want %v", p.IDs, named)
	default:
		if fault.ClassOf(err) != fault.Unavailable || fault.CodeOf(err) != "Unavailable" {
			t.Errorf("why: %v", err)
		}
		for _, id := range named[:min(len(named), 5)] { // the message counts the others
			if !strings.Contains(err.Error(), id) {
				t.Errorf("%q does not name %s", err, id)
			}
		}
	}
}

// callsOf counts the calls of each action.
func callsOf(sim *awssim.Sim) map[string]int {
	n := map[string]int{}
	for _, c := range sim.Calls() {
		n[c.Action]++
	}
	return n
}

func TestDisruptedZone(t *testing.T) {
	w, healthy, lost := disruptedAccount(6, isOdd)
	stranger := awssim.Instance{ID: instanceN(50), AZ: zoneA}
	w.Instances = append(w.Instances, stranger, awssim.Instance{ID: instanceN(51), AZ: zoneA, Tags: map[string]string{"eni-failover:group": "cache"}})
	// An interface has the tag too, but is not an instance.
	w.Interfaces = []awssim.Interface{{ID: service, AZ: zoneA, Tags: group}}
	tests := []struct {
		name         string
		do           func(context.Context, *ec2api.Client) ([]inventory.Instance, error)
		found, named []string
		tags         int // calls of DescribeTags
		instances    int // calls of DescribeInstances, after the six attempts of the list
	}{
		{
			name: "members",
			do: func(ctx context.Context, c *ec2api.Client) ([]inventory.Instance, error) {
				return c.Members(ctx, []string{"db", "web"})
			},
			found: healthy, named: lost, tags: 1, instances: 11,
		},
		{
			name: "members in one zone",
			do: func(ctx context.Context, c *ec2api.Client) ([]inventory.Instance, error) {
				return c.Members(ctx, []string{"cache"})
			},
			found: []string{instanceN(51)}, tags: 1, instances: 1,
		},
		{
			name: "a group without members",
			do: func(ctx context.Context, c *ec2api.Client) ([]inventory.Instance, error) {
				return c.Members(ctx, []string{"web"})
			},
			tags: 1,
		},
		{
			name:  "all members",
			do:    func(ctx context.Context, c *ec2api.Client) ([]inventory.Instance, error) { return c.AllMembers(ctx) },
			found: append(slices.Clone(healthy), instanceN(51)), named: lost, tags: 1, instances: 13,
		},
		{
			name: "a member",
			do: func(ctx context.Context, c *ec2api.Client) ([]inventory.Instance, error) {
				return c.FindMember(ctx, healthy[0])
			},
			found: healthy[:1], tags: 1, instances: 1,
		},
		{
			name: "a member in that zone",
			do: func(ctx context.Context, c *ec2api.Client) ([]inventory.Instance, error) {
				return c.FindMember(ctx, lost[0])
			},
			named: lost[:1], tags: 1, instances: 1,
		},
		{
			name: "an instance that is not a member",
			do: func(ctx context.Context, c *ec2api.Client) ([]inventory.Instance, error) {
				return c.FindMember(ctx, stranger.ID)
			},
			tags: 1,
		},
		{
			name: "ids",
			do: func(ctx context.Context, c *ec2api.Client) ([]inventory.Instance, error) {
				return c.FindInstances(ctx, []string{healthy[0], lost[0], stranger.ID})
			},
			found: []string{healthy[0], stranger.ID}, named: lost[:1], instances: 5,
		},
		{
			name: "ids in a healthy zone",
			do: func(ctx context.Context, c *ec2api.Client) ([]inventory.Instance, error) {
				return c.FindInstances(ctx, healthy)
			},
			found: healthy, instances: 1,
		},
		{
			name: "unknown ids",
			do: func(ctx context.Context, c *ec2api.Client) ([]inventory.Instance, error) {
				return c.FindInstances(ctx, []string{instanceN(98), healthy[0], instanceN(99)})
			},
			found: healthy[:1], instances: 5,
		},
		{
			name: "an unknown id and one in that zone",
			do: func(ctx context.Context, c *ec2api.Client) ([]inventory.Instance, error) {
				return c.FindInstances(ctx, []string{instanceN(99), lost[0]})
			},
			named: lost[:1], instances: 3,
		},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			sim, client := simulate(t, w)
			list, err := test.do(t.Context(), client)
			wantPartly(t, list, err, test.found, test.named)
			if n := callsOf(sim); n["DescribeTags"] != test.tags || n["DescribeInstances"] != 6+test.instances {
				t.Errorf("calls %v, want %d DescribeTags, 6+%d DescribeInstances", n, test.tags, test.instances)
			}
		})
	}
}

// TestDisruptedZoneMessage has the message that a report shows.
func TestDisruptedZoneMessage(t *testing.T) {
	bubble(t, "two", func(t *testing.T) {
		w, _, lost := disruptedAccount(4, isOdd)
		_, client := simulate(t, w)
		_, err := client.Members(t.Context(), []string{"db"})
		want := fmt.Sprintf("not to be described: %s %s: DescribeInstances of %s: unavailable (Unavailable, request ", lost[0], lost[1], lost[0])
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got  %v\nwant %s…", err, want)
		}
	})
}

// TestAllZonesDisrupted: no member is found, and the error names all.
func TestAllZonesDisrupted(t *testing.T) {
	bubble(t, "members", func(t *testing.T) {
		w, _, lost := disruptedAccount(5, func(int) bool { return true })
		sim, client := simulate(t, w)
		list, err := client.Members(t.Context(), []string{"db"})
		wantPartly(t, list, err, nil, lost)
		if n := callsOf(sim); n["DescribeInstances"] != 6+9 {
			t.Errorf("calls %v", n)
		}
	})
}

// TestManyMembersDisrupted has more members than one page of tags or one chunk of ids.
func TestManyMembersDisrupted(t *testing.T) {
	tests := []struct {
		name   string
		size   int
		broken func(int) bool
		most   int // calls of DescribeInstances by id, of all members at once
	}{
		// About twice the number of the disrupted members, times the halvings that isolate one.
		{"three of 250", 250, func(n int) bool { return n%100 == 7 }, 1 + 3*2*8},
		{"a tenth of 250", 250, func(n int) bool { return n >= 225 }, 1 + 2*25 + 2*8},
		{"one of 1200", 1200, func(n int) bool { return n == 600 }, 1 + 2*11},
	}
	for _, test := range tests {
		w, healthy, lost := disruptedAccount(test.size, test.broken)
		bubble(t, test.name, func(t *testing.T) {
			sim, client := simulate(t, w)
			list, err := client.Members(t.Context(), []string{"db"})
			wantPartly(t, list, err, healthy, lost)
			if n := callsOf(sim); n["DescribeTags"] != (test.size+999)/1000 || n["DescribeInstances"] > 6+test.most {
				t.Errorf("calls %v, want at most 6+%d DescribeInstances", n, test.most)
			}
		})
		bubble(t, test.name+" by id", func(t *testing.T) {
			_, client := simulate(t, w)
			var ids []string
			for _, in := range w.Instances {
				ids = append(ids, in.ID)
			}
			asked := slices.Clone(ids)
			list, err := client.FindInstances(t.Context(), asked)
			wantPartly(t, list, err, healthy, lost)
			if !slices.Equal(asked, ids) {
				t.Error("the list of ids that was asked for has changed")
			}
		})
	}
}

// TestDisruptedGroups asks for more groups than one call takes. Each call has members.
func TestDisruptedGroups(t *testing.T) {
	bubble(t, "450", func(t *testing.T) {
		w := largeAccount(450, 0)
		w.DisruptedAZs = []string{zoneB}
		var groups, named []string
		for n := range w.Instances {
			// All names have one length, so that no name is part of another.
			groups = append(groups, fmt.Sprintf("group-%03d.", n))
			w.Instances[n].Tags = map[string]string{"eni-failover:group": groups[n]}
			if n%90 == 0 {
				w.Instances[n].AZ = zoneB
				named = append(named, w.Instances[n].ID)
			}
		}
		_, client := simulate(t, w)
		list, err := client.Members(t.Context(), groups)
		var p *ec2api.PartialError
		if !errors.As(err, &p) || !slices.Equal(p.IDs, named) || len(list) != len(groups)-len(named) {
			t.Errorf("%d found: %v", len(list), err)
		}
	})
}

// TestNoFallback: after an answer that is not a sign of a disruption, no other call follows.
func TestNoFallback(t *testing.T) {
	for _, code := range []string{"RequestLimitExceeded", "UnauthorizedOperation", "InvalidParameterValue"} {
		bubble(t, code, func(t *testing.T) {
			w, _, _ := disruptedAccount(4, isOdd)
			sim, client := simulate(t, w)
			sim.Intercept(faultOnAll(awssim.Fault{Code: code}))
			for _, ask := range []func() ([]inventory.Instance, error){
				func() ([]inventory.Instance, error) { return client.Members(t.Context(), []string{"db"}) },
				func() ([]inventory.Instance, error) { return client.AllMembers(t.Context()) },
				func() ([]inventory.Instance, error) { return client.FindMember(t.Context(), instanceN(0)) },
				func() ([]inventory.Instance, error) { return client.FindInstances(t.Context(), []string{instanceN(0)}) },
			} {
				var p *ec2api.PartialError
				if list, err := ask(); fault.CodeOf(err) != code || errors.As(err, &p) || list != nil {
					t.Errorf("%v, %v", list, err)
				}
			}
			for _, c := range sim.Calls() {
				if c.Action != "DescribeInstances" || c.Params.Has("InstanceId.1") {
					t.Errorf("%s", c)
				}
			}
		})
	}
}

// faultOnFirstOf returns an interceptor that makes a fault of the first n calls of an action; of DescribeInstances, only
// calls that name an instance count.
func faultOnFirstOf(action string, n int, f awssim.Fault) func(awssim.Call) awssim.Fault {
	do := faultOnFirst(n, f)
	return func(c awssim.Call) awssim.Fault {
		if c.Action == action && (action != "DescribeInstances" || c.Params.Has("InstanceId.1")) {
			return do(c)
		}
		return awssim.Fault{}
	}
}

// TestFallbackFails has errors of the calls by tags and ids.
func TestFallbackFails(t *testing.T) {
	bubble(t, "tags denied", func(t *testing.T) {
		w, _, _ := disruptedAccount(4, isOdd)
		sim, client := simulate(t, w)
		sim.Intercept(faultOnFirstOf("DescribeTags", 1, awssim.Fault{Code: "UnauthorizedOperation"}))
		list, err := client.Members(t.Context(), []string{"db"})
		// The first error decides, since it may be worth asking again; the message has both.
		if fault.ClassOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "DescribeTags of tag eni-failover:group: denied") || list != nil {
			t.Errorf("%v, %v", list, err)
		}
	})
	bubble(t, "tags throttled", func(t *testing.T) {
		w, healthy, lost := disruptedAccount(4, isOdd)
		sim, client := simulate(t, w)
		sim.Intercept(faultOnFirstOf("DescribeTags", 5, awssim.Fault{Code: "RequestLimitExceeded"}))
		list, err := client.Members(t.Context(), []string{"db"})
		wantPartly(t, list, err, healthy, lost)
	})
	// A throttle says nothing about the ids: in a disruption many callers ask.
	bubble(t, "ids throttled", func(t *testing.T) {
		w, healthy, lost := disruptedAccount(4, isOdd)
		sim, client := simulate(t, w)
		sim.Intercept(faultOnFirstOf("DescribeInstances", 5, awssim.Fault{Code: "RequestLimitExceeded"}))
		list, err := client.Members(t.Context(), []string{"db"})
		wantPartly(t, list, err, healthy, lost)
		if n := callsOf(sim); n["DescribeInstances"] != 6+5+7 {
			t.Errorf("calls %v", n)
		}
	})
	bubble(t, "ids denied", func(t *testing.T) {
		w, healthy, lost := disruptedAccount(2, isOdd)
		sim, client := simulate(t, w)
		sim.Intercept(faultOnFirstOf("DescribeInstances", 1, awssim.Fault{Code: "UnauthorizedOperation"}))
		list, err := client.Members(t.Context(), []string{"db"})
		var p *ec2api.PartialError
		if !errors.As(err, &p) || !slices.Equal(p.IDs, append(healthy, lost...)) || fault.ClassOf(err) != fault.Denied || list != nil {
			t.Errorf("%v, %v", list, err)
		}
	})
	bubble(t, "out of time", func(t *testing.T) {
		w, _, _ := disruptedAccount(4, isOdd)
		sim, client := simulate(t, w)
		sim.Intercept(faultOnFirstOf("DescribeInstances", 1, awssim.Fault{Delay: time.Hour}))
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		start := time.Now()
		list, err := client.Members(ctx, []string{"db"})
		var p *ec2api.PartialError
		if !errors.As(err, &p) || len(p.IDs) != 4 || list != nil || elapsedSince(start) > 4*time.Second {
			t.Errorf("%v, %v after %s", list, err, time.Since(start))
		}
	})
}
