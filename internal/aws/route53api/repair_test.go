package route53api

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/record"
)

// changeBatch is the action that changes records.
const changeBatch = "ChangeResourceRecordSets"

// recordsAtName lists the records of the zone at the tested name, like "A 300 [10.0.0.5]".
func recordsAtName(sim *awssim.Sim) string {
	var out []string
	for _, r := range sim.World().Zones[0].Records {
		if r.Name == testName {
			out = append(out, fmt.Sprintf("%s %d %v", r.Type, r.TTL, r.Values))
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// editRecords returns a function that replaces the records of the zone at the tested name.
func editRecords(sim *awssim.Sim, records ...awssim.Record) func() {
	return func() {
		sim.Edit(func(w *awssim.World) {
			zone := &w.Zones[0]
			zone.Records = slices.DeleteFunc(zone.Records, func(r awssim.Record) bool { return r.Name == testName })
			zone.Records = append(zone.Records, records...)
		})
	}
}

func TestRepair(t *testing.T) {
	tests := []struct {
		name      string
		addresses string
		records   []awssim.Record
		state     record.State
		holds     string // the zone, afterwards
		got       string
		detail    string
		calls     string
	}{
		{
			name: "mismatch", addresses: "10.0.0.5 10.0.0.6", records: []awssim.Record{simple(testName, "A", "10.0.0.9 10.0.0.8")},
			state: record.Repaired, holds: "A 300 [10.0.0.5]", got: "10.0.0.5", detail: "it held 10.0.0.8, 10.0.0.9 before", calls: "zrw",
		}, {
			name: "missing", addresses: "10.0.0.5",
			state: record.Repaired, holds: "A 60 [10.0.0.5]", got: "10.0.0.5", detail: "it held no address before", calls: "zrw",
		}, {
			name: "missing, other types there", addresses: "10.0.0.5", records: []awssim.Record{simple(testName, "TXT", `"x"`)},
			state: record.Repaired, holds: `A 60 [10.0.0.5], TXT 300 ["x"]`, got: "10.0.0.5", calls: "zrw",
		}, {
			name: "both families at once", addresses: "10.0.0.5 2001:db8::5",
			records: []awssim.Record{simple(testName, "A", "10.0.0.9"), simple(testName, "AAAA", "2001:db8::9")},
			state:   record.Repaired, holds: "A 300 [10.0.0.5], AAAA 300 [2001:db8::5]", got: "10.0.0.5 2001:db8::5", calls: "zrw",
		}, {
			name: "AAAA only", addresses: "10.0.0.5 2001:db8::5",
			records: []awssim.Record{simple(testName, "A", "10.0.0.5 10.0.0.9"), simple(testName, "AAAA", "2001:db8::9")},
			state:   record.Repaired, holds: "A 300 [10.0.0.5 10.0.0.9], AAAA 300 [2001:db8::5]", got: "10.0.0.5 10.0.0.9 2001:db8::5", calls: "zrw",
		}, {
			name: "IPv6 only", addresses: "2001:db8::5",
			state: record.Repaired, holds: "AAAA 60 [2001:db8::5]", got: "2001:db8::5", calls: "zrw",
		}, {
			name: "AAAA of an interface without IPv6 is not deleted", addresses: "10.0.0.5",
			records: []awssim.Record{simple(testName, "A", "10.0.0.5"), simple(testName, "AAAA", "2001:db8::9")},
			state:   record.Mismatch, holds: "A 300 [10.0.0.5], AAAA 300 [2001:db8::9]", got: "10.0.0.5 2001:db8::9", detail: "no IPv6 address", calls: "zr",
		}, {
			name: "in part", addresses: "10.0.0.5",
			records: []awssim.Record{simple(testName, "A", "10.0.0.9"), simple(testName, "AAAA", "2001:db8::9")},
			state:   record.Mismatch, holds: "A 300 [10.0.0.5], AAAA 300 [2001:db8::9]", got: "10.0.0.5 2001:db8::9", detail: "repaired in part; the AAAA record", calls: "zrw",
		}, {
			name: "nothing to do", addresses: "10.0.0.5", records: []awssim.Record{simple(testName, "A", "10.0.0.5")},
			state: record.OK, holds: "A 300 [10.0.0.5]", got: "10.0.0.5", calls: "zr",
		}, {
			name: "CNAME", addresses: "10.0.0.5", records: []awssim.Record{simple(testName, "CNAME", "x.corp.internal")},
			state: record.NotSimple, holds: "CNAME 300 [x.corp.internal]", detail: "CNAME", calls: "zr",
		}, {
			name: "weighted", addresses: "10.0.0.5", records: []awssim.Record{weighted(testName, "10.0.0.9", "one")},
			state: record.NotSimple, holds: "A 300 [10.0.0.9]", got: "10.0.0.9", detail: "weighted", calls: "zr",
		},
	}
	for _, tt := range tests {
		bubble(t, tt.name, func(t *testing.T) {
			sim, checker := simulate(t, privateZone("ZCORP", "corp.internal", tt.records...))
			e := eni(tt.addresses, "DB.corp.internal")
			r := wantOne(t, checker.Repair(t.Context(), e, nil), tt.state)
			if got := recordsAtName(sim); got != tt.holds {
				t.Errorf("the zone holds %s, want %s", got, tt.holds)
			}
			wantAddrs(t, "got", r.Got, tt.got)
			wantDetail(t, r, tt.detail)
			if r.HostedZone != "ZCORP" || r.Name != "DB.corp.internal" {
				t.Errorf("zone %q, name %q", r.HostedZone, r.Name)
			}
			wantActions(t, sim, tt.calls)
			// A second check finds nothing more to do.
			again := tt.state
			if again == record.Repaired {
				again = record.OK
			}
			wantOne(t, checker.Repair(t.Context(), e, nil), again)
			wantActions(t, sim, tt.calls+"r")
		})
	}
}

func TestRepairOfAWildcard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, checker := simulate(t, privateZone("ZCORP", "corp.internal", simple(`\052.corp.internal.`, "A", "10.0.0.9")))
		wantOne(t, checker.Repair(t.Context(), eni("10.0.0.5", "*.corp.internal"), nil), record.Repaired)
		wantOne(t, checker.Check(t.Context(), eni("10.0.0.5", "*.corp.internal"), nil), record.OK)
		wantActions(t, sim, "zrwr")
	})
}

