package awssim

import (
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// tag is one tag of one resource.
type tag struct{ resource, kind, key, value string }

// describeTags answers DescribeTags for instances and interfaces.
func describeTags(e *exchange, out *xmlWriter) *refusal {
	list, refused := filters(e, tagListField, tag{})
	if refused != nil {
		return refused
	}
	w, refused := e.window(1000, "")
	if refused != nil {
		return refused
	}
	if refused := e.permit(); refused != nil {
		return refused
	}
	key := func(t tag) string { return t.resource + "\n" + t.key }
	items, token := page(w, e.acc.tagsInOrder(), key, func(t tag) bool { return passes(t, list, tagListField) })
	out.in("tagSet", func() {
		for _, t := range items {
			out.in("item", func() {
				out.text("resourceId", t.resource)
				out.text("resourceType", t.kind)
				out.text("key", t.key)
				out.text("value", t.value)
			})
		}
	})
	out.opt("nextToken", token)
	return nil
}

// tagsInOrder yields all tags in the order of resources and keys: eni-… is before i-….
func (a *account) tagsInOrder() iter.Seq[tag] {
	return func(yield func(tag) bool) {
		for i := range a.interfacesInOrder() {
			if !yieldTags(i.ID, "network-interface", i.Tags, yield) {
				return
			}
		}
		for i := range a.instancesInOrder() {
			if !yieldTags(i.ID, "instance", i.Tags, yield) {
				return
			}
		}
	}
}

func yieldTags(id, kind string, tags map[string]string, yield func(tag) bool) bool {
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if !yield(tag{id, kind, key, tags[key]}) {
			return false
		}
	}
	return true
}

// tagListField returns the values for the filters of DescribeTags.
func tagListField(t tag, name string) (values []string, known bool) {
	switch name {
	case "key":
		return nonEmpty(t.key), true
	case "resource-id":
		return nonEmpty(t.resource), true
	case "resource-type":
		return nonEmpty(t.kind), true
	case "value":
		return []string{t.value}, true
	default:
		if name == "tag-key" { // a filter of other actions only
			return nil, false
		}
		return tagField(map[string]string{t.key: t.value}, name)
	}
}

func createTags(e *exchange, _ *xmlWriter) *refusal {
	targets, tags, refused := e.readTagging()
	if refused != nil {
		return refused
	}
	seen := map[string]bool{}
	for _, t := range tags {
		// EC2 guide, "Tag restrictions".
		switch {
		case seen[t.key]:
			return refuse("InvalidParameterValue", "Duplicate tag key '%s' specified.", t.key)
		case t.key == "" || utf8.RuneCountInString(t.key) > 128:
			return refuse("InvalidParameterValue", "Tag key exceeds the maximum length of 128 characters or is empty")
		case utf8.RuneCountInString(t.value) > 256:
			return refuse("InvalidParameterValue", "Tag value exceeds the maximum length of 256 characters")
		case strings.HasPrefix(strings.ToLower(t.key), "aws:"):
			return refuse("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
		}
		seen[t.key] = true
	}
	merged := make([]map[string]string, len(targets))
	for n, target := range targets {
		merged[n] = map[string]string{}
		maps.Copy(merged[n], *target)
		for _, t := range tags {
			merged[n][t.key] = t.value
		}
		if len(merged[n]) > 50 {
			return refuse("TagLimitExceeded", "The maximum number of tags per resource is 50")
		}
	}
	for n, target := range targets {
		*target = merged[n]
	}
	return nil
}

// deleteTags answers DeleteTags. A tag with a value is deleted only if it has that value. A call without tags deletes
// all. A missing tag is not an error (API reference).
func deleteTags(e *exchange, _ *xmlWriter) *refusal {
	targets, tags, refused := e.readTagging()
	if refused != nil {
		return refused
	}
	for _, target := range targets {
		if len(tags) == 0 {
			*target = nil
			continue
		}
		*target = maps.Clone(*target) // a snapshot still has the old ones
		for n, t := range tags {
			given := e.req.params.Has("Tag." + strconv.Itoa(n+1) + ".Value")
			if value := (*target)[t.key]; !given || value == t.value {
				delete(*target, t.key)
			}
		}
	}
	return nil
}

// readTagging returns the tags of the named resources, to be changed, and the tags in the call.
func (e *exchange) readTagging() (targets []*map[string]string, tags []tag, refused *refusal) {
	ids := e.list("ResourceId")
	if len(ids) == 0 {
		return nil, nil, refuse("MissingParameter", "The request must contain the parameter resourceIdSet")
	}
	var on []resource
	for _, id := range ids {
		target, as, refused := e.tagTarget(id)
		if refused != nil {
			return nil, nil, refused
		}
		targets, on = append(targets, target), append(on, as)
	}
	return targets, e.givenTags(), e.permit(on...)
}

// givenTags returns the tags in a request.
func (e *exchange) givenTags() (tags []tag) {
	for n := 1; e.req.params.Has("Tag." + strconv.Itoa(n) + ".Key"); n++ {
		prefix := "Tag." + strconv.Itoa(n)
		tags = append(tags, tag{key: e.req.params.Get(prefix + ".Key"), value: e.req.params.Get(prefix + ".Value")})
	}
	return tags
}

// tagTarget returns the tags of the resource with an id, and the resource as a policy sees it.
func (e *exchange) tagTarget(id string) (*map[string]string, resource, *refusal) {
	switch {
	case strings.HasPrefix(id, "i-"):
		i, refused := e.instance(id)
		if refused != nil {
			return nil, resource{}, refused
		}
		return &i.Tags, e.instanceResource(i), nil
	case strings.HasPrefix(id, "eni-"):
		i, refused := e.networkInterface(id)
		if refused != nil {
			return nil, resource{}, refused
		}
		if i.Owner != e.acc.Account { // EC2's code for a detach of another account's interface
			return nil, resource{}, refuse("AuthFailure", "You do not have permission to access the specified resource.")
		}
		return &i.Tags, e.interfaceResource(i), nil
	default:
		return nil, resource{}, refuse("InvalidID", "The ID '%s' is not valid", id)
	}
}
