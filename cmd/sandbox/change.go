package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/inventory"
)

// change is what happens to an instance of the account, in place of an event of one's own.
type change struct {
	kind     changeKind // empty: none
	instance string
}

// changeKind is the name of its flag.
type changeKind string

const (
	changeInterrupt changeKind = "interrupt"
	changeStop      changeKind = "stop"
	changeTerminate changeKind = "terminate"
)

func changeKinds() []changeKind { return []changeKind{changeInterrupt, changeStop, changeTerminate} }

// event is what EventBridge sends of the change, in the form of the samples in events/.
func (c change) event(w awssim.World) (event, error) {
	sim, err := awssim.New(w)
	if err != nil {
		return event{}, usage("the simulated account can't be used:\n%w", err)
	}
	w = sim.World() // with its defaults
	in := find(&w, c.instance)
	if in == nil {
		return event{}, usage("-%s is %q; accepted: an instance of the account: %s", c.kind, c.instance, instanceIDs(w))
	}
	var detailType string
	var what any
	resource := fmt.Sprintf("arn:aws:ec2:%s:%s:instance/%s", w.Region, w.Account, in.ID)
	switch c.kind {
	case changeInterrupt:
		if in.Lifecycle != "spot" {
			return event{}, usage("-interrupt is %q: it is %s, and only Spot instances are interrupted; accepted: a Spot instance, or -stop or -terminate",
				in.ID, market(*in))
		}
		detailType = "EC2 Spot Instance Interruption Warning"
		resource = fmt.Sprintf("arn:aws:ec2:%s:instance/%s", in.AZ, in.ID) // with the zone in place of the region
		what = spotDetail{in.ID, cmp.Or(in.SpotBehavior, "terminate")}
	case changeStop:
		detailType, what = "EC2 Instance State-change Notification", stateDetail{in.ID, "stopping"}
	case changeTerminate:
		detailType, what = "EC2 Instance State-change Notification", stateDetail{in.ID, "shutting-down"}
	}
	data, err := json.Marshal(envelope{
		Version: "0", ID: "00000000-0000-4000-8000-000000000001", DetailType: detailType, Source: "aws.ec2", Account: w.Account,
		Time: time.Now().UTC().Format(time.RFC3339), Region: w.Region, Resources: []string{resource}, Detail: what,
	})
	if err != nil {
		return event{}, fmt.Errorf("write the event: %w", err)
	}
	return event{name: fmt.Sprintf("-%s %s", c.kind, in.ID), data: data}, nil
}

// envelope is what all events of EventBridge have.
type envelope struct {
	Version    string   `json:"version"`
	ID         string   `json:"id"`
	DetailType string   `json:"detail-type"`
	Source     string   `json:"source"`
	Account    string   `json:"account"`
	Time       string   `json:"time"`
	Region     string   `json:"region"`
	Resources  []string `json:"resources"`
	Detail     any      `json:"detail"`
}

type spotDetail struct {
	Instance string `json:"instance-id"`
	Action   string `json:"instance-action"`
}

type stateDetail struct {
	Instance string `json:"instance-id"`
	State    string `json:"state"`
}

// instanceIDs lists the first few instances of an account.
func instanceIDs(w awssim.World) string {
	const most = 20
	var ids []string
	for i, in := range w.Instances {
		if i == most {
			ids = append(ids, fmt.Sprintf("… %d in all", len(w.Instances)))
			break
		}
		ids = append(ids, in.ID)
	}
	return cmp.Or(strings.Join(ids, ", "), "it has none")
}

// holders lists the instances that hold managed interfaces, or all if none does.
func holders(w awssim.World) string {
	var holding awssim.World
	for _, in := range w.Instances {
		if slices.ContainsFunc(w.Interfaces, func(e awssim.Interface) bool {
			_, managed := e.Tags[inventory.TagGroup]
			return managed && e.Attachment != nil && e.Attachment.Instance == in.ID
		}) {
			holding.Instances = append(holding.Instances, in)
		}
	}
	if len(holding.Instances) == 0 {
		return instanceIDs(w)
	}
	return instanceIDs(holding)
}
