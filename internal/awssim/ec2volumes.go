package awssim

import (
	"slices"
	"strings"
)

// maxVolumes limits a page. The API reference has named this figure; its present text gives none.
const maxVolumes = 500

// describeVolumes answers DescribeVolumes, with what concerns attachment and encryption. One unknown id fails the call.
func describeVolumes(e *exchange, out *xmlWriter) *refusal {
	list, refused := filters(e, e.acc.volumeField, &Volume{})
	if refused != nil {
		return refused
	}
	w, refused := e.window(maxVolumes, "VolumeId")
	if refused != nil {
		return refused
	}
	all, refused := e.requestedVolumes()
	if refused != nil {
		return refused
	}
	if refused := e.permit(); refused != nil {
		return refused
	}
	key := func(v *Volume) string { return v.ID }
	items, token := page(w, slices.Values(all), key, func(v *Volume) bool { return passes(v, list, e.acc.volumeField) })
	out.in("volumeSet", func() {
		for _, v := range items {
			out.in("item", func() { e.acc.writeVolume(out, v) })
		}
	})
	out.opt("nextToken", token)
	return nil
}

// requestedVolumes returns the volumes that the call names, or all, in the order of ids.
func (e *exchange) requestedVolumes() ([]*Volume, *refusal) {
	ids := e.list("VolumeId")
	var list []*Volume
	for n := range e.acc.Volumes {
		if v := &e.acc.Volumes[n]; len(ids) == 0 || slices.Contains(ids, v.ID) {
			list = append(list, v)
		}
	}
	for _, id := range ids {
		known := slices.ContainsFunc(list, func(v *Volume) bool { return v.ID == id })
		switch {
		case !known && !wellFormed(id, "vol-"):
			return nil, refuse("InvalidVolumeID.Malformed", "Invalid id: %q", id)
		case !known:
			return nil, refuse("InvalidVolume.NotFound", "The volume '%s' does not exist.", id)
		}
	}
	slices.SortFunc(list, func(x, y *Volume) int { return strings.Compare(x.ID, y.ID) })
	return list, nil
}

// volumeField returns the values for the filters of DescribeVolumes.
func (a *account) volumeField(v *Volume, name string) (values []string, known bool) {
	switch name {
	case "attachment.instance-id":
		return nonEmpty(v.Instance), true
	case "attachment.status":
		return nonEmpty(attached), true
	case "availability-zone":
		return nonEmpty(a.zoneOf(v)), true
	case "encrypted":
		return flagValue(v.Encrypted), true
	case "status":
		return nonEmpty(inUse), true
	case "volume-id":
		return nonEmpty(v.ID), true
	default:
		return tagField(nil, name)
	}
}

// zoneOf returns the Availability Zone of a volume, which is that of its instance.
func (a *account) zoneOf(v *Volume) string {
	if i := a.findInstance(v.Instance); i != nil {
		return i.AZ
	}
	return "" // the instance is hidden by a fault
}

func (a *account) writeVolume(x *xmlWriter, v *Volume) {
	x.text("volumeId", v.ID)
	x.opt("availabilityZone", a.zoneOf(v))
	x.text("status", inUse)
	x.flag("encrypted", v.Encrypted)
	x.opt("kmsKeyId", v.KMSKeyID)
	x.in("attachmentSet", func() {
		x.in("item", func() {
			x.text("volumeId", v.ID)
			x.text("instanceId", v.Instance)
			x.text("status", attached)
		})
	})
}
