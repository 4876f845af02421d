package trigger

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/eni-failover/eni-failover/internal/ident"
)

// decodeHealth reads an AWS Health event that names instances. It may have no entities, or others than instances. The
// region of its envelope is where it was delivered; eventRegion is the region that it is about.
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
		t.Ignored = "no action for a Health event about " + printable(service)
		return nil
	}
	if t.EventRegion, err = o.optional("eventRegion", ident.ValidRegion, acceptedRegion); err != nil {
		return err
	}
	var entities []struct {
		EntityValue string `json:"entityValue"`
	}
	if o.has("affectedEntities") {
		if err := json.Unmarshal(o.fields["affectedEntities"], &entities); err != nil {
			return o.bad("affectedEntities", "a list of objects with a string entityValue")
		}
	}
	// An entity that is not an instance, like a volume, is left out.
	for _, e := range entities {
		id := strings.TrimSpace(e.EntityValue)
		if ident.ValidInstanceID(id) && !slices.Contains(t.Instances, id) {
			t.Instances = append(t.Instances, id)
		}
	}
	if len(t.Instances) == 0 {
		t.Ignored = "the Health event names no instance"
	}
	return nil
}
