package inventory_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/ident"
	"github.com/eni-failover/eni-failover/internal/inventory"
)

const id = "i-0a1b2c3d4e5f60718"

// faulty lists the tags that faults are about, in their order, each with its value.
func faulty(faults []inventory.TagFault) string {
	var words []string
	for _, f := range faults {
		words = append(words, strings.TrimPrefix(f.Tag, "eni-failover:")+"="+f.Value)
	}
	return strings.Join(words, "|")
}

// TestInstanceTags: a malformed tag never stops a failover, the default is used, and the report names it.
func TestInstanceTags(t *testing.T) {
	tests := []struct {
		name, group, priority string // "-": no such tag
		wantGroups            string // with spaces between
		wantPriority          int
		wantFaults            string
	}{
		{"none", "-", "-", "", 100, ""},
		{"one group", "db", "-", "db", 100, ""},
		{"several groups", "db web-1 a.b_c", "-", "db web-1 a.b_c", 100, ""},
		{"blanks", " \tdb\n  web ", "-", "db web", 100, ""},
		{"empty", "", "-", "", 100, ""},
		{"a wildcard", "db * web", "-", "db web", 100, "group=*"},
		{"commas", "db,web", "-", "", 100, "group=db,web"},
		{"all wrong", "d? é", "-", "", 100, "group=d?|group=é"},
		{"too long", strings.Repeat("g", 65) + " db", "-", "db", 100, "group=" + strings.Repeat("g", 65)},
		{"priority", "db", "5", "db", 5, ""},
		{"zero", "db", "0", "db", 0, ""},
		{"negative", "db", "-5", "db", -5, ""},
		{"blanks around the priority", "db", " 7 ", "db", 7, ""},
		{"large", "db", "2147483647", "db", 2147483647, ""},
		{"too large", "db", "9223372036854775808", "db", 100, "priority=9223372036854775808"},
		{"no number", "db", "high", "db", 100, "priority=high"},
		{"empty priority", "db", "", "db", 100, "priority="},
		{"fraction", "db", "1.5", "db", 100, "priority=1.5"},
		{"hexadecimal", "db", "0x10", "db", 100, "priority=0x10"},
		{"two numbers", "db", "1 2", "db", 100, "priority=1 2"},
		{"other digits", "db", "５", "db", 100, "priority=５"},
		{"both wrong", "*", "x", "", 100, "group=*|priority=x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tags := map[string]string{}
			set(tags, inventory.TagGroup, tt.group)
			set(tags, inventory.TagPriority, tt.priority)
			// What was read before is gone.
			in := inventory.Instance{Groups: []string{"old"}, Priority: 1, ScalingGroup: "old", TagFaults: []inventory.TagFault{{Tag: "old"}}}
			in = in.WithTags(tags)
			if got := strings.Join(in.Groups, " "); got != tt.wantGroups {
				t.Errorf("groups %q, want %q", got, tt.wantGroups)
			}
			if in.Priority != tt.wantPriority {
				t.Errorf("priority %d, want %d", in.Priority, tt.wantPriority)
			}
			if got := faulty(in.TagFaults); got != tt.wantFaults {
				t.Errorf("faults %q, want %q", got, tt.wantFaults)
			}
			if in.ScalingGroup != "" {
				t.Errorf("Auto Scaling group %q", in.ScalingGroup)
			}
		})
	}
	var in inventory.Instance
	in = in.WithTags(map[string]string{"aws:autoscaling:groupName": "db asg", "eni-failover:group": "db", "Eni-failover:priority": "1", "eni-failover:priority ": "1"})
	if in.ScalingGroup != "db asg" || in.Priority != inventory.DefaultPriority || len(in.TagFaults) != 0 {
		t.Errorf("read %+v", in)
	}
	if in.MemberOf("web") || in.MemberOf("") || in.MemberOf("DB") || !in.MemberOf("db") {
		t.Errorf("member of the wrong groups: %v", in.Groups)
	}
}

// TestStartTag: the tag allows a start with any value but `false`.
func TestStartTag(t *testing.T) {
	tests := map[string]bool{"-": false, "false": false, "": true, "true": true, "when needed": true}
	for value, want := range tests {
		tags := map[string]string{}
		set(tags, "eni-failover:start", value)
		if in := (inventory.Instance{Start: !want}).WithTags(tags); in.Start != want || len(in.TagFaults) != 0 {
			t.Errorf("%q: start %t, faults %v", value, in.Start, in.TagFaults)
		}
	}
}

func set(tags map[string]string, key, value string) {
	if value != "-" {
		tags[key] = value
	}
}

