package ec2api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/fault"
)

const (
	keyA = "arn:aws:kms:eu-west-1:123456789012:key/aaaaaaaa-0000-4000-8000-000000000000"
	keyB = "arn:aws:kms:eu-west-1:123456789012:key/bbbbbbbb-0000-4000-8000-000000000000"
)

func TestVolumeKeys(t *testing.T) {
	bubble(t, "by instance", func(t *testing.T) {
		w := holderAndStandby()
		for n, v := range []awssim.Volume{
			{Instance: standby, Encrypted: true, KMSKeyID: keyB},
			{Instance: standby, Encrypted: true, KMSKeyID: keyA},
			{Instance: standby, Encrypted: true, KMSKeyID: keyB},
			{Instance: standby},
			{Instance: holder},
		} {
			v.ID = fmt.Sprintf("vol-%017x", n+1)
			w.Volumes = append(w.Volumes, v)
		}
		sim, client := simulate(t, w)
		keys, err := client.VolumeKeys(t.Context(), []string{holder, standby})
		if d := cmp.Diff(map[string][]string{standby: {keyA, keyB}}, keys); d != "" || err != nil {
			t.Errorf("%v\n%s", err, d)
		}
		if keys, err := client.VolumeKeys(t.Context(), []string{holder}); err != nil || len(keys) != 0 {
			t.Errorf("volumes that are not encrypted: %v, %v", keys, err)
		}
		if keys, err := client.VolumeKeys(t.Context(), nil); err != nil || len(keys) != 0 || len(sim.Calls()) != 2 {
			t.Errorf("about no instance: %v, %v after %d calls", keys, err, len(sim.Calls()))
		}
	})
	bubble(t, "pages and chunks", func(t *testing.T) {
		w := largeAccount(300, 0)
		var ids []string
		for n, i := range w.Instances {
			ids = append(ids, i.ID)
			for volume, key := range []string{keyA, keyA, keyB} {
				w.Volumes = append(w.Volumes, awssim.Volume{ID: fmt.Sprintf("vol-%08x%09x", volume, n), Instance: i.ID, Encrypted: true, KMSKeyID: key})
			}
		}
		sim, client := simulate(t, w)
		keys, err := client.VolumeKeys(t.Context(), ids)
		if err != nil || len(keys) != 300 {
			t.Fatal(len(keys), err)
		}
		for id, list := range keys {
			if !slices.Equal(list, []string{keyA, keyB}) {
				t.Errorf("%s: %v", id, list)
			}
		}
		if n := len(sim.Calls()); n != 3 { // 199 instances on two pages, 101 on one
			t.Errorf("%d calls", n)
		}
	})
	bubble(t, "another instance's part of a shared volume", func(t *testing.T) {
		client := clientAnswered("DescribeVolumes", "<volumeSet><item/><item><kmsKeyId>"+keyA+"</kmsKeyId><attachmentSet><item/>"+
			"<item><instanceId>"+holder+"</instanceId></item><item><instanceId>"+standby+"</instanceId></item></attachmentSet></item></volumeSet>")
		keys, err := client.VolumeKeys(t.Context(), []string{standby})
		if d := cmp.Diff(map[string][]string{standby: {keyA}}, keys); d != "" || err != nil {
			t.Errorf("%v\n%s", err, d)
		}
	})
	bubble(t, "denied", func(t *testing.T) {
		sim, client := simulate(t, holderAndStandby())
		sim.Intercept(faultOnAll(awssim.Fault{Code: "UnauthorizedOperation"}))
		keys, err := client.VolumeKeys(t.Context(), []string{standby})
		if fault.ClassOf(err) != fault.Denied || keys != nil || !strings.Contains(err.Error(), "DescribeVolumes of "+standby) {
			t.Errorf("%v, %v", keys, err)
		}
	})
}
