package audit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/observe"
	"github.com/eni-failover/eni-failover/internal/readiness"
)

// TestUnknown checks that what could not be asked is reported, and not taken for healthy.
func TestUnknown(t *testing.T) {
	for action, want := range map[string][]string{
		"DescribeInstanceStatus":       {"warning NOT_OBSERVED account", "warning STANDBY_UNKNOWN eni-a"},
		"DescribeSpotInstanceRequests": {"warning NOT_OBSERVED account", "warning STANDBY_UNKNOWN eni-a"},
		"DescribeInstanceTypes":        {"warning NOT_OBSERVED account", "warning STANDBY_UNKNOWN eni-a"},
		"DescribeAutoScalingInstances": {"warning NOT_OBSERVED account", "warning STANDBY_UNKNOWN eni-a"},
		"ListHostedZonesByVPC":         {"warning RECORD_UNVERIFIED eni-a"},
		"ListResourceRecordSets":       {"warning RECORD_UNVERIFIED eni-a"},
	} {
		t.Run(action, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := simulate(t, ready(instance(2, spot), instance(2, scaled("InService"))))
				code := "UnauthorizedOperation"
				if strings.HasPrefix(action, "List") {
					code = "AccessDenied"
				}
				a.sim.Intercept(func(c awssim.Call) awssim.Fault {
					if c.Action == action {
						return awssim.Fault{Code: code}
					}
					return awssim.Fault{}
				})
				r := a.audit()
				if d := cmp.Diff(want, found(r)); d != "" {
					t.Errorf("%s\n%s", d, r.Summary.Text)
				}
				if !strings.Contains(r.Summary.Text, action) && strings.HasPrefix(action, "Describe") {
					t.Errorf("the text does not say what could not be asked\n%s", r.Summary.Text)
				}
			})
		})
	}
}

// TestHolderUnknown has a holder that is not a member, and that can't be described.
func TestHolderUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := simulate(t, ready(instance(1, func(in *awssim.Instance) { in.Tags = nil })))
		a.sim.Intercept(func(c awssim.Call) awssim.Fault {
			if c.Action == "DescribeInstances" && c.Params.Get("Filter.1.Name") == "instance-id" {
				return awssim.Fault{Code: "UnauthorizedOperation"}
			}
			return awssim.Fault{}
		})
		r := a.audit()
		if d := cmp.Diff([]string{"warning NOT_OBSERVED account"}, found(r)); d != "" {
			t.Errorf("%s\n%s", d, r.Summary.Text)
		}
	})
}

// TestNothingCanBeObserved checks that the error names every call that failed, in one line, also if several did.
func TestNothingCanBeObserved(t *testing.T) {
	for _, denied := range [][]string{
		{"DescribeNetworkInterfaces"}, {"DescribeInstances"}, {"DescribeNetworkInterfaces", "DescribeInstances"},
	} {
		synctest.Test(t, func(t *testing.T) {
			a := simulate(t, ready())
			a.sim.Intercept(func(c awssim.Call) awssim.Fault {
				if slices.Contains(denied, c.Action) {
					return awssim.Fault{Code: "UnauthorizedOperation"}
				}
				return awssim.Fault{}
			})
			_, err := a.auditor.Run(t.Context())
			if _, ok := errors.AsType[*observe.ObserveError](err); !ok {
				t.Fatalf("%v; want an ObserveError", err)
			}
			if strings.Contains(err.Error(), "\n") || strings.Count(a.log.String(), "\n") != 1 {
				t.Errorf("error %q, log %q; want one line each", err, a.log.String())
			}
			for _, action := range denied {
				if !strings.Contains(err.Error(), action) || !strings.Contains(a.log.String(), action) {
					t.Errorf("error %q, log %q; want %s in both", err, a.log.String(), action)
				}
			}
			if a.metrics.Len() > 0 {
				t.Errorf("an audit that did not take place has metrics: %s", a.metrics.String())
			}
		})
	}
}