func TestInterfaceTags(t *testing.T) {
	left := inventory.LeftTag{Instance: id, Time: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}
	tests := []struct {
		name   string
		tags   string // NAME=VALUE with | between
		want   inventory.Interface
		faults string
	}{
		{"only a group", "group=db", inventory.Interface{Group: "db"}, ""},
		{"blanks around the group", "group= db\t", inventory.Interface{Group: "db"}, ""},
		{"no group", "", inventory.Interface{}, "group="},
		{"empty group", "group=", inventory.Interface{}, "group="},
		{"two groups", "group=db web", inventory.Interface{}, "group=db web"},
		{"wildcard", "group=d*", inventory.Interface{}, "group=d*"},
		{"record", "group=db|record=db.corp.internal", inventory.Interface{Group: "db", Records: []string{"db.corp.internal"}}, ""},
		{"records", "group=db|record= db.corp.internal.\n*.corp.internal  a\\056b.corp ", inventory.Interface{Group: "db", Records: []string{"db.corp.internal", "*.corp.internal", `a\056b.corp`}}, ""},
		{"one record is wrong", "group=db|record=a..b db.corp.internal é", inventory.Interface{Group: "db", Records: []string{"db.corp.internal"}}, "record=a..b|record=é"},
		{"only the root", "group=db|record=.", inventory.Interface{Group: "db"}, "record=."},
		{"empty record", "group=db|record=", inventory.Interface{Group: "db"}, ""},
		{"a label of 64", "group=db|record=" + strings.Repeat("a", 64), inventory.Interface{Group: "db"}, "record=" + strings.Repeat("a", 64)},
		{"zone", "group=db|zone= Z0123ABC ", inventory.Interface{Group: "db", HostedZone: "Z0123ABC"}, ""},
		{"empty zone", "group=db|zone=", inventory.Interface{Group: "db"}, ""},
		{"zone's name", "group=db|zone=corp.internal", inventory.Interface{Group: "db"}, "zone=corp.internal"},
		{"paused", "group=db|paused=true", inventory.Interface{Group: "db", Paused: true}, ""},
		{"paused for a reason", "group=db|paused=maintenance until Monday", inventory.Interface{Group: "db", Paused: true}, ""},
		{"paused with an empty value", "group=db|paused=", inventory.Interface{Group: "db", Paused: true}, ""},
		{"not paused", "group=db|paused=false", inventory.Interface{Group: "db"}, ""},
		{"any value but false", "group=db|paused=no", inventory.Interface{Group: "db", Paused: true}, ""},
		{"left", "group=db|left=" + id + " 2026-11-23T10:00:00Z", inventory.Interface{Group: "db", LeftTag: left}, ""},
		{"left, more blanks", "group=db|left=  " + id + "   2026-11-23T10:00:00Z ", inventory.Interface{Group: "db", LeftTag: left}, ""},
		{"empty left", "group=db|left=", inventory.Interface{Group: "db"}, ""},
		{"left without a time", "group=db|left=" + id, inventory.Interface{Group: "db"}, "left=" + id},
		{"left without an instance", "group=db|left=2026-11-23T10:00:00Z", inventory.Interface{Group: "db"}, "left=2026-11-23T10:00:00Z"},
		{"left by an unknown instance", "group=db|left=i-* 2026-11-23T10:00:00Z", inventory.Interface{Group: "db"}, "left=i-* 2026-11-23T10:00:00Z"},
		{"left some time", "group=db|left=" + id + " yesterday", inventory.Interface{Group: "db"}, "left=" + id + " yesterday"},
		{"left with more behind", "group=db|left=" + id + " 2026-11-23T10:00:00Z x", inventory.Interface{Group: "db"}, "left=" + id + " 2026-11-23T10:00:00Z x"},
		{"all wrong", "group=*|record=.|zone=-|left=x", inventory.Interface{}, "group=*|record=.|zone=-|left=x"},
		{"others' tags", "group=db|Paused=true|eni-failover:paused=x|priority=1", inventory.Interface{Group: "db"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tags := map[string]string{"Name": "db"}
			for field := range strings.SplitSeq(tt.tags, "|") {
				if name, value, ok := strings.Cut(field, "="); ok {
					tags["eni-failover:"+name] = value
				}
			}
			got := inventory.Interface{Group: "old", Records: []string{"old"}, HostedZone: "old", Paused: true, LeftTag: inventory.LeftTag{Instance: "old"}, TagFaults: []inventory.TagFault{{Tag: "old"}}}
			got = got.WithTags(tags)
			if faults := faulty(got.TagFaults); faults != tt.faults {
				t.Errorf("faults %q, want %q", faults, tt.faults)
			}
			got.TagFaults = nil
			if diff := cmp.Diff(tt.want, got, compareNetip); diff != "" {
				t.Errorf("interface (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTagFaultText: the report shows the fault to a person, on one line, whatever the value.
func TestTagFaultText(t *testing.T) {
	f := inventory.TagFault{Tag: inventory.TagPriority, Value: "a\nb", Accepted: "an integer"}
	if got, want := f.String(), `tag eni-failover:priority is "a\nb", which is ignored; accepted: an integer`; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// TestLeft: what is written can be read, to the second, whatever the zone of the time.
func TestLeft(t *testing.T) {
	if got := (inventory.LeftTag{}).String(); got != "" {
		t.Errorf("the zero value: %q", got)
	}
	at := time.Date(2026, 11, 23, 11, 0, 0, 999, time.FixedZone("CET", 3600))
	left := inventory.LeftTag{Instance: id, Time: at}
	if got, want := left.String(), id+" 2026-11-23T10:00:00Z"; got != want {
		t.Errorf("tag %q, want %q", got, want)
	}
	var e inventory.Interface
	e = e.WithTags(map[string]string{inventory.TagGroup: "db", inventory.TagLeft: left.String()})
	if e.LeftTag.Instance != id || !e.LeftTag.Time.Equal(at.Truncate(time.Second)) || len(e.TagFaults) != 0 {
		t.Errorf("read %+v, %v", e.LeftTag, e.TagFaults)
	}
}

// FuzzTags checks what must hold of any tags: what is read is valid, what is not is named, and nothing
// else gets lost.
func FuzzTags(f *testing.F) {
	f.Add("db web", "5", "db.corp.internal. *.corp", "Z1", "false", id+" 2026-11-23T10:00:00Z")
	f.Add("", "", "", "", "", "")
	f.Add("* ?", "1e3", `a\056b .`, "z", "\x00", "i-1 \xff")
	f.Add("\u2003db\u2003", "\u00a01", "a\u00a0b", " Z ", " false", id+"\t2026-11-23T10:00:00Z")
	f.Fuzz(func(t *testing.T, group, priority, record, zone, paused, left string) {
		var in inventory.Instance
		in = in.WithTags(map[string]string{inventory.TagGroup: group, inventory.TagPriority: priority})
		if i := slices.IndexFunc(in.Groups, func(g string) bool { return !ident.ValidGroup(g) }); i >= 0 {
			t.Errorf("group %q", in.Groups[i])
		}
		n, err := strconv.Atoi(strings.TrimSpace(priority))
		faults := len(strings.Fields(group)) - len(in.Groups)
		if err != nil {
			n = inventory.DefaultPriority
			faults++
		}
		if in.Priority != n || len(in.TagFaults) != faults {
			t.Errorf("priority %d of %q, faults %v", in.Priority, priority, in.TagFaults)
		}

		var e inventory.Interface
		e = e.WithTags(map[string]string{
			inventory.TagGroup: group, inventory.TagRecord: record, inventory.TagZone: zone,
			inventory.TagPaused: paused, inventory.TagLeft: left,
		})
		faults = len(strings.Fields(record)) - len(e.Records)
		if e.Group == "" {
			faults++
		}
		if e.Group != "" && (!ident.ValidGroup(e.Group) || e.Group != strings.TrimSpace(group)) {
			t.Errorf("group %q of %q", e.Group, group)
		}
		for _, name := range e.Records {
			if !ident.ValidRecordName(name) || strings.HasSuffix(name, ".") {
				t.Errorf("record %q", name)
			}
		}
		if e.HostedZone != "" && !ident.ValidZoneID(e.HostedZone) {
			t.Errorf("zone %q", e.HostedZone)
		}
		if e.HostedZone == "" && strings.TrimSpace(zone) != "" {
			faults++
		}
		if e.Paused != (paused != "false") {
			t.Errorf("paused is %v of %q", e.Paused, paused)
		}
		if e.LeftTag.Instance != "" && (!ident.ValidInstanceID(e.LeftTag.Instance) || e.LeftTag.Time.Format(time.RFC3339) == "") {
			t.Errorf("left %+v", e.LeftTag)
		}
		if e.LeftTag.Instance == "" && left != "" {
			faults++
		}
		if len(e.TagFaults) != faults {
			t.Errorf("%d faults, want %d: %v", len(e.TagFaults), faults, e.TagFaults)
		}
		if e.LeftTag.Instance != "" {
			var again inventory.Interface
			again = again.WithTags(map[string]string{inventory.TagGroup: "db", inventory.TagLeft: e.LeftTag.String()})
			if again.LeftTag.Instance != e.LeftTag.Instance || !again.LeftTag.Time.Equal(e.LeftTag.Time.Truncate(time.Second)) {
				t.Errorf("left %v, and read again %v", e.LeftTag, again.LeftTag)
			}
		}
		for _, fault := range append(in.TagFaults, e.TagFaults...) {
			if fault.Tag == "" || fault.Accepted == "" || strings.ContainsAny(fault.String(), "\n\r") {
				t.Errorf("fault %q", fault)
			}
		}
	})
}
