package inventory

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/eni-failover/eni-failover/internal/ident"
	"github.com/eni-failover/eni-failover/internal/probe/probetag"
)

// The tags that configure a service. The prefix is constant, because the condition keys of IAM policies can't be
// parameterised.
const (
	TagGroup    = "eni-failover:group"
	TagRecord   = "eni-failover:record"
	TagZone     = "eni-failover:zone"
	TagPaused   = "eni-failover:paused"
	TagLeft     = "eni-failover:left"
	TagPriority = "eni-failover:priority"
	TagStart    = "eni-failover:start"
	TagProbe    = probetag.Name
	TagReached  = "eni-failover:reached"
	// TagName is the tag that EC2's console shows as the name of an instance.
	TagName = "Name"
	// TagScalingGroup is written by Auto Scaling on each instance of a group ("Tag Auto Scaling groups and instances" in its
	// user guide).
	TagScalingGroup = "aws:autoscaling:groupName"
)

// TagFault is a tag whose value can't be used. It never stops a failover: the default is used instead, and the report says
// so.
type TagFault struct {
	Tag, Value string
	// Accepted says what the value may be.
	Accepted string
}

// String says what is wrong, for a person.
func (f TagFault) String() string {
	return fmt.Sprintf("tag %s is %q, which is ignored; accepted: %s", f.Tag, f.Value, f.Accepted)
}

// LeftTag names the instance that a move took an interface from, and the time. It is a hint, never a lock.
type LeftTag struct {
	Instance string
	Time     time.Time
}

// String returns the tag's value: the instance and the time in RFC 3339, with a space between.
func (l LeftTag) String() string {
	if l.Instance == "" {
		return ""
	}
	return l.Instance + " " + l.Time.UTC().Format(time.RFC3339)
}

// WithTags returns the instance with what its tags say: groups, priority, start, Auto Scaling group and name.
func (i Instance) WithTags(tags map[string]string) Instance {
	i.Name = displayName(tags[TagName])
	i.Groups, i.Priority, i.TagFaults = nil, DefaultPriority, nil
	i.ScalingGroup = tags[TagScalingGroup]
	start, ok := tags[TagStart]
	i.Start = ok && start != "false"
	for name := range strings.FieldsSeq(tags[TagGroup]) {
		if !ident.ValidGroup(name) {
			i.TagFaults = append(i.TagFaults, TagFault{TagGroup, name, "group names with spaces between, each " + ident.AcceptedGroup})
			continue
		}
		i.Groups = append(i.Groups, name)
	}
	if value, ok := tags[TagPriority]; ok {
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil {
			i.TagFaults = append(i.TagFaults, TagFault{TagPriority, value, "an integer, lower is preferred, default " + strconv.Itoa(DefaultPriority)})
		} else {
			i.Priority = n
		}
	}
	return i
}

// WithTags returns the interface with what its tags say: group, records, hosted zone, paused, left, probe, reached.
func (e Interface) WithTags(tags map[string]string) Interface {
	e.TagFaults, e.Records, e.LeftTag = nil, nil, LeftTag{}
	e.Group = strings.TrimSpace(tags[TagGroup])
	if !ident.ValidGroup(e.Group) {
		e.TagFaults = append(e.TagFaults, TagFault{TagGroup, tags[TagGroup], ident.AcceptedGroup})
		e.Group = ""
	}
	for name := range strings.FieldsSeq(tags[TagRecord]) {
		if !ident.ValidRecordName(name) {
			e.TagFaults = append(e.TagFaults, TagFault{TagRecord, name, "domain names with spaces between"})
			continue
		}
		e.Records = append(e.Records, strings.TrimSuffix(name, "."))
	}
	e.HostedZone = strings.TrimSpace(tags[TagZone])
	if e.HostedZone != "" && !ident.ValidZoneID(e.HostedZone) {
		e.TagFaults = append(e.TagFaults, TagFault{TagZone, tags[TagZone], ident.AcceptedZoneID})
		e.HostedZone = ""
	}
	paused, ok := tags[TagPaused]
	e.Paused = ok && paused != "false"
	if value := tags[TagLeft]; value != "" {
		left, ok := parseLeftTag(value)
		if !ok {
			e.TagFaults = append(e.TagFaults, TagFault{TagLeft, value, "an instance id and an RFC 3339 time with a space between"})
		}
		e.LeftTag = left
	}
	return e.withProbeTags(tags)
}

// withProbeTags returns the interface with what its tags say about the probe.
func (e Interface) withProbeTags(tags map[string]string) Interface {
	e.ProbeTag, e.ReachedTag = "", ""
	if value, ok := tags[TagProbe]; ok {
		if _, err := probetag.Parse(value); err != nil {
			e.TagFaults = append(e.TagFaults, TagFault{TagProbe, value, probetag.Accepted})
		} else {
			e.ProbeTag = value
		}
	}
	if value := strings.TrimSpace(tags[TagReached]); value != "" {
		if ident.ValidAttachmentID(value) {
			e.ReachedTag = value
		} else {
			e.TagFaults = append(e.TagFaults, TagFault{TagReached, value, ident.AcceptedAttachmentID})
		}
	}
	return e
}

func parseLeftTag(value string) (LeftTag, bool) {
	id, at, ok := strings.Cut(strings.TrimSpace(value), " ")
	if !ok || !ident.ValidInstanceID(id) {
		return LeftTag{}, false
	}
	t, err := time.Parse(time.RFC3339, strings.TrimSpace(at))
	if err != nil {
		return LeftTag{}, false
	}
	return LeftTag{Instance: id, Time: t}, true
}

// displayName makes a name fit a message of one line: the value of a tag may have 256 characters of any kind ("Tag your
// Amazon EC2 resources", tag restrictions).
func displayName(value string) string {
	const maxLength = 40
	printable := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, value)
	name := []rune(strings.Join(strings.Fields(printable), " "))
	if len(name) > maxLength {
		return string(name[:maxLength-1]) + "…"
	}
	return string(name)
}