// TestRepairRaces: another writer changes the record before the repair's write, or the network fails.
func TestRepairRaces(t *testing.T) {
	tests := []struct {
		name string
		// fault makes the fault of the write.
		fault  func(sim *awssim.Sim) awssim.Fault
		turns  []int // the writes that meet the fault; all if empty
		state  record.State
		cause  record.Cause
		holds  string
		detail string
		calls  string
	}{
		{
			name: "another writer put it right",
			fault: func(sim *awssim.Sim) awssim.Fault {
				return awssim.Fault{Before: editRecords(sim, simple(testName, "A", "10.0.0.5 10.0.0.7"))}
			},
			state: record.OK, holds: "A 300 [10.0.0.5 10.0.0.7]", calls: "zrwr",
		}, {
			name: "another writer made the same change",
			fault: func(sim *awssim.Sim) awssim.Fault {
				return awssim.Fault{Before: editRecords(sim, simple(testName, "A", "10.0.0.5"))}
			},
			state: record.OK, holds: "A 300 [10.0.0.5]", calls: "zrwr",
		}, {
			name: "another writer made it another wrong one",
			fault: func(sim *awssim.Sim) awssim.Fault {
				return awssim.Fault{Before: editRecords(sim, simple(testName, "A", "10.0.0.7"))}
			},
			state: record.Mismatch, holds: "A 300 [10.0.0.7]", detail: "the repair failed (refused: route53:ChangeResourceRecordSets (InvalidChangeBatch)), and the name was read again; the A record holds 10.0.0.7", calls: "zrwr",
		}, {
			name: "another writer changed the TTL only",
			fault: func(sim *awssim.Sim) awssim.Fault {
				other := simple(testName, "A", "10.0.0.9")
				other.TTL = 30
				return awssim.Fault{Before: editRecords(sim, other)}
			},
			state: record.Mismatch, holds: "A 30 [10.0.0.9]", detail: "InvalidChangeBatch", calls: "zrwr",
		}, {
			name:  "another writer deleted it",
			fault: func(sim *awssim.Sim) awssim.Fault { return awssim.Fault{Before: editRecords(sim)} },
			state: record.Missing, holds: "", detail: "InvalidChangeBatch", calls: "zrwr",
		}, {
			name: "another writer made it weighted",
			fault: func(sim *awssim.Sim) awssim.Fault {
				return awssim.Fault{Before: editRecords(sim, weighted(testName, "10.0.0.9", "one"))}
			},
			state: record.NotSimple, holds: "A 300 [10.0.0.9]", detail: "weighted", calls: "zrwr",
		}, {
			name:  "lost reply",
			fault: func(*awssim.Sim) awssim.Fault { return awssim.Fault{LoseReply: true} },
			state: record.Repaired, holds: "A 300 [10.0.0.5]", detail: "it held 10.0.0.9 before", calls: "zrwr",
		}, {
			name: "lost reply, and then another writer",
			fault: func(sim *awssim.Sim) awssim.Fault {
				return awssim.Fault{LoseReply: true, After: editRecords(sim, simple(testName, "A", "10.0.0.7"))}
			},
			state: record.Mismatch, holds: "A 300 [10.0.0.7]", detail: "no usable answer", calls: "zrwr",
		}, {
			name: "lost request, and another writer put it right",
			fault: func(sim *awssim.Sim) awssim.Fault {
				return awssim.Fault{Code: "InternalError", Before: editRecords(sim, simple(testName, "A", "10.0.0.5 10.0.0.7"))}
			},
			state: record.OK, holds: "A 300 [10.0.0.5 10.0.0.7]", calls: "zrwr",
		}, {
			name: "lost request, and another writer put it right with another TTL",
			fault: func(sim *awssim.Sim) awssim.Fault {
				other := simple(testName, "A", "10.0.0.5")
				other.TTL = 30
				return awssim.Fault{Code: "InternalError", Before: editRecords(sim, other)}
			},
			state: record.OK, holds: "A 30 [10.0.0.5]", calls: "zrwr",
		}, {
			name:  "lost request",
			fault: func(*awssim.Sim) awssim.Fault { return awssim.Fault{Drop: true} },
			state: record.Mismatch, holds: "A 300 [10.0.0.9]", detail: "the repair failed (no usable answer: route53:ChangeResourceRecordSets)", calls: "zrwr",
		}, {
			name:  "server error",
			fault: func(*awssim.Sim) awssim.Fault { return awssim.Fault{Code: "InternalError"} },
			state: record.Mismatch, holds: "A 300 [10.0.0.9]", detail: "(InternalError)", calls: "zrwr",
		}, {
			name:  "throttled once",
			fault: func(*awssim.Sim) awssim.Fault { return awssim.Fault{Code: "Throttling"} }, turns: []int{1},
			state: record.Repaired, holds: "A 300 [10.0.0.5]", calls: "zrww",
		}, {
			name:  "another change of the zone under way",
			fault: func(*awssim.Sim) awssim.Fault { return awssim.Fault{Code: "PriorRequestNotComplete"} }, turns: []int{1, 2},
			state: record.Repaired, holds: "A 300 [10.0.0.5]", calls: "zrwww",
		}, {
			name:  "throttled",
			fault: func(*awssim.Sim) awssim.Fault { return awssim.Fault{Code: "Throttling"} },
			state: record.Mismatch, holds: "A 300 [10.0.0.9]", detail: "the A record holds 10.0.0.9, no address of the interface; not repaired: throttled: route53:ChangeResourceRecordSets (Throttling)", calls: "zrwww",
		}, {
			name:  "denied",
			fault: func(*awssim.Sim) awssim.Fault { return awssim.Fault{Code: "AccessDenied"} },
			state: record.Mismatch, holds: "A 300 [10.0.0.9]", detail: "not repaired: denied: route53:ChangeResourceRecordSets (AccessDenied)", calls: "zrw",
		}, {
			name:  "out of time",
			fault: func(*awssim.Sim) awssim.Fault { return awssim.Fault{Delay: time.Hour} },
			state: record.Unverified, cause: record.CauseOutOfTime, holds: "A 300 [10.0.0.9]", detail: "out of time: the repair may have been made or not", calls: "zrw",
		}, {
			name: "out of time between throttles",
			fault: func(*awssim.Sim) awssim.Fault {
				return awssim.Fault{Delay: 4500 * time.Millisecond, Code: "Throttling"}
			},
			state: record.Mismatch, holds: "A 300 [10.0.0.9]", detail: "not repaired: throttled", calls: "zrw",
		},
	}
	for _, tt := range tests {
		bubble(t, tt.name, func(t *testing.T) {
			sim, checker := simulate(t, privateZone("ZCORP", "corp.internal", simple(testName, "A", "10.0.0.9")))
			sim.Intercept(faultOn(changeBatch, tt.fault(sim), tt.turns...))
			const budget = 5 * time.Second
			ctx, cancel := context.WithTimeout(t.Context(), budget)
			defer cancel()
			start := time.Now()
			r := wantOne(t, checker.Repair(ctx, eni("10.0.0.5", "db.corp.internal"), nil), tt.state)
			if elapsed := elapsedSince(start); elapsed > budget {
				t.Errorf("took %s, the caller had %s", elapsed, budget)
			}
			if r.Cause != tt.cause || r.HostedZone != "ZCORP" {
				t.Errorf("cause %q, zone %q; want %q, ZCORP", r.Cause, r.HostedZone, tt.cause)
			}
			wantDetail(t, r, tt.detail)
			if got := recordsAtName(sim); got != tt.holds {
				t.Errorf("the zone holds %s, want %s", got, tt.holds)
			}
			wantActions(t, sim, tt.calls)
		})
	}
}

func TestRepairThatCannotBeReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, checker := simulate(t, privateZone("ZCORP", "corp.internal", simple(testName, "A", "10.0.0.9")))
		written := false
		sim.Intercept(func(c awssim.Call) awssim.Fault {
			if c.Action == changeBatch {
				written = true
				return awssim.Fault{LoseReply: true}
			}
			if written {
				return awssim.Fault{Code: "AccessDenied"}
			}
			return awssim.Fault{}
		})
		r := wantOne(t, checker.Repair(t.Context(), eni("10.0.0.5", "db.corp.internal"), nil), record.Unverified)
		if r.Cause != record.CauseDenied {
			t.Errorf("cause %q, want %q", r.Cause, record.CauseDenied)
		}
		wantDetail(t, r, "and so did reading again: denied: route53:ListResourceRecordSets (AccessDenied)")
	})
}

// onReply is a transport that calls a function after each reply.
type onReply struct {
	next http.RoundTripper
	then func(*http.Request)
}

// RoundTrip passes the request on, and then calls the function.
func (o onReply) RoundTrip(r *http.Request) (*http.Response, error) {
	reply, err := o.next.RoundTrip(r)
	o.then(r)
	return reply, err
}

func TestRepairIsNotBegunWithoutTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, _ := simulate(t, privateZone("ZCORP", "corp.internal", simple(testName, "A", "10.0.0.9")))
		ctx, cancel := context.WithCancel(t.Context())
		checker := checkerOn(onReply{sim.RoundTripper(), func(r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/rrset") {
				cancel()
			}
		}})
		r := wantOne(t, checker.Repair(ctx, eni("10.0.0.5", "db.corp.internal"), nil), record.Mismatch)
		wantDetail(t, r, "the A record holds 10.0.0.9, no address of the interface; not repaired: out of time")
		wantActions(t, sim, "zr")
	})
}

