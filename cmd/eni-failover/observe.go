package main

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/eni-failover/eni-failover/internal/audit"
	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/readiness"
	"github.com/eni-failover/eni-failover/internal/record"
)

// readTime limits the time of an observation.
const readTime = 5 * time.Minute

// reader observes an account by the settings of a deployment.
type reader struct {
	region   string
	settings readiness.Settings
	// source says where the settings are from.
	source  string
	auditor *audit.Auditor
	cfg     aws.Config
	// deployed is what -stack names; the zero value without it.
	deployed deployment
}

// newReader makes a reader. The settings are those of the deployment that -stack names or, without it, environment
// variables, so that it can be asked before anything is deployed.
func (c command) newReader(ctx context.Context) (reader, error) {
	settings, source, find := settingNames(), "default settings", c.env
	var d deployment
	cfg, err := c.connect(ctx)
	if err != nil {
		return reader{}, err
	}
	if c.stack != "" {
		if d, err = c.findDeployment(ctx, cfg); err != nil {
			return reader{}, err
		}
		source = "the settings of the stack " + d.stack
		find = func(name string) (string, bool) { value, ok := d.audit.Environment[name]; return value, ok }
	} else if given := set(settings, c.env); len(given) > 0 {
		source = strings.Join(given, " ")
	}
	r := reader{region: cfg.Region, source: source, cfg: cfg, deployed: d}
	if r.settings, err = audit.ReadSettings(find); err != nil {
		return r, &usageError{err: err}
	}
	r.auditor = newAuditor(r.settings, cfg)
	return r, nil
}

// newAuditor makes an auditor that writes neither a log nor metrics.
func newAuditor(settings readiness.Settings, cfg aws.Config) *audit.Auditor {
	return audit.New(settings, cfg.Region, auditClients(cfg), emf.New(io.Discard, "eni-failover"), slog.New(slog.DiscardHandler))
}

// settingNames are the environment variables that an audit reads.
func settingNames() []string {
	return []string{"GROUPS", "COOLDOWN", "IMPAIRED_AFTER", "ACT_ON_REBALANCE", "START_STANDBYS", "START_KEYS", "PROBE_VPC", "ALERTS_UNSUBSCRIBED"}
}

// set lists the variables that are set, as NAME=value.
func set(names []string, env lookup) []string {
	var list []string
	for _, name := range names {
		if value, ok := env(name); ok && value != "" {
			list = append(list, name+"="+value)
		}
	}
	return list
}

// observation is what was seen of an account, and judged as an audit does.
type observation struct {
	snapshot inventory.Snapshot
	names    map[string][]record.Result
	audit    readiness.Result
}

// observe observes the account.
func (r reader) observe(ctx context.Context) (observation, error) {
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	s, names, err := r.auditor.Observe(ctx)
	if err != nil {
		return observation{}, explain(err, reads)
	}
	o := observation{snapshot: s, names: names, audit: readiness.Inspect(s, names, r.settings, time.Now())}
	o.audit.Summary.Region = r.region
	return o, nil
}

// label returns an instance's id with its name.
func (o observation) label(id string) string {
	if name := o.snapshot.Instances[id].Name; name != "" {
		return id + " (" + name + ")"
	}
	return id
}

// instanceText lists what an instance is, and what is unusual about it.
func instanceText(in inventory.Instance) string {
	market := "on-demand"
	if in.Spot {
		market = "spot"
	}
	state := string(in.State)
	if in.State == inventory.StateUnasked || in.State == inventory.StateUnseen {
		return "not known"
	}
	parts := []string{strings.Join([]string{in.AZ, in.Type, market, state}, " ")}
	if in.Health.Impaired() {
		parts = append(parts, "its status checks fail")
	}
	if in.Interruption == inventory.InterruptionPending {
		parts = append(parts, "about to be interrupted")
	}
	if in.ScalingGroup != "" {
		parts = append(parts, display.Join(" ", "in Auto Scaling group", in.ScalingGroup, string(in.Scaling)))
	}
	if in.Start && in.State == inventory.StateStopped {
		parts = append(parts, "a cold standby")
	}
	return strings.Join(parts, ", ")
}

// addresses lists the addresses of an interface, the Elastic IPs behind the private ones.
func addresses(e inventory.Interface) []string {
	list := []string{}
	for _, a := range e.Addresses {
		text := a.IP.String()
		if a.ElasticIP.IsValid() {
			text += " (" + a.ElasticIP.String() + ")"
		}
		list = append(list, text)
	}
	for _, ip := range e.IPv6 {
		list = append(list, ip.String())
	}
	return list
}

// showGaps says what could not be asked.
func showGaps(p *display.Page, o observation) {
	for _, gap := range o.snapshot.Gaps {
		p.Line(display.Warn, 0, "could not be asked: "+gap)
	}
}
