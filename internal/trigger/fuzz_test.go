package trigger_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/ident"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// FuzzParse checks what must hold of any bytes: there is no panic, an error is bad input and fits a log line, a trigger has
// valid ids and what its kind needs, and the form of the JSON does not matter.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("..", "..", "events", "*.json"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no sample events: %v", err)
	}
	for _, file := range files {
		event, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(event)
	}
	for _, seed := range []string{
		"", "null", "[]", "{}", `{"a":1}`, `{"source":"a"}`, `{"Records":[]}`, `{"group":"db","target":"i-0a1b2c3d"}`,
		`{"group":"db","networkInterfaceId":"eni-0a1b2c3d","from":"i-0a1b2c3d","target":"i-0a1b2c3d"}`,
		"{\"group\":\"\xff\",\"from\":\"i-0a1b2c3d\"}", `{"source":"aws.ec2","detail-type":"EC2 Instance State-change Notification","detail":{"instance-id":"\ud800"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, event []byte) {
		got, err := trigger.Parse(event)
		if err != nil {
			checkError(t, err)
		} else {
			checkTrigger(t, got)
		}
		var compact bytes.Buffer
		if json.Compact(&compact, event) != nil {
			if err == nil {
				t.Errorf("no error for bytes that are not JSON")
			}
			return
		}
		again, errAgain := trigger.Parse(compact.Bytes())
		if (err == nil) != (errAgain == nil) {
			t.Fatalf("error %v, and of the same without blanks %v", err, errAgain)
		}
		if diff := cmp.Diff(got, again, byMeaning()); diff != "" {
			t.Errorf("trigger (-as it came +without blanks):\n%s", diff)
		}
	})
}

// checkTrigger checks what must hold of any trigger.
func checkTrigger(t *testing.T, got trigger.Trigger) {
	t.Helper()
	ids := func(what string, valid func(string) bool, list ...string) {
		for _, id := range list {
			if id != "" && !valid(id) {
				t.Errorf("%s is %q", what, id)
			}
		}
	}
	ids("instance", ident.ValidInstanceID, append([]string{got.Instance, got.From, got.Target}, got.Instances...)...)
	ids("interface", ident.ValidInterfaceID, got.Interface)
	ids("group", ident.ValidGroup, got.Group)
	if slices.Contains(got.Instances, "") {
		t.Error("an empty instance among those of the Health event")
	}
	checkText(t, "account", got.Account)
	for what, text := range map[string]string{"hook": got.Hook.Name, "Auto Scaling group": got.Hook.AutoScalingGroup, "token": got.Hook.Token} {
		if len(text) > 255 {
			t.Errorf("%s of %d bytes", what, len(text))
		}
	}
	if len(got.Ignored) > 500 || (got.IgnoredFor != "" && got.Ignored == "") {
		t.Errorf("ignored %.600q for %q", got.Ignored, got.IgnoredFor)
	}
	if got.Ignored != "" {
		return
	}
	about := 0
	for _, name := range []string{got.Instance, got.Interface, got.Group} {
		if name != "" {
			about++
		}
	}
	switch got.Kind {
	case trigger.KindSpotInterruption, trigger.KindStopping, trigger.KindStopped, trigger.KindShuttingDown,
		trigger.KindTerminated, trigger.KindRunning, trigger.KindRebalance, trigger.KindLifecycle:
		if got.Instance == "" || about != 1 {
			t.Errorf("about %d things: %+v", about, got)
		}
	case trigger.KindAlarm:
		if about != 1 || got.Alarm.Since.IsZero() {
			t.Errorf("an alarm about %d things: %+v", about, got)
		}
	case trigger.KindManual:
		if about != 1 || got.Instance != "" || (got.Target != "" && got.Target == got.From) || (got.Time.IsZero() && got.Target == "" && got.From == "") {
			t.Errorf("a request about %d things: %+v", about, got)
		}
		return
	case trigger.KindHealth:
		if len(got.Instances) == 0 || about != 0 {
			t.Errorf("a Health event without instances: %+v", got)
		}
		return
	case trigger.KindUnreachable, trigger.KindReached:
		checkProbed(t, got)
		if about != 0 {
			t.Errorf("about something else: %+v", got)
		}
		if got.Kind == trigger.KindReached {
			return
		}
	case trigger.KindSweep, trigger.KindRehearsal:
		if about != 0 {
			t.Errorf("about something: %+v", got)
		}
		return
	case trigger.KindUnknown:
		t.Errorf("unknown, and not ignored: %+v", got)
	default:
		t.Errorf("kind %q", got.Kind)
	}
	if got.Time.IsZero() {
		t.Errorf("no time: %+v", got)
	}
}

// checkProbed checks what must hold of the interfaces that a probe's event names.
func checkProbed(t *testing.T, got trigger.Trigger) {
	t.Helper()
	checkList(t, got.Unanswered, false)
	checkList(t, got.Answered, true)
	verdict := got.Kind == trigger.KindUnreachable
	if verdict != (len(got.Unanswered) > 0) || (!verdict && (len(got.Answered) == 0 || got.Rest != nil)) || (got.Rest != nil && !json.Valid(got.Rest)) {
		t.Errorf("no interfaces, or a rest that can't be: %+v", got)
	}
}

// checkList checks one list of interfaces; certain ones have an attachment.
func checkList(t *testing.T, list []trigger.ProbedInterface, certain bool) {
	t.Helper()
	seen := map[string]bool{"": true}
	for _, p := range list {
		if seen[p.Interface] || !ident.ValidInterfaceID(p.Interface) {
			t.Errorf("the interface is %q", p.Interface)
		}
		seen[p.Interface] = true
		if (p.Attachment != "" || certain) && !ident.ValidAttachmentID(p.Attachment) {
			t.Errorf("the attachment is %q", p.Attachment)
		}
		if p.Instance != "" && !ident.ValidInstanceID(p.Instance) {
			t.Errorf("the instance is %q", p.Instance)
		}
		for _, text := range []string{p.Check, p.Evidence} {
			if utf8.RuneCountInString(text) > 256 || strings.ContainsAny(text, "\n\r") {
				t.Errorf("a text of %d characters: %.300q", utf8.RuneCountInString(text), text)
			}
		}
	}
}
