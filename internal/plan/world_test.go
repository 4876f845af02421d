package plan_test

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
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
//	  group=db|- az=a vpc=v paused regrouped left=i-b/5m kind=interface requester operator
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

// readTrigger reads a trigger from one line: its kind, an instance or several, and fields.
//
//	ago=10s                        its time; never: none (20s)
//	group=db interface=eni-1       what a request or an alarm is about
//	from=i-a target=b dry force    of a request
//	since=20s check=any no-data    of an alarm
func readTrigger(tb testing.TB, line string) trigger.Trigger {
	tb.Helper()
	words := strings.Fields(line)
	r := &reader{t: tb, name: line, fields: map[string]string{}}
	tr := trigger.Trigger{Kind: trigger.Kind(words[0])}
	for _, word := range words[1:] {
		if key, value, ok := strings.Cut(word, "="); ok || !strings.HasPrefix(word, "i-") {
			r.fields[key] = value
			continue
		}
		if tr.Kind == trigger.KindHealth {
			tr.Instances = append(tr.Instances, word)
		} else {
			tr.Instance = word
		}
	}
	tr.Time, tr.Group, tr.Interface = r.ago("ago", "20s"), r.text("group", ""), r.text("interface", "")
	tr.From, tr.Target, tr.DryRun, tr.Force = r.text("from", ""), r.text("target", ""), r.has("dry"), r.has("force")
	if tr.Kind == trigger.KindAlarm {
		tr.Alarm = trigger.Alarm{Name: "unreachable", Since: r.ago("since", "20s"), FromInsufficientData: r.has("no-data")}
		usual := ""
		if tr.Instance != "" {
			usual = string(trigger.CheckAny)
		}
		tr.Alarm.Check = trigger.Check(r.text("check", usual))
	}
	if tr.Kind == trigger.KindUnknown {
		tr.Ignored = "no action for it"
	}
	r.done()
	return tr
}

// readAction reads a lifecycle action from one line: its instance, fields, and what became of the interfaces that moved
// or should have.
//
//	hook=NAME           the name of the hook (eni-failover)
//	dry                 the plan was only to be tried
//	asked=STATE         what Auto Scaling said when it was asked once more
//	ago=10s             its time (20s)
//	eni-1=OUTCOME[/REASON]
func readAction(tb testing.TB, line string) (t trigger.Trigger, dryRun bool, asked inventory.Scaling, results map[string]plan.Result) {
	tb.Helper()
	words := strings.Fields(line)
	r := &reader{t: tb, name: line, fields: map[string]string{}}
	results = map[string]plan.Result{}
	for _, word := range words[1:] {
		key, value, _ := strings.Cut(word, "=")
		if !strings.HasPrefix(key, "eni-") {
			r.fields[key] = value
			continue
		}
		outcome, reason, _ := strings.Cut(value, "/")
		results[key] = plan.Result{Outcome: plan.Outcome(outcome), Reason: plan.Reason(reason)}
	}
	t = trigger.Trigger{Kind: trigger.KindLifecycle, Instance: words[0], Time: r.ago("ago", "20s")}
	t.Hook = trigger.Hook{AutoScalingGroup: "asg", Name: r.text("hook", trigger.HookPrefix)}
	dryRun, asked = r.has("dry"), inventory.Scaling(r.text("asked", ""))
	r.done()
	return t, dryRun, asked, results
}

// decide builds a world and decides on a trigger, and checks what must hold of every plan.
func decide(tb testing.TB, w *world, line string) plan.Plan {
	tb.Helper()
	s, policy := w.build(tb)
	tr := readTrigger(tb, line)
	p := plan.Decide(tr, s, policy, now)
	checkPlan(tb, s, p)
	return p
}

// item finds the item of an interface.
func item(tb testing.TB, p plan.Plan, id string) plan.Item {
	tb.Helper()
	i := slices.IndexFunc(p.Items, func(item plan.Item) bool { return item.Interface.ID == id })
	if i < 0 {
		tb.Fatalf("no item for %s in the plan:\n%s", id, show(p))
	}
	return p.Items[i]
}

// show writes a plan for the golden files. Details are for people and left out.
func show(p plan.Plan) string {
	var b strings.Builder
	mode := map[plan.Mode]string{plan.ModeAct: "", plan.ModeReport: "report only", plan.ModeRehearse: "rehearse"}[p.Mode]
	if p.Lenient {
		mode = strings.TrimPrefix(mode+", lenient", ", ")
	}
	if mode != "" {
		fmt.Fprintf(&b, "(%s)\n", mode)
	}
	switch {
	case p.Ignored != "":
		fmt.Fprintf(&b, "ignored: %s\n", p.Ignored)
	case p.Refused != "":
		fmt.Fprintf(&b, "refused: %s\n", p.Refused)
	case len(p.Items) == 0:
		b.WriteString("nothing to do\n")
	}
	for _, i := range p.Items {
		b.WriteString(showItem(i))
	}
	if len(p.Doubts) > 0 {
		fmt.Fprintf(&b, "doubts %s\n", strings.Join(p.Doubts, " "))
	}
	return b.String()
}

func showItem(i plan.Item) string {
	var b strings.Builder
	from := i.From
	if from == "" {
		from = "nowhere"
	}
	if i.Settled != "" {
		fmt.Fprintf(&b, "%s: %s on %s: %s", i.Interface.ID, i.Settled, from, i.Reason)
		if i.Refused {
			b.WriteString(", an error")
		}
	} else {
		fmt.Fprintf(&b, "%s: %s -> %s index %d", i.Interface.ID, from, i.Choice.Instance, i.Choice.Index)
		note := func(on bool, format string, args ...any) {
			if on {
				fmt.Fprintf(&b, "; "+format, args...)
			}
		}
		note(i.Doomed != "", "doomed %s", i.Doomed)
		note(i.Doomed == "", "none doomed")
		note(i.Origin != "", "origin %s", i.Origin)
		note(i.Origin == "", "no origin")
		note(!i.Force.Allowed, "force never")
		note(i.Force.Allowed && i.Force.After == 0, "force at once")
		note(i.Force.Allowed && i.Force.After != 0, "force after %s", i.Force.After)
		note(true, "found detaching %s", i.Force.Found)
		note(true, "orphan-grace %s", i.OrphanGrace)
		note(i.WriteLeftTag, "left-tag")
		note(i.Stuck, "stuck")
		note(i.Target != "", "target %s", i.Target)
	}
	b.WriteString("\n")
	for _, c := range i.Candidates {
		fmt.Fprintf(&b, "    %s", c.Instance)
		if !c.Eligible {
			fmt.Fprintf(&b, " %s", c.Reason)
		}
		if len(c.Unknown) > 0 {
			fmt.Fprintf(&b, " (unknown: %s)", strings.Join(c.Unknown, ", "))
		}
		b.WriteString("\n")
	}
	return b.String()
}