// TestThrottled checks that an audit continues after throttles, and ends within its time.
func TestThrottled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := simulate(t, ready())
		calls := 0
		a.sim.Intercept(func(c awssim.Call) awssim.Fault {
			if calls++; c.Service == "ec2" && calls%3 != 0 {
				return awssim.Fault{Code: "RequestLimitExceeded"}
			}
			return awssim.Fault{}
		})
		if r := a.audit(); len(r.Findings) > 0 {
			t.Errorf("%v", found(r))
		}
	})
	synctest.Test(t, func(t *testing.T) {
		a := simulate(t, ready())
		a.sim.Intercept(func(c awssim.Call) awssim.Fault {
			if c.Action == "ListResourceRecordSets" {
				return awssim.Fault{Delay: time.Hour} // it hangs
			}
			return awssim.Fault{}
		})
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		r, err := a.auditor.Run(ctx)
		if d := cmp.Diff([]string{"warning RECORD_UNVERIFIED eni-a"}, found(r)); d != "" || err != nil || ctx.Err() != nil {
			t.Errorf("%v, %v: %s", err, ctx.Err(), d)
		}
	})
}

// TestGroupsSetting checks that an audit leaves out the groups that another deployment serves.
func TestGroupsSetting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := ready(addInterface(secondary("b", "", tagged("eni-failover:group", "web"))), addInstance(member("3", func(in *awssim.Instance) {
			in.Tags["eni-failover:group"], in.Tags["eni-failover:priority"] = "web", "high"
		})))
		r := simulate(t, w, "GROUPS", "db").audit()
		if d := cmp.Diff([]string{}, found(r)); d != "" || r.Summary.Interfaces != 1 || r.Summary.Members != 2 || len(r.Groups) != 1 {
			t.Errorf("%s\n%s", d, r.Summary.Text)
		}
		r = simulate(t, w, "GROUPS", "web,typo").audit()
		want := []string{"critical INTERFACE_UNATTACHED eni-b", "warning GROUP_WITHOUT_INTERFACE typo", "warning TAG_MALFORMED i-3"}
		if d := cmp.Diff(want, found(r)); d != "" {
			t.Errorf("%s\n%s", d, r.Summary.Text)
		}
	})
}

// TestMetamorphic checks that the order of things in the account does not change the result, nor do things that belong to no
// group.
func TestMetamorphic(t *testing.T) {
	for name, world := range contested() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				want := simulate(t, world).audit()
				for seed := range uint64(5) {
					w := contested()[name]
					w.Instances = append(w.Instances, awssim.Instance{ID: i("f0"), Type: "t3.small", AZ: zoneA, VPC: vpcID})
					addUnmanaged("f1", "f0", 1)(&w)
					rng := rand.New(rand.NewPCG(seed, 0))
					rng.Shuffle(len(w.Instances), func(i, j int) { w.Instances[i], w.Instances[j] = w.Instances[j], w.Instances[i] })
					rng.Shuffle(len(w.Interfaces), func(i, j int) { w.Interfaces[i], w.Interfaces[j] = w.Interfaces[j], w.Interfaces[i] })
					got := simulate(t, w).audit()
					got.Summary, want.Summary = readiness.Summary{}, readiness.Summary{}
					if d := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); d != "" {
						t.Errorf("seed %d: %s", seed, d)
					}
				}
			})
		})
	}
}

// TestPublished checks that each finding has a log line, the audit one more, and that alarms have their gauges.
func TestPublished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := simulate(t, ready(instance(2, ofType("t3.micro")), addUnmanaged("f", "2", 1), theInterface(paused), addInterface(secondary("b", "1", func(e *awssim.Interface) {
			e.Attachment.DeviceIndex = 2
		}))))
		r := a.audit()
		type line struct{ Msg, Level, ID, Severity, Resource, Problem, Action, Link string }
		var findings, audits []line
		for text := range bytes.Lines(a.log.Bytes()) {
			var l line
			if err := json.Unmarshal(text, &l); err != nil {
				t.Fatal(err)
			}
			switch l.Msg {
			case "finding":
				findings = append(findings, l)
			case "audit":
				audits = append(audits, l)
			default:
				t.Errorf("log line %s", text)
			}
		}
		if len(findings) != len(r.Findings) || len(findings) != 2 || len(audits) != 1 {
			t.Fatalf("%d findings in the log, %d in the result, %d summaries", len(findings), len(r.Findings), len(audits))
		}
		for at, f := range r.Findings {
			want := line{
				Msg: "finding", Level: map[readiness.Severity]string{readiness.Critical: "ERROR", readiness.Warning: "WARN", readiness.Info: "INFO"}[f.Severity],
				ID: string(f.ID), Severity: string(f.Severity), Resource: f.Resource, Problem: f.Problem, Action: f.Action, Link: f.Link,
			}
			if d := cmp.Diff(want, findings[at]); d != "" {
				t.Error(d)
			}
		}
		var metrics map[string]any
		if err := json.Unmarshal(a.metrics.Bytes(), &metrics); err != nil {
			t.Fatalf("%v in %s", err, a.metrics.String())
		}
		for name, want := range map[string]any{
			"Audits": 1.0, "FindingsCritical": 1.0, "FindingsWarning": 1.0, "FindingsInfo": 0.0, "InterfacesAudited": 2.0, "InterfacesUnready": 2.0,
			"Function": "audit", "level": "ERROR",
		} {
			if metrics[name] != want {
				t.Errorf("%s is %v, want %v", name, metrics[name], want)
			}
		}
		if !strings.Contains(a.metrics.String(), `"Dimensions":[["Function"]]`) || !strings.Contains(a.metrics.String(), `"Namespace":"EniFailover"`) {
			t.Errorf("%s", a.metrics.String())
		}
	})
}

