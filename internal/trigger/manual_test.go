package trigger_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/trigger"
)

// TestRequest: what the fields of a request must be, alone and together. Each request is tried without an envelope and in
// one with a time, where the path of the field differs. In the table $1 and $2 stand for instances, $e for an interface.
func TestRequest(t *testing.T) {
	tests := []struct {
		request string
		// bare and enveloped are the field that is wrong; empty: the request is good.
		bare, enveloped string
	}{
		// A group or an interface.
		{`{}`, "group", "detail.group"},
		{`{"target":"$1"}`, "group", "detail.group"},
		{`{"group":"db","networkInterfaceId":"$e","target":"$1"}`, "networkInterfaceId", "detail.networkInterfaceId"},
		{`{"group":"db","target":"$1"}`, "", ""},
		{`{"networkInterfaceId":"$e","target":"$1"}`, "", ""},

		// A time, a target or a from.
		{`{"group":"db"}`, "target", ""},
		{`{"networkInterfaceId":"$e"}`, "target", ""},
		{`{"networkInterfaceId":"$e","dryRun":true}`, "target", ""},
		{`{"networkInterfaceId":"$e","force":true}`, "target", ""},
		{`{"group":"db","from":"$1"}`, "", ""},
		{`{"group":"db","from":"$1","target":"$2"}`, "", ""},
		{`{"group":"db","from":"$1","target":"$1"}`, "target", "detail.target"},
		{`{"group":"db","from":"$1","target":" $1"}`, "target", "detail.target"},

		// Unknown fields.
		{`{"group":"db","target":"$1","when":"now"}`, `"when"`, `detail."when"`},
		{`{"group":"db","target":"$1","Force":true}`, `"Force"`, `detail."Force"`},
		{`{"group":"db","target":"$1","dryrun":true}`, `"dryrun"`, `detail."dryrun"`},
		{`{"group":"db","target":"$1","DRYRUN":true}`, `"DRYRUN"`, `detail."DRYRUN"`},
		{`{"group":"db","target":"$1","instance":"$2"}`, `"instance"`, `detail."instance"`},
		{`{"group":"db","target":"$1","time":"2026-11-23T10:00:00Z"}`, `"time"`, `detail."time"`},
		{`{"group":"db","target":"$1","":1}`, `""`, `detail.""`},
		{`{"group":"db","target":"$1","a\nb":1}`, `"a\nb"`, `detail."a\nb"`},
		{`{"group":"db","target":"$1","\u202e":1}`, `"\u202e"`, `detail."\u202e"`},
		{`{"group":"db","target":"$1","b":1,"a":1}`, `"a"`, `detail."a"`}, // the first by name, each time

		// Flags are booleans.
		{`{"group":"db","target":"$1","dryRun":"true"}`, "dryRun", "detail.dryRun"},
		{`{"group":"db","target":"$1","dryRun":1}`, "dryRun", "detail.dryRun"},
		{`{"group":"db","target":"$1","dryRun":""}`, "dryRun", "detail.dryRun"},
		{`{"group":"db","target":"$1","force":"yes"}`, "force", "detail.force"},
		{`{"group":"db","target":"$1","force":[]}`, "force", "detail.force"},

		// Names and ids: an empty one is not the same as none.
		{`{"group":"","target":"$1"}`, "group", "detail.group"},
		{`{"group":"","networkInterfaceId":"$e","target":"$1"}`, "group", "detail.group"},
		{`{"group":"*","target":"$1"}`, "group", "detail.group"},
		{`{"group":"d?","target":"$1"}`, "group", "detail.group"},
		{`{"group":"db web","target":"$1"}`, "group", "detail.group"},
		{`{"group":"db,web","target":"$1"}`, "group", "detail.group"},
		{`{"group":["db"],"target":"$1"}`, "group", "detail.group"},
		{`{"group":7,"target":"$1"}`, "group", "detail.group"},
		{`{"networkInterfaceId":"","target":"$1"}`, "networkInterfaceId", "detail.networkInterfaceId"},
		{`{"networkInterfaceId":"$1","target":"$1"}`, "networkInterfaceId", "detail.networkInterfaceId"},
		{`{"networkInterfaceId":7,"target":"$1"}`, "networkInterfaceId", "detail.networkInterfaceId"},
		{`{"group":"db","target":"$e"}`, "target", "detail.target"},
		{`{"group":"db","target":""}`, "target", "detail.target"},
		{`{"group":"db","target":true}`, "target", "detail.target"},
		{`{"group":"db","target":["$1"]}`, "target", "detail.target"},
		{`{"group":"db","from":"","target":"$1"}`, "from", "detail.from"},
		{`{"group":"db","from":{},"target":"$1"}`, "from", "detail.from"},
	}
	for _, tt := range tests {
		request := strings.NewReplacer("$1", instance1, "$2", instance2, "$e", eni1).Replace(tt.request)
		t.Run("bare "+tt.request, func(t *testing.T) { checkRequest(t, []byte(request), tt.bare) })
		t.Run("enveloped "+tt.request, func(t *testing.T) {
			checkRequest(t, edit(t, "manual-request", "detail", raw(request)), tt.enveloped)
		})
	}
}

func checkRequest(t *testing.T, event []byte, field string) {
	t.Helper()
	if field != "" {
		wantBad(t, event, field)
		return
	}
	if got, err := trigger.Parse(event); err != nil || got.Kind != trigger.KindManual {
		t.Errorf("kind %q, error %v", got.Kind, err)
	}
}

func TestHostileRequest(t *testing.T) {
	for what, value := range hostile() {
		for field, rest := range map[string]string{
			"networkInterfaceId": `"target":"` + instance1 + `"`,
			"target":             `"group":"db"`,
			"from":               `"group":"db"`,
		} {
			t.Run(field+" "+what, func(t *testing.T) {
				bare := fmt.Sprintf(`{%q:%s,%s}`, field, marshal(t, value), rest)
				wantBad(t, []byte(bare), field)
				wantBad(t, edit(t, "manual-request", "detail", raw(bare)), "detail."+field)
			})
		}
		if what != "prefix only" && what != "18 digits" && what != "9 digits" && what != "upper case" && what != "no hexadecimal" && what != "other kind" {
			t.Run("group "+what, func(t *testing.T) {
				wantBad(t, edit(t, "manual-request", "detail.group", value), "detail.group")
			})
		}
		t.Run("field "+what, func(t *testing.T) {
			event := fmt.Sprintf(`{"group":"db","target":%q,%s:1}`, instance1, marshal(t, value))
			_, err := trigger.Parse([]byte(event))
			bad := checkError(t, err)
			if !strings.HasPrefix(bad.Field, `"`) {
				t.Errorf("the error names %s", bad.Field)
			}
		})
	}
}

// TestBareIsEnveloped: a bare request asks for the same as an enveloped one.
func TestBareIsEnveloped(t *testing.T) {
	for _, name := range []string{"manual-bare", "manual-dry-run"} {
		bare := sample(t, name)
		want, err := trigger.Parse(bare)
		if err != nil {
			t.Fatal(err)
		}
		got, err := trigger.Parse(edit(t, "manual-request", "detail", json.RawMessage(bare)))
		if err != nil {
			t.Fatal(err)
		}
		got.ID, got.Account, got.Region, got.Time = "", "", "", want.Time
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-bare +enveloped):\n%s", name, diff)
		}
	}
}
