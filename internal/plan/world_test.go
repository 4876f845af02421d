package plan_test

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// A world is written in lines. Each names an instance (i-…), an interface (eni-…), a type or the policy, and
// then fields, NAME=VALUE or NAME alone; what is not said is as it usually is. Durations are counted back
// from now. A later line on the same thing changes the fields that it names, NAME=no takes a NAME alone back, and the
// field gone removes the thing.
//
//	i-a         a running member of group db, On-Demand, checks ok, type m5, of zone a and VPC v
//	  name=db-a                       its Name tag
//	  type=m5 az=a vpc=v groups=db,web|- priority=N state=STATE|unasked spot[=no]
//	  request=none|pending|unknown    the Spot request
//	  checks=SYSTEM/INSTANCE[/EBS[/APPLICATION]] impaired-for=6m  (ok, impaired, initializing, insufficient-data, unknown)
//	  up=24h|never                    since when it runs; never: the launch time is not known
//	  asg=InService|unknown           its state in its Auto Scaling group
//	  taken=2,3                       device indexes of interfaces that are not managed; elsewhere=N: on other cards
//	eni-1       an unattached interface of group db in zone a and VPC v, with one IPv4 address
//	  on=i-a index=1 card=0 status=attached|attaching|detaching|detached age=1h account=theirs
//	  group=db|- az=a vpc=v paused regrouped left=i-b/5m reached=eni-attach-1 kind=interface requester operator
//	  ipv4=1 ipv6=0 prefix4=0 prefix6=0
//	type m5     cards=3 (on card 0) total=3 ipv4=10 ipv6=10 xen
//	policy      grace=15s cooldown=10m impaired-after=5m|0 rebalance groups=db,web
type world struct {
	order  []string
	fields map[string]map[string]string
}

func newWorld() *world {
	w := &world{fields: map[string]map[string]string{}}
	w.add("type m5\ntype c5")
	return w
}

// add takes in lines; it keeps the order in which things are named first.
func (w *world) add(lines string) *world {
	for line := range strings.SplitSeq(lines, "\n") {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		name := words[0]
		words = words[1:]
		if name == "type" {
			name, words = "type "+words[0], words[1:]
		}
		if w.fields[name] == nil {
			w.fields[name] = map[string]string{}
			w.order = append(w.order, name)
		}
		for _, word := range words {
			key, value, _ := strings.Cut(word, "=")
			w.fields[name][key] = value
		}
	}
	return w
}

func (w *world) clone() *world {
	c := &world{order: slices.Clone(w.order), fields: map[string]map[string]string{}}
	for name, fields := range w.fields {
		c.fields[name] = maps.Clone(fields)
	}
	return c
}

// now is the instant of all decisions.
var now = time.Date(2026, time.November, 23, 10, 5, 0, 0, time.UTC)

const mine = "123456789012"

// reader reads the fields of one line and remembers which it knew.
type reader struct {
	t      testing.TB
	name   string
	fields map[string]string
	known  []string
}

func (r *reader) text(key, usual string) string {
	r.known = append(r.known, key)
	if value, ok := r.fields[key]; ok {
		return value
	}
	return usual
}

func (r *reader) has(key string) bool {
	r.known = append(r.known, key)
	value, ok := r.fields[key]
	return ok && value != "no"
}

func (r *reader) number(key string, usual int) int {
	n, err := strconv.Atoi(r.text(key, strconv.Itoa(usual)))
	if err != nil {
		r.t.Fatalf("%s: %s: %v", r.name, key, err)
	}
	return n
}

func (r *reader) length(key, usual string) time.Duration {
	d, err := time.ParseDuration(r.text(key, usual))
	if err != nil {
		r.t.Fatalf("%s: %s: %v", r.name, key, err)
	}
	return d
}

// ago reads an instant that is given as the time since; usual may be empty for none.
func (r *reader) ago(key, usual string) time.Time {
	if value := r.text(key, usual); value == "" || value == "never" {
		return time.Time{}
	}
	return now.Add(-r.length(key, usual))
}

func (r *reader) list(key, usual string) []string {
	value := r.text(key, usual)
	if value == "-" || value == "" {
		return nil
	}
	return strings.Split(value, ",")
}

func (r *reader) done() {
	for key := range r.fields {
		if !slices.Contains(r.known, key) {
			r.t.Fatalf("%s: unknown field %s", r.name, key)
		}
	}
}

// build makes the snapshot and the policy.
func (w *world) build(tb testing.TB) (inventory.Snapshot, plan.Policy) {
	tb.Helper()
	s := inventory.Snapshot{At: now, Instances: map[string]inventory.Instance{}, Limits: map[string]inventory.Limits{}}
	policy := plan.Policy{DetachGrace: 15 * time.Second, Cooldown: 10 * time.Minute, ImpairedAfter: 5 * time.Minute}
	attached := map[string][]inventory.Interface{}
	var instances []*reader
	for _, name := range w.order {
		r := &reader{t: tb, name: name, fields: w.fields[name]}
		if r.has("gone") {
			continue
		}
		switch {
		case name == "policy":
			policy = readPolicy(r)
		case strings.HasPrefix(name, "type "):
			s.Limits[strings.TrimPrefix(name, "type ")] = readLimits(r)
		case strings.HasPrefix(name, "eni-"):
			e := readInterface(r)
			s.Interfaces = append(s.Interfaces, e)
			attached[e.Holder()] = append(attached[e.Holder()], e)
		case strings.HasPrefix(name, "i-"):
			instances = append(instances, r)
			continue
		default:
			tb.Fatalf("nothing is called %s", name)
		}
		r.done()
	}
	for _, r := range instances {
		in := readInstance(r, attached[r.name])
		s.Add(in)
		r.done()
	}
	slices.SortFunc(s.Interfaces, func(a, b inventory.Interface) int { return strings.Compare(a.ID, b.ID) })
	return s, policy
}

