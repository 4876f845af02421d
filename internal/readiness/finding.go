package readiness

import (
	"cmp"
	"slices"
	"strings"
)

// Severity says how much a finding matters. Alarms watch the number of findings of each severity.
type Severity string

// The severities.
const (
	// Critical means that an interface has no service now, or would have none after the next loss.
	Critical Severity = "critical"
	// Warning means that the next failover would succeed, but that something is broken or some standby is ruled out.
	Warning Severity = "warning"
	// Info means that a ready account may have the finding, and that it is worth knowing.
	Info Severity = "info"
)

// Severities lists the severities, the worst first.
func Severities() []Severity { return []Severity{Critical, Warning, Info} }

// ID is the stable name of a kind of finding. docs/findings.md has a section for each.
type ID string

// The kinds of findings. Their severity is set where they are found, since it may depend on the circumstances.
const (
	NoStandbyInAZ           ID = "NO_STANDBY_IN_AZ"
	StandbyNoSlot           ID = "STANDBY_NO_SLOT"
	StandbyIndexTaken       ID = "STANDBY_INDEX_TAKEN"
	StandbyImpaired         ID = "STANDBY_IMPAIRED"
	StandbyInterrupted      ID = "STANDBY_INTERRUPTED"
	StandbySameSpotPool     ID = "STANDBY_SAME_SPOT_POOL"
	StandbyTooSmall         ID = "STANDBY_TOO_SMALL"
	StandbyOvercommitted    ID = "STANDBY_OVERCOMMITTED"
	StandbyUnknown          ID = "STANDBY_UNKNOWN"
	StandbyElsewhere        ID = "STANDBY_ELSEWHERE"
	StandbyColdOnly         ID = "STANDBY_COLD_ONLY"
	ColdStandbySpot         ID = "COLD_STANDBY_SPOT"
	ColdStandbyInGroup      ID = "COLD_STANDBY_IN_GROUP"
	ColdStandbyStale        ID = "COLD_STANDBY_STALE"
	ColdStandbyKey          ID = "COLD_STANDBY_KEY"
	InterfaceUnattached     ID = "INTERFACE_UNATTACHED"
	InterfaceOnDeadInstance ID = "INTERFACE_ON_DEAD_INSTANCE"
	InterfaceStuck          ID = "INTERFACE_STUCK"
	InterfacePaused         ID = "INTERFACE_PAUSED"
	InterfaceUnsupported    ID = "INTERFACE_UNSUPPORTED"
	PrimaryInterfaceTagged  ID = "PRIMARY_INTERFACE_TAGGED"
	RequesterManagedTagged  ID = "REQUESTER_MANAGED_TAGGED"
	DeleteOnTermination     ID = "DELETE_ON_TERMINATION"
	SameSubnetAsPrimary     ID = "SAME_SUBNET_AS_PRIMARY"
	SourceDestCheckMixed    ID = "SOURCE_DEST_CHECK_MIXED"
	HolderNotMember         ID = "HOLDER_NOT_MEMBER"
	SpotHibernateOrStop     ID = "SPOT_HIBERNATE_OR_STOP"
	RecordMissing           ID = "RECORD_MISSING"
	RecordMismatch          ID = "RECORD_MISMATCH"
	RecordNotSimple         ID = "RECORD_NOT_SIMPLE"
	RecordUnverified        ID = "RECORD_UNVERIFIED"
	ZoneNotAssociated       ID = "ZONE_NOT_ASSOCIATED"
	ZoneAmbiguous           ID = "ZONE_AMBIGUOUS"
	TagMalformed            ID = "TAG_MALFORMED"
	ProbeNotDeployed        ID = "PROBE_NOT_DEPLOYED"
	ProbeNeverReached       ID = "PROBE_NEVER_REACHED"
	GroupWithoutInterface   ID = "GROUP_WITHOUT_INTERFACE"
	AlertsNotSubscribed     ID = "ALERTS_NOT_SUBSCRIBED"
	NotObserved             ID = "NOT_OBSERVED"
)

// IDs lists all kinds of findings.
func IDs() []ID {
	return []ID{
		NoStandbyInAZ, StandbyNoSlot, StandbyIndexTaken, StandbyImpaired, StandbyInterrupted, StandbySameSpotPool,
		StandbyTooSmall, StandbyOvercommitted, StandbyUnknown, StandbyElsewhere,
		StandbyColdOnly, ColdStandbySpot, ColdStandbyInGroup, ColdStandbyStale, ColdStandbyKey,
		InterfaceUnattached, InterfaceOnDeadInstance, InterfaceStuck, InterfacePaused, InterfaceUnsupported, PrimaryInterfaceTagged,
		RequesterManagedTagged, DeleteOnTermination, SameSubnetAsPrimary, SourceDestCheckMixed, HolderNotMember, SpotHibernateOrStop,
		RecordMissing, RecordMismatch, RecordNotSimple, RecordUnverified, ZoneNotAssociated, ZoneAmbiguous,
		TagMalformed, ProbeNotDeployed, ProbeNeverReached, GroupWithoutInterface, AlertsNotSubscribed, NotObserved,
	}
}

// Finding is a condition that prevents a failover, or soon would, or makes it worse.
type Finding struct {
	ID       ID       `json:"id"`
	Severity Severity `json:"severity"`
	// Resource is the id of the interface; the id of the instance, if the finding is about an instance alone; the name of
	// a group that has no interface; or "account", if the finding is about no single resource.
	Resource string `json:"resource"`
	Group    string `json:"group,omitempty"`
	// Instances are the other instances that the finding is about, at most ten.
	Instances []string `json:"instances,omitempty"`
	// Problem says what is wrong, and Action what to do, each in one sentence. A command stands at the end of the action,
	// after a colon. Link is the section of the documentation that says more.
	Problem string `json:"problem"`
	Action  string `json:"action"`
	Link    string `json:"link"`
}

// findingsPage explains the findings. It is a whole address, because people read it in logs and e-mails.
const findingsPage = "https://github.com/eni-failover/eni-failover/blob/main/docs/findings.md"

// Link returns the address of the section that explains a kind of finding.
func (id ID) Link() string { return findingsPage + "#" + strings.ToLower(string(id)) }

// maxInstances limits how many instances a finding lists.
const maxInstances = 10

// add adds a finding, with its link and with at most maxInstances instances.
func (i *inspection) add(f Finding) {
	f.Link = f.ID.Link()
	f.Instances = f.Instances[:min(len(f.Instances), maxInstances)]
	i.findings = append(i.findings, f)
}

func (i *inspection) sortedFindings() []Finding {
	slices.SortStableFunc(i.findings, func(f, g Finding) int {
		return cmp.Or(
			slices.Index(Severities(), f.Severity)-slices.Index(Severities(), g.Severity),
			cmp.Compare(f.ID, g.ID), cmp.Compare(f.Resource, g.Resource), cmp.Compare(f.Problem, g.Problem))
	})
	return append([]Finding{}, i.findings...)
}
