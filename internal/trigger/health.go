package trigger

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/eni-failover/eni-failover/internal/ident"
)

const sourceHealth = "aws.health"

// decodeHealth reads an AWS Health event that names instances. It may have no entities, or others than instances. Without the
// field affectedEntities, which an event about many leaves out, the instances are those that the envelope's resources name,
// which are in the trigger already. The region of its envelope is where it was delivered; eventRegion is the region that it
// is about.
func decodeHealth(t *Trigger, detail json.RawMessage) error {
	t.Kind = KindHealth
	o, err := decodeObject("detail", detail)
	if err != nil {
		return err
	}
	service, err := o.checked("service", notEmpty, "the name of a service, like EC2")
	if err != nil {
		return err
	}
	// AWS Health tells about other services through the same type of event.
	if service != "EC2" {
		t.Instances = nil
		t.Ignored = "no action for a Health event about " + printable(service)
		return nil
	}
	if t.EventRegion, err = o.optional("eventRegion", ident.ValidRegion, acceptedRegion); err != nil {
		return err
	}
	if o.has("affectedEntities") {
		var entities []struct {
			EntityValue string `json:"entityValue"`
		}
		if err := json.Unmarshal(o.fields["affectedEntities"], &entities); err != nil {
			return o.bad("affectedEntities", "a list of objects with a string entityValue")
		}
		t.Instances = nil
		for _, e := range entities {
			t.Instances = appendInstance(t.Instances, e.EntityValue)
		}
	}
	if len(t.Instances) == 0 {
		t.Ignored = "the Health event names no instance"
	}
	return nil
}

// instancesInResources lists the instances that the envelope's field resources names, by id or by ARN. What is no instance is
// left out, and so is a list of another form: the field only helps out where the detail says nothing.
func (o object) instancesInResources() []string {
	var resources []any
	if err := json.Unmarshal(o.fields["resources"], &resources); err != nil {
		return nil
	}
	var ids []string
	for _, resource := range resources {
		text, _ := resource.(string)
		if arn, id, found := strings.Cut(text, ":instance/"); found && strings.HasPrefix(arn, "arn:") {
			text = id
		}
		ids = appendInstance(ids, text)
	}
	return ids
}

// appendInstance appends a text to a list if it is an instance's id, and not in the list. An entity that is not an instance,
// like a volume, is left out.
func appendInstance(ids []string, text string) []string {
	id := strings.TrimSpace(text)
	if !ident.ValidInstanceID(id) || slices.Contains(ids, id) {
		return ids
	}
	return append(ids, id)
}