func readPolicy(r *reader) plan.Policy {
	return plan.Policy{
		Groups: r.list("groups", ""), DetachGrace: r.length("grace", "15s"), Cooldown: r.length("cooldown", "10m"),
		ImpairedAfter: r.length("impaired-after", "5m"), ActOnRebalance: r.has("rebalance"),
	}
}

func readLimits(r *reader) inventory.Limits {
	card0 := r.number("cards", 3)
	return inventory.Limits{
		Card0: card0, Interfaces: r.number("total", card0),
		IPv4: r.number("ipv4", 10), IPv6: r.number("ipv6", 10), Nitro: !r.has("xen"),
	}
}

func readInterface(r *reader) inventory.Interface {
	e := inventory.Interface{
		ID: r.name, Type: r.text("kind", inventory.TypeInterface), AZ: r.text("az", "a"), VPC: r.text("vpc", "v"),
		Owner: mine, Status: inventory.StatusAvailable, Group: strings.Trim(r.text("group", "db"), "-"),
		Paused: r.has("paused"), Regrouped: r.has("regrouped"), RequesterManaged: r.has("requester"), OperatorManaged: r.has("operator"),
		ReachedTag: r.text("reached", ""),
	}
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
	if left := r.text("left", ""); left != "" {
		instance, ago, _ := strings.Cut(left, "/")
		r.fields = maps.Clone(r.fields)
		r.fields["left"] = ago
		e.LeftTag = inventory.LeftTag{Instance: instance, Time: r.ago("left", "")}
	}
	on, index, card := r.text("on", ""), r.number("index", 1), r.number("card", 0)
	status, owner, at := inventory.Status(r.text("status", "attached")), mine, r.ago("age", "24h")
	if r.text("account", "ours") != "ours" {
		owner = "999999999999"
	}
	if on == "" {
		return e
	}
	e.Status = inventory.StatusInUse
	e.Attachment = &inventory.Attachment{
		ID: "eni-attach-" + strings.TrimPrefix(r.name, "eni-"), Instance: on, InstanceOwner: owner, Status: status,
		DeviceIndex: index, NetworkCard: card, AttachTime: at,
	}
	return e
}

func readInstance(r *reader, attached []inventory.Interface) inventory.Instance {
	in := inventory.Instance{
		ID: r.name, Name: r.text("name", ""), Type: r.text("type", "m5"), AZ: r.text("az", "a"), VPC: r.text("vpc", "v"),
		State: inventory.State(strings.Trim(r.text("state", "running"), "-")), LaunchTime: r.ago("up", "24h"),
		Spot: r.text("spot", "no") != "no", Groups: r.list("groups", "db"), Priority: r.number("priority", inventory.DefaultPriority),
		Card0: []int{0}, Attached: 1 + len(attached) + r.number("elsewhere", 0),
	}
	in.Confirmed = r.has("confirmed")
	if in.State == "unasked" {
		in.State = inventory.StateUnasked
	}
	for _, e := range attached {
		if e.Attachment.NetworkCard == 0 {
			in.Card0 = append(in.Card0, e.Attachment.DeviceIndex)
		}
	}
	for _, index := range r.list("taken", "") {
		n, err := strconv.Atoi(index)
		if err != nil {
			r.t.Fatalf("%s: taken: %v", r.name, err)
		}
		in.Card0 = append(in.Card0, n)
		in.Attached++
	}
	slices.Sort(in.Card0)
	checks := strings.Split(strings.ReplaceAll(r.text("checks", "ok/ok"), "unknown", ""), "/")
	if len(checks) < 2 {
		r.t.Fatalf("%s: checks are SYSTEM/INSTANCE[/EBS[/APPLICATION]]", r.name)
	}
	in.Health = inventory.Health{System: inventory.Check(checks[0]), Instance: inventory.Check(checks[1]), ImpairedSince: r.ago("impaired-for", "")}
	if len(checks) > 2 {
		in.Health.EBS = inventory.Check(checks[2])
	}
	if len(checks) > 3 {
		in.Health.Application = inventory.Check(checks[3])
	}
	if request := r.text("request", "none"); in.Spot && request != "unknown" {
		in.Interruption = inventory.Interruption(request)
	}
	if r.has("asg") {
		in.ScalingGroup = "asg"
		in.Scaling = inventory.Scaling(strings.ReplaceAll(r.text("asg", ""), "unknown", ""))
	}
	return in
}
