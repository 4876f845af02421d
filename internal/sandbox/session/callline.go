package session

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/display"
)

// CallLine is a call in words.
type CallLine struct {
	At      time.Time
	Service string
	Text    string
	Look    bool // it shows the states of interfaces or instances

	Caller   string // the access key
	Mutating bool   // it can change something

	Times int       // how many calls like it the line stands for
	Last  time.Time // when the last of them was made
}

// newCallLine puts a call into words. owners has the interface of each attachment, and states the states of what the call
// looks at.
func newCallLine(c awssim.Call, owners map[string]string, states string) CallLine {
	service := map[string]string{"ec2": "EC2", "route53": "Route 53", "autoscaling": "Scaling", "sts": "STS", "events": "Events"}[c.Service]
	return CallLine{
		At: c.Time, Last: c.Time, Times: 1, Look: states != "", Caller: c.AccessKey, Mutating: c.Mutating,
		Service: cmp.Or(service, c.Service), Text: display.Join(": ", callText(c, owners), states, resultText(c)),
	}
}

// callText returns the action of a call with the parameters that matter.
func callText(c awssim.Call, owners map[string]string) string {
	get := c.Params.Get
	words := []string{c.Action}
	switch c.Action {
	case "DetachNetworkInterface":
		words = append(words, cmp.Or(owners[get("AttachmentId")], get("AttachmentId")))
		if get("Force") == "true" {
			words = append(words, "by force")
		}
	case "AttachNetworkInterface":
		words = append(words, get("NetworkInterfaceId"), "to", get("InstanceId"), "at index", get("DeviceIndex"))
	case "PutEvents":
		words = append(words, strings.Join(c.Params["entry"], ", "))
	case "ChangeResourceRecordSets":
		words = append(words, strings.Join(c.Params["change"], ", "))
	default:
		for _, name := range []string{"NetworkInterfaceId", "InstanceId", "InstanceIds.member", "SpotInstanceRequestId", "ResourceId", "vpcid", "name"} {
			words = append(words, few(" ", append(numbered(c, name, ""), strings.TrimSuffix(get(name), "."))))
		}
		words = append(words, few(" ", numbered(c, "Tag", ".Key")))
		for n, name := range numbered(c, "Filter", ".Name") {
			text := few(",", numbered(c, fmt.Sprintf("Filter.%d.Value", n+1), ""))
			if !strings.HasSuffix(name, "-id") { // an id needs no name
				text = name + "=" + text
			}
			words = append(words, text)
		}
	}
	if c.DryRun {
		words = append(words, "(dry run)")
	}
	return display.Join(" ", words...)
}

// lookedAt lists the interfaces or instances that a Describe names, in any order.
func lookedAt(c awssim.Call) []string {
	prefix := map[string]string{"DescribeNetworkInterfaces": "eni-", "DescribeInstances": "i-"}[c.Action]
	if prefix == "" {
		return nil
	}
	var ids []string
	for _, values := range c.Params { // parameters and filters
		if strings.HasPrefix(values[0], prefix) {
			ids = append(ids, values...)
		}
	}
	return ids
}

// statesText lists the states of interfaces or instances, with the number of those in each if the states differ.
func statesText(w awssim.World, ids []string) string {
	counts := map[string]int{}
	for _, e := range w.Interfaces {
		if slices.Contains(ids, e.ID) {
			counts[attachmentState(w, e)]++
		}
	}
	for _, in := range w.Instances {
		if slices.Contains(ids, in.ID) {
			counts[display.Join(", ", in.State, in.StateReason.Code)]++
		}
	}
	states := slices.Sorted(maps.Keys(counts))
	if len(states) > 1 {
		for i, state := range states {
			states[i] = fmt.Sprintf("%d %s", counts[state], state)
		}
	}
	return strings.Join(states, ", ")
}

// attachmentState returns the state of an interface's attachment, and that of its instance unless it runs.
func attachmentState(w awssim.World, e awssim.Interface) string {
	a := e.Attachment
	if a == nil {
		return "unattached"
	}
	if in := FindInstance(&w, a.Instance); in != nil && in.State != "running" {
		return a.Status + ", the instance " + in.State
	}
	return a.Status
}

// resultText says what became of a call; nothing if it was carried out.
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

// Fold makes one line of calls that are alike and have the same result, if hardly anything of their service is between
// them: a line of a call that can change something, or two lines of others. A wait, whose looks and attempts alternate, is
// two lines.
func Fold(calls []CallLine) []CallLine {
	const maxBetween = 2
	var lines []CallLine
	for _, c := range calls {
		between := 0
		like := -1
		for i := len(lines) - 1; i >= 0 && like < 0 && between <= maxBetween; i-- {
			switch {
			case lines[i].Service != c.Service:
			case lines[i].Text == c.Text:
				like = i
			case lines[i].Mutating:
				between += maxBetween
			default:
				between++
			}
		}
		if like < 0 {
			lines = append(lines, c)
			continue
		}
		lines[like].Times++
		lines[like].Last = c.At
	}
	return lines
}

// few joins values, or counts them if there are more than two.
func few(separator string, values []string) string {
	const maxListed = 2
	values = slices.DeleteFunc(values, func(s string) bool { return s == "" })
	if len(values) > maxListed {
		return fmt.Sprintf("%d values", len(values))
	}
	return strings.Join(values, separator)
}

// numbered lists the parameters NAME.1SUFFIX, NAME.2SUFFIX and so on.
func numbered(c awssim.Call, name, suffix string) []string {
	var values []string
	for n := 1; ; n++ {
		key := fmt.Sprintf("%s.%d%s", name, n, suffix)
		if !c.Params.Has(key) {
			return values
		}
		values = append(values, c.Params.Get(key))
	}
}
