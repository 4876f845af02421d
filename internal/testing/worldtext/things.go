package worldtext

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// attachmentPrefix begins the id of an attachment. The digits of its interface follow.
const attachmentPrefix = "eni-attach-"

// The accounts that own instances and interfaces.
const (
	ours   = "123456789012"
	theirs = "999999999999"
)

func (r *reader) policy() plan.Policy {
	return plan.Policy{
		Groups: r.list("groups", ""), DetachGrace: r.duration("grace", "15s"), Cooldown: r.duration("cooldown", "10m"),
		ImpairedAfter: r.duration("impaired-after", "5m"), ActOnRebalance: r.flag("rebalance"), StartStandbys: r.flag("start"),
	}
}

func (r *reader) limits() inventory.Limits {
	card0 := r.number("cards", 3)
	return inventory.Limits{
		Card0: card0, Interfaces: r.number("total", card0),
		IPv4: r.number("ipv4", 10), IPv6: r.number("ipv6", 10), Nitro: !r.flag("xen"),
	}
}

func (r *reader) networkInterface() inventory.Interface {
	e := inventory.Interface{
		ID: r.name, Type: r.text("kind", inventory.TypeInterface), AZ: r.text("az", "a"), VPC: r.text("vpc", "v"),
		Subnet: r.text("subnet", "t"), Owner: ours, Status: inventory.StatusAvailable,
		SourceDestCheck: r.text("source-dest-check", "on") == "on", Regrouped: r.flag("regrouped"),
		RequesterManaged: r.flag("requester"), OperatorManaged: r.flag("operator"),
	}
	r.addresses(&e)
	r.attachment(&e)
	return r.tagged(e)
}

func (r *reader) addresses(e *inventory.Interface) {
	for n := range r.number("ipv4", 1) {
		e.Addresses = append(e.Addresses, inventory.Address{IP: netip.AddrFrom4([4]byte{10, 0, 0, byte(n + 4)}), Primary: n == 0})
	}
	for n := range r.number("ipv6", 0) {
		e.IPv6 = append(e.IPv6, netip.AddrFrom16([16]byte{0x20, 0x01, 15: byte(n)}))
	}
	for n := range r.number("prefix4", 0) {
		e.Prefixes = append(e.Prefixes, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(n + 1), 0}), 28))
	}
	for n := range r.number("prefix6", 0) {
		e.Prefixes = append(e.Prefixes, netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 0x01, 4: byte(n)}), 80))
	}
}

func (r *reader) attachment(e *inventory.Interface) {
	a := inventory.Attachment{
		ID: attachmentPrefix + strings.TrimPrefix(r.name, "eni-"), Instance: r.text("on", ""), InstanceOwner: ours,
		Status: inventory.Status(r.text("status", "attached")), DeviceIndex: r.number("index", 1), NetworkCard: r.number("card", 0),
		DeleteOnTermination: r.flag("delete-on-termination"), AttachTime: r.instant("age", "24h"),
	}
	if r.text("account", "ours") == "theirs" {
		a.InstanceOwner = theirs
	}
	if r.flag("service") {
		a.ID, a.Instance, a.InstanceOwner = "ela-attach-"+strings.TrimPrefix(r.name, "eni-"), "", "amazon-aws"
	}
	if a.Instance != "" || r.flag("service") {
		e.Status, e.Attachment = inventory.StatusInUse, &a
	}
}

// tagged returns the interface with what its tags say. Ids in the tags left and reached are as short as ids are in worlds,
// which the tags themselves do not allow.
func (r *reader) tagged(e inventory.Interface) inventory.Interface {
	tags := map[string]string{inventory.TagGroup: strings.Trim(r.text("group", "db"), "-"), inventory.TagZone: r.text("hosted-zone", "")}
	if r.flag("paused") {
		tags[inventory.TagPaused] = "true"
	}
	if words := r.list("probe", ""); len(words) > 0 {
		tags[inventory.TagProbe] = strings.Join(words, " ")
	}
	left, reached := r.text("left", ""), r.text("reached", "")
	instance, ago, leaves := strings.Cut(left, "/")
	if !leaves {
		tags[inventory.TagLeft] = left
	}
	attachment := strings.HasPrefix(reached, attachmentPrefix)
	if !attachment {
		tags[inventory.TagReached] = reached
	}
	e = e.WithTags(tags)
	if leaves {
		since := &reader{tb: r.tb, name: r.name, fields: map[string]string{"left": ago}}
		e.LeftTag = inventory.LeftTag{Instance: instance, Time: since.instant("left", "")}
	}
	if attachment {
		e.ReachedTag = reached
	}
	return e
}

func (r *reader) instance(attached []inventory.Interface) inventory.Instance {
	in := inventory.Instance{
		ID: r.name, Type: r.text("type", "m5"), AZ: r.text("az", "a"), VPC: r.text("vpc", "v"),
		State: inventory.State(strings.Trim(r.text("state", "running"), "-")), Confirmed: r.flag("confirmed"), LaunchTime: r.instant("up", "24h"),
		Spot: r.flag("spot"), OnInterruption: inventory.Behavior(r.text("on-interruption", "")),
		Card0: []int{0}, Attached: 1 + len(attached) + r.number("elsewhere", 0),
		PrimaryInterface: r.text("primary", "eni-primary-"+strings.TrimPrefix(r.name, "i-")), Subnet: strings.Trim(r.text("subnet", "s"), "-"),
		SourceDestCheck: r.text("source-dest-check", "on") == "on", Health: r.health(), VolumeKeys: r.list("keys", ""),
	}
	if in.State == "unasked" {
		in.State = inventory.StateUnasked
	}
	r.occupy(&in, attached)
	if request := r.text("request", "none"); in.Spot && request != "unknown" {
		in.Interruption = inventory.Interruption(request)
	}
	tags := map[string]string{
		inventory.TagName:     r.text("name", ""),
		inventory.TagGroup:    strings.Join(r.list("groups", "db"), " "),
		inventory.TagPriority: r.text("priority", strconv.Itoa(inventory.DefaultPriority)),
	}
	if r.flag("start") {
		tags[inventory.TagStart] = "true"
	}
	if r.has("asg") {
		tags[inventory.TagScalingGroup] = "asg"
		in.Scaling = inventory.Scaling(strings.ReplaceAll(r.text("asg", ""), "unknown", ""))
	}
	return in.WithTags(tags)
}

// occupy notes the device indexes in use on the instance.
func (r *reader) occupy(in *inventory.Instance, attached []inventory.Interface) {
	for _, e := range attached {
		if e.Attachment.NetworkCard == 0 {
			in.Card0 = append(in.Card0, e.Attachment.DeviceIndex)
		}
	}
	for _, index := range r.list("taken", "") {
		n, err := strconv.Atoi(index)
		if err != nil {
			r.tb.Fatalf("%s: taken: %v", r.name, err)
		}
		in.Card0, in.Attached = append(in.Card0, n), in.Attached+1
	}
	slices.Sort(in.Card0)
}

func (r *reader) health() inventory.Health {
	checks := strings.Split(strings.ReplaceAll(r.text("checks", "ok/ok"), "unknown", ""), "/")
	if len(checks) < 2 {
		r.tb.Fatalf("%s: checks are SYSTEM/INSTANCE[/EBS[/APPLICATION]]", r.name)
	}
	checks = append(checks, "", "") // those that are not given are unknown
	return inventory.Health{
		System: inventory.Check(checks[0]), Instance: inventory.Check(checks[1]), EBS: inventory.Check(checks[2]),
		Application: inventory.Check(checks[3]), ImpairedSince: r.instant("impaired-for", ""),
	}
}