// canned is a transport that answers each POST with a document of its own, and passes all other requests on.
type canned struct {
	next   http.RoundTripper
	status int
	body   string
}

// RoundTrip answers a POST, or passes the request on.
func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodPost {
		return c.next.RoundTrip(r)
	}
	return &http.Response{
		StatusCode: c.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"text/xml"}}, Body: io.NopCloser(bytes.NewBufferString(c.body)),
	}, nil
}

// TestInvalidChangeBatchHasTwoShapes pins both documents in which Route 53 refuses a change batch.
func TestInvalidChangeBatchHasTwoShapes(t *testing.T) {
	shapes := map[string]string{
		"messages": `<?xml version="1.0"?><InvalidChangeBatch xmlns="https://route53.amazonaws.com/doc/2013-04-01/">` +
			`<Messages><Message>Tried to delete resource record set but the values provided do not match the current values</Message></Messages>` +
			`<RequestId>1</RequestId></InvalidChangeBatch>`,
		"error": `<?xml version="1.0"?><ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/">` +
			`<Error><Type>Sender</Type><Code>InvalidChangeBatch</Code><Message>Tried to delete it, but it was not found</Message></Error>` +
			`<RequestId>1</RequestId></ErrorResponse>`,
	}
	for name, body := range shapes {
		bubble(t, name, func(t *testing.T) {
			sim, _ := simulate(t, privateZone("ZCORP", "corp.internal", simple(testName, "A", "10.0.0.9")))
			checker := checkerOn(canned{sim.RoundTripper(), http.StatusBadRequest, body})
			r := wantOne(t, checker.Repair(t.Context(), eni("10.0.0.5", "db.corp.internal"), nil), record.Mismatch)
			wantDetail(t, r, "(InvalidChangeBatch)), and the name was read again; the A record holds 10.0.0.9")
			wantActions(t, sim, "zrr")
		})
	}
}

func TestRepairIsOneBatchOfWhatWasRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, checker := simulate(t, privateZone("ZCORP", "corp.internal", simple(testName, "A", "10.0.0.9 10.0.0.8")))
		wantOne(t, checker.Repair(t.Context(), eni("10.0.0.5", "db.corp.internal"), nil), record.Repaired)
		want := []string{"DELETE db.corp.internal. A 10.0.0.9 10.0.0.8", "CREATE db.corp.internal. A 10.0.0.5"}
		for _, c := range sim.Calls() {
			if c.Action == changeBatch && !slices.Equal(c.Params["change"], want) {
				t.Errorf("changes %q, want %q", c.Params["change"], want)
			}
		}
	})
}

// TestRepairOfASharedName: a repair adds an address to those of the other interfaces with the same name, and takes away what
// belongs to none of them. So the repairs of two interfaces do not undo each other.
func TestRepairOfASharedName(t *testing.T) {
	other := eni("10.0.0.7 2001:db8::7", "x.corp.internal", `DB.corp.internal.`)
	other.ID = "eni-0000000000000000b"
	foreign := eni("10.0.0.8", "db.corp.internal")
	foreign.ID, foreign.VPC = "eni-0000000000000000c", "vpc-0000000000000000c"
	for name, tt := range map[string]struct {
		addresses string
		records   []awssim.Record
		holds     string
	}{
		"the other's":          {"10.0.0.5", []awssim.Record{simple(testName, "A", "10.0.0.7")}, "A 300 [10.0.0.7 10.0.0.5]"},
		"and a wrong one":      {"10.0.0.5", []awssim.Record{simple(testName, "A", "10.0.0.9 10.0.0.7")}, "A 300 [10.0.0.7 10.0.0.5]"},
		"one of another VPC":   {"10.0.0.5", []awssim.Record{simple(testName, "A", "10.0.0.8")}, "A 300 [10.0.0.5]"},
		"another name's":       {"10.0.0.5", []awssim.Record{simple(testName, "A", "10.0.0.9")}, "A 300 [10.0.0.5]"},
		"of IPv6":              {"10.0.0.5 2001:db8::5", []awssim.Record{simple(testName, "A", "10.0.0.5"), simple(testName, "AAAA", "2001:db8::7")}, "A 300 [10.0.0.5], AAAA 300 [2001:db8::7 2001:db8::5]"},
		"the other's, missing": {"10.0.0.5", nil, "A 60 [10.0.0.5]"},
	} {
		bubble(t, name, func(t *testing.T) {
			sim, checker := simulate(t, privateZone("ZCORP", "corp.internal", tt.records...))
			e := eni(tt.addresses, "db.corp.internal")
			managed := []inventory.Interface{e, other, foreign}
			wantOne(t, checker.Repair(t.Context(), e, managed), record.Repaired)
			if got := recordsAtName(sim); got != tt.holds {
				t.Errorf("the zone holds %s, want %s", got, tt.holds)
			}
			checker.Repair(t.Context(), other, managed)
			wantOne(t, checker.Check(t.Context(), e, nil), record.OK)
		})
	}
}
