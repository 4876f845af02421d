package deploytest_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// samLocalVariable names the folder to which .ci/sam-local has written what the functions returned in Docker.
const samLocalVariable = "ENI_FAILOVER_SAM_LOCAL"

// The functions do in Docker, against the sandbox, what the commands of docs/quickstart.md ask for.
func TestSamLocal(t *testing.T) {
	dir := os.Getenv(samLocalVariable)
	if dir == "" {
		t.Skip(samLocalVariable + " is not set; .ci/run sets it")
	}
	t.Run("invoke", func(t *testing.T) {
		_, results, _ := strings.Cut(readFile(t, filepath.Join(dir, "invoke")), "\n{") // after what make prints
		d := json.NewDecoder(strings.NewReader("{" + results))
		moved, audited := decoded(t, d), decoded(t, d)
		if moved["outcome"] != "moved" || at(moved, "interfaces", 0, "to") != "i-0a1b2c3d4e5f60003" {
			t.Errorf("FailoverFunction: %s", toJSON(moved))
		}
		if at(audited, "summary", "interfaces") != 1.0 || len(asList(audited["findings"])) == 0 {
			t.Errorf("AuditFunction: %s", toJSON(audited))
		}
	})
	// Each sample finds the account as it was at the start, in the state that the sample reports.
	t.Run("samples", func(t *testing.T) {
		got := map[string]any{}
		for _, part := range strings.Split(readFile(t, filepath.Join(dir, "samples")), "\nevents/")[1:] {
			name, result, _ := strings.Cut(part, "\n")
			got[name] = decoded(t, json.NewDecoder(strings.NewReader(result)))["outcome"]
		}
		want := map[string]any{}
		for name, outcome := range sandboxOutcomes() {
			want[name] = outcome
		}
		// In the emulator the instance stays healthy.
		maps.Copy(want, map[string]any{
			"alarm-metric-math.json": "moved", "alarm-status-check.json": "moved",
			"instance-stopping.json": "moved", "instance-stopped.json": "moved",
			"instance-terminated.json": "attached", // EC2 has detached it
		})
		// The account's instances take three seconds to terminate. The function detaches the interface from one that is
		// still shutting down, and a slow container finds it terminated.
		const shuttingDown = "instance-shutting-down.json"
		want[shuttingDown] = "moved"
		if got[shuttingDown] == "attached" {
			want[shuttingDown] = "attached"
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
	})
}

func decoded(t *testing.T, d *json.Decoder) map[string]any {
	t.Helper()
	var result map[string]any
	if err := d.Decode(&result); err != nil {
		t.Fatal(err)
	}
	return result
}