// TestResultIsStable checks the names of the fields in the JSON.
func TestResultIsStable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := simulate(t, ready(instance(2, impaired), instance(1, spot))).audit()
		b, err := json.Marshal(r.Limited())
		if err != nil {
			t.Fatal(err)
		}
		var top map[string]json.RawMessage
		if err := json.Unmarshal(b, &top); err != nil {
			t.Fatal(err)
		}
		for part, want := range map[string][]string{
			"summary":    {"calls", "critical", "durationMs", "groups", "info", "interfaces", "members", "ready", "region", "text", "time", "unready", "unserved", "warning"},
			"interfaces": {"availabilityZone", "candidates", "detail", "deviceIndex", "group", "holder", "interface", "outcome", "ready", "reason", "records", "served", "to", "trigger"},
			"groups":     {"group", "interfaces", "losses", "members", "ready", "weakest"},
			"findings":   {"action", "group", "id", "instances", "link", "problem", "resource", "severity"},
		} {
			first := []map[string]any{{}}
			var err error
			if part == "summary" {
				err = json.Unmarshal(top[part], &first[0])
			} else {
				err = json.Unmarshal(top[part], &first)
			}
			var got []string
			for name := range first[0] {
				got = append(got, name)
			}
			slices.Sort(got)
			if d := cmp.Diff(want, got); d != "" || err != nil {
				t.Errorf("%s: %v\n%s", part, err, d)
			}
		}
		if len(top) != 4 {
			t.Errorf("%d parts", len(top))
		}
	})
}

// TestRepeatedAcrossPages has a list that changes between two pages, so that an interface is on both. It must be audited
// once.
func TestRepeatedAcrossPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := ready()
		for k := range 1100 {
			w.Interfaces = append(w.Interfaces, secondary(fmt.Sprintf("b%d", k), "", nil))
		}
		a := simulate(t, w)
		a.sim.Intercept(func(awssim.Call) awssim.Fault { return awssim.Fault{Repeat: n("a")} })
		r := a.audit()
		if r.Summary.Interfaces != 1101 {
			t.Errorf("%d interfaces audited, want 1101", r.Summary.Interfaces)
		}
	})
}

// TestHolderNotShown has looks that do not show a holder. It counts as gone only if a second look does not show it either.
func TestHolderNotShown(t *testing.T) {
	for name, test := range map[string]struct {
		hidden time.Duration
		gone   bool
	}{"for a while": {4 * time.Second, false}, "ever again": {time.Hour, true}} {
		synctest.Test(t, func(t *testing.T) {
			a := simulate(t, ready())
			end := time.Now().Add(test.hidden)
			a.sim.Intercept(func(awssim.Call) awssim.Fault {
				if time.Now().Before(end) {
					return awssim.Fault{Hide: []string{i("1")}}
				}
				return awssim.Fault{}
			})
			r := a.audit()
			gone := slices.ContainsFunc(r.Findings, func(f readiness.Finding) bool { return f.ID == readiness.InterfaceOnDeadInstance })
			if gone != test.gone {
				t.Errorf("not shown %s: gone %t, want %t: %v", name, gone, test.gone, found(r))
			}
		})
	}
}

// TestNetworkPath has AWS answer no call. The error says why, and what to check.
func TestNetworkPath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := simulate(t, ready())
		a.sim.Intercept(func(awssim.Call) awssim.Fault { return awssim.Fault{Drop: true} })
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		_, err := a.auditor.Run(ctx)
		want := []string{"DescribeNetworkInterfaces", "unexpected EOF", "next: check the network path from the function to EC2's endpoint"}
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v; want one line with %q", err, w)
			}
		}
	})
}
