package step_test

import "testing"

// TestString: one line says how far a move is.
func TestString(t *testing.T) {
	for _, tt := range []struct {
		name   string
		scene  scene
		script string
		want   string
	}{
		{"before the first look", spotScene(), "", "to detach old (relieve), 1 candidate left"},
		{"detach accepted", spotScene(), "0s look old\n1s ok\n4s look old detaching", "detaching old (accepted 3.01s ago), 1 candidate left"},
		{"detach without a reply", spotScene(), "0s look old\n1s unavailable\n1.5s tick", "detaching old (sent without a reply 500ms ago), 1 candidate left"},
		{"detach forced", spotScene(), "0s look old\n1s ok\n16s look old detaching\n17s ok\n20s tick", "detaching old (forced 3s ago), 1 candidate left"},
		{"found detaching", spotScene(), "0s look old detaching\n2.01s tick", "found detaching old (first seen 2s ago), 1 candidate left"},
		{"detach throttled", spotScene(without("i-c")), "0s look old\n1s throttled\n1s tick", "to detach old (relieve), held back for 195ms, 0 candidates left"},
		{"unattached", unattachedScene(), "1s look unattached\n3s look unattached", "unattached (first seen 3.01s ago), next i-b/1, 1 candidate left"},
		{"attach accepted", unattachedScene(), "6s look unattached\n7s ok own\n9s look own on i-b/1 attaching", "attaching own to i-b/1 (accepted 2.01s ago), 1 candidate left"},
		{"attach without a reply", unattachedScene(), "6s look unattached\n7s unavailable\n8s tick", "attaching to i-b/1 (sent without a reply 1s ago), 1 candidate left"},
		{"every candidate has refused", unattachedScene(), "6s look unattached\n7s candidate\n7.1s candidate", "unattached (first seen 7.1s ago), 0 candidates left"},
		{"not shown", spotScene(), "1s look none\n3s look none", "missing (first 2.01s ago), 1 candidate left"},
		{"on its way off another instance", spotScene(), "1s look x on i-c/1 attached", "over: superseded moved-by-other"},
		{"to be started", coldScene(), "", "to start i-b, 1 candidate left"},
		{"starting", coldScene(), "0s look old\n1s ok\n4s tick", "starting i-b (accepted 3s ago), 1 candidate left"},
		{"start without a reply", coldScene(), "0s look old\n1s unavailable\n2s tick", "starting i-b (sent without a reply 1s ago), 1 candidate left"},
		{"booting", coldScene(), "0s look old\n1s ok\n4s look old\n5s look old", "waiting for i-b to boot (running 1.01s ago), 1 candidate left"},
		{"moved", unattachedScene(), "6s look unattached\n7s ok own\n9s look own on i-b/1 attached", "over: attached"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := run(t, tt.scene, tt.script).move.String(); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}
