package record

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// Question asks whether one name of an interface leads to the interface.
type Question struct {
	Interface inventory.Interface
	// Name is the name in normal form.
	Name Name
	// tagged is the name as it is in the interface's tag.
	tagged string
	// sharers are the other interfaces that have the name in their tags: a repair leaves their addresses alone.
	sharers []inventory.Interface
}

// Sharing returns the question with the interfaces that share its name, of all that are managed.
func (q Question) Sharing(all []inventory.Interface) Question {
	for _, e := range all {
		names := func(tagged string) bool { return Normalize(tagged) == q.Name }
		if e.ID != q.Interface.ID && e.VPC == q.Interface.VPC && slices.ContainsFunc(e.Records, names) {
			q.sharers = append(q.sharers, e)
		}
	}
	return q
}

// Questions returns a question for each name of an interface, in the order of its tag.
func Questions(e inventory.Interface) []Question {
	list := make([]Question, 0, len(e.Records))
	for _, tagged := range e.Records {
		list = append(list, Question{Interface: e, Name: Normalize(tagged), tagged: tagged})
	}
	return list
}

// answer returns a result for the name whose zone shows nothing.
func (q Question) answer(state State) Result {
	return Result{Name: strings.TrimSuffix(q.tagged, "."), State: state, Want: wanted(q.families(nil)), Got: []netip.Addr{}}
}

// Unverified returns the result of a name that could not be read. The zone is empty if the zones themselves
// could not be listed.
func (q Question) Unverified(zoneID string, err error) Result {
	r := q.answer(Unverified)
	r.Cause, r.HostedZone, r.Detail = causeOf(err), zoneID, explain(err)
	return r
}

// WithoutZone returns the result of a name that has no zone to read.
func (q Question) WithoutZone(c Choice) Result {
	r := q.answer(c.state)
	r.Cause = c.cause
	return r.in(c)
}

// ZoneGone returns the result of a name whose zone was listed but does not exist.
func (q Question) ZoneGone(c Choice) Result {
	r := q.answer(NoZone)
	r.Detail = "zone " + c.Zone.ID + " is listed for " + q.Interface.VPC + ", but is gone"
	return r
}
