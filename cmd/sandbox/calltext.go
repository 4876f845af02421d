package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

const (
	attachAction = "AttachNetworkInterface"
	detachAction = "DetachNetworkInterface"
)

// text says what a call asks for.
func (l *wireLog) text(c awssim.Call) string {
	get := c.Params.Get
	text := c.Action
	switch c.Action {
	case detachAction:
		text += " " + l.attachment(get("AttachmentId"))
		if get("Force") == "true" {
			text += " by force"
		}
	case attachAction:
		text += fmt.Sprintf(" %s to %s at index %s", get("NetworkInterfaceId"), get("InstanceId"), get("DeviceIndex"))
	case "CreateTags", "DeleteTags":
		text += fmt.Sprintf(" %s on %s", strings.Join(numbered(c, "Tag", ".Key"), " "), strings.Join(numbered(c, "ResourceId", ""), " "))
	case "ListHostedZonesByVPC":
		text += " " + get("vpcid")
	case "ListResourceRecordSets":
		text += " " + strings.TrimSuffix(get("name"), ".")
	case "ChangeResourceRecordSets":
		text += " " + strings.Join(c.Params["change"], ", ")
	default:
		text += objects(c) + filterText(c)
	}
	if c.DryRun {
		text += ", dry run"
	}
	return text
}

// objects names what a call is about by id: a few in full, more by their number.
func objects(c awssim.Call) string {
	var ids []string
	for _, name := range []string{"NetworkInterfaceId", "InstanceId", "InstanceIds.member", "SpotInstanceRequestId"} {
		ids = append(ids, numbered(c, name, "")...)
		if id := c.Params.Get(name); id != "" {
			ids = append(ids, id)
		}
	}
	return few(" ", ids)
}

// filterText shows the filters of a Describe.
func filterText(c awssim.Call) string {
	var text strings.Builder
	for n, name := range numbered(c, "Filter", ".Name") {
		if name == "network-interface-id" {
			text.WriteString(few(" ", lookedAt(c)))
			continue
		}
		text.WriteString(" " + name + "=" + strings.TrimPrefix(few(",", numbered(c, fmt.Sprintf("Filter.%d.Value", n+1), "")), ","))
	}
	return text.String()
}

// few joins values, each behind the separator, or tells how many there are.
func few(separator string, values []string) string {
	const most = 2
	if len(values) > most {
		return separator + plural(len(values), "value")
	}
	if len(values) == 0 {
		return ""
	}
	return separator + strings.Join(values, separator)
}

// numbered lists the parameters NAME.1SUFFIX, NAME.2SUFFIX and so on.
func numbered(c awssim.Call, name, suffix string) []string {
	var values []string
	for n := 1; ; n++ {
		key := fmt.Sprintf("%s.%d%s", name, n, suffix)
		if !c.Params.Has(key) {
			return slices.Clip(values)
		}
		values = append(values, c.Params.Get(key))
	}
}

// resultText says what came of a call; nothing if it was simply done.
func resultText(c awssim.Call) string {
	switch {
	case c.Lost != "":
		return string(c.Lost)
	case c.Code == "DryRunOperation":
		return "would be allowed"
	case c.Code != "":
		return "refused: " + c.Code
	}
	return ""
}

func serviceName(service string) string {
	switch service {
	case "ec2":
		return "EC2"
	case "route53":
		return "Route 53"
	case "autoscaling":
		return "Scaling"
	case "sts":
		return "STS"
	}
	return service
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// seconds shows a duration as the page does everywhere: in seconds, to the millisecond.
func seconds(d time.Duration) string {
	return fmt.Sprintf("%.3f s", d.Seconds())
}
