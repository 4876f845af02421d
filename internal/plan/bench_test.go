package plan_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// fullHolder makes a snapshot in which the stopping instance i-0 holds that many interfaces of one group, which has that
// many other members. Without room the members have no slot left.
func fullHolder(members, interfaces int, room bool) inventory.Snapshot {
	s := inventory.Snapshot{At: now, Instances: map[string]inventory.Instance{}, Limits: map[string]inventory.Limits{
		"holder": {Interfaces: interfaces + 1, Card0: interfaces + 1, IPv4: 10, IPv6: 10, Nitro: true},
		"m5":     {Interfaces: 4, Card0: 4, IPv4: 10, IPv6: 10, Nitro: true},
	}}
	member := func(id, kind string, attached int) inventory.Instance {
		return inventory.Instance{
			ID: id, Type: kind, AZ: "a", VPC: "v", State: inventory.StateRunning, Groups: []string{"db"}, Priority: inventory.DefaultPriority,
			Card0: []int{0}, Attached: attached, LaunchTime: now.Add(-time.Hour),
			Health: inventory.Health{System: inventory.CheckOK, Instance: inventory.CheckOK},
		}
	}
	holder := member("i-0", "holder", interfaces+1)
	holder.State = inventory.StateStopping
	for k := range interfaces {
		holder.Card0 = append(holder.Card0, k+1)
		s.Interfaces = append(s.Interfaces, inventory.Interface{
			ID: fmt.Sprintf("eni-%017x", k), Type: inventory.TypeInterface, Group: "db", AZ: "a", VPC: "v",
			Attachment: &inventory.Attachment{
				ID: fmt.Sprintf("eni-attach-%017x", k), Instance: "i-0", Status: inventory.StatusAttached, DeviceIndex: k + 1, AttachTime: now.Add(-time.Hour),
			},
		})
	}
	s.Add(holder)
	attached := 1
	if !room {
		attached = 4
	}
	for k := range members {
		s.Add(member(fmt.Sprintf("i-%017x", k+1), "m5", attached))
	}
	return s
}

// cpuTime returns the processor time of the process so far, which other processes of the machine do not lengthen.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkDecide measures how long a plan takes, and what it leaves to the garbage collector, where one holder with many
// interfaces goes away in a group of many members: alone, with room on the members, and without.
func BenchmarkDecide(b *testing.B) {
	for _, size := range []struct{ members, interfaces int }{{10, 10}, {100, 100}, {1000, 100}, {1000, 1000}} {
		for _, outcome := range []string{"placed", "stranded"} {
			b.Run(fmt.Sprintf("members=%d/interfaces=%d/%s", size.members, size.interfaces, outcome), func(b *testing.B) {
				s := fullHolder(size.members, size.interfaces, outcome == "placed")
				t := trigger.Trigger{Kind: trigger.KindStopping, Instance: "i-0", Time: now}
				placed := 0
				b.ReportAllocs()
				before := cpuTime(b)
				for b.Loop() {
					placed = 0
					for _, i := range plan.Decide(t, s, plan.Policy{}, now).Items {
						if i.Settled == "" {
							placed++
						}
					}
				}
				if want := map[string]int{"placed": size.interfaces}[outcome]; placed != want {
					b.Fatalf("%d interfaces are placed; want %d", placed, want)
				}
				b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/1000/float64(b.N), "cpu-ms/op")
			})
		}
	}
}
