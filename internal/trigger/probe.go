package trigger

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/eni-failover/eni-failover/internal/ident"
)

// ProbedInterface is what a probe's or a monitor's event says of one interface.
type ProbedInterface struct {
	Interface string
	// Attachment is the attachment that was asked. It is empty if a monitor does not know it: the event is then about the
	// attachment at its time.
	Attachment string
	// Instance is the holder at that time; empty if the event does not name it.
	Instance string
	// Check is what was asked, like tcp:5432, and Evidence what the last question met, like timeout. Both may be empty.
	Check, Evidence string
	// Since is the time of the first question without an answer, and ReachedAt that of an answer; zero if unknown.
	Since, ReachedAt time.Time
	// Unconfirmed reports whether the silence may be the prober's own trouble.
	Unconfirmed bool
	// Witness is the address whose answer confirmed the silence; invalid if there is none.
	Witness netip.Addr
}

// FindProbed returns what a list says of an interface; the zero value if the interface is not in it.
func FindProbed(list []ProbedInterface, id string) ProbedInterface {
	if n := slices.IndexFunc(list, func(p ProbedInterface) bool { return p.Interface == id }); n >= 0 {
		return list[n]
	}
	return ProbedInterface{}
}

// NameAttachments reports whether each interface of a list names its attachment. Then a verdict needs no time: it can't be
// taken for one about a later attachment, however often it is delivered.
func NameAttachments(list []ProbedInterface) bool {
	return !slices.ContainsFunc(list, func(p ProbedInterface) bool { return p.Attachment == "" })
}

// probeExtras are fields of a result that the probe adds for people. Nothing depends on them.
func probeExtras() []string {
	return []string{"asked", "answered", "isolated", "down", "omitted"}
}

// decodeUnreachable reads a probe's verdict, or a monitor's.
func decodeUnreachable(t *Trigger, detail json.RawMessage) error {
	t.Kind = KindUnreachable
	o, err := decodeObject("detail", detail)
	if err != nil {
		return err
	}
	if err := o.only(append([]string{"interfaces", "rest", "reached"}, probeExtras()...)...); err != nil {
		return err
	}
	if t.Unanswered, err = o.probed("interfaces", 1, readUnreachable); err != nil {
		return err
	}
	if t.Time.IsZero() && !NameAttachments(t.Unanswered) {
		return &BadInputError{Field: "time", Accepted: acceptedTime + ", or an attachmentId for each interface"}
	}
	if o.has("rest") {
		t.Rest = o.fields["rest"]
	}
	// A run ends with its first verdict, so that another target's first answer may be in the same result.
	if o.has("reached") {
		t.Answered, err = o.probed("reached", 0, readReached)
	}
	return err
}

// decodeReached reads which attachments the probe has been answered on.
func decodeReached(t *Trigger, detail json.RawMessage) error {
	t.Kind = KindReached
	o, err := decodeObject("detail", detail)
	if err != nil {
		return err
	}
	if err := o.only(append([]string{"interfaces"}, probeExtras()...)...); err != nil {
		return err
	}
	t.Answered, err = o.probed("interfaces", 1, readReached)
	return err
}

// probed reads a list of at least n interfaces, each by read.
func (o object) probed(field string, n int, read func(object) (ProbedInterface, error)) ([]ProbedInterface, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(o.fields[field], &raw); err != nil || len(raw) < n {
		return nil, o.bad(field, fmt.Sprintf("a list of %d or more interfaces", n))
	}
	var list []ProbedInterface
	seen := map[string]bool{}
	for n := range raw {
		entry, err := decodeObject(fmt.Sprintf("%s[%d]", o.name(field), n), raw[n])
		if err != nil {
			return nil, err
		}
		p, err := read(entry)
		if err != nil {
			return nil, err
		}
		if seen[p.Interface] {
			return nil, entry.bad("networkInterfaceId", "each interface once")
		}
		seen[p.Interface] = true
		list = append(list, p)
	}
	return list, nil
}

// readUnreachable reads one interface that does not answer. Only its id is required: a monitor may know no more.
func readUnreachable(o object) (ProbedInterface, error) {
	p := ProbedInterface{}
	err := o.only("networkInterfaceId", "attachmentId", "instanceId", "check", "evidence", "since", "reachedAt", "confirmed", "witness")
	if err != nil {
		return p, err
	}
	if p.Interface, err = o.checked("networkInterfaceId", ident.ValidInterfaceID, ident.AcceptedInterfaceID); err != nil {
		return p, err
	}
	if p.Attachment, err = o.optional("attachmentId", ident.ValidAttachmentID, ident.AcceptedAttachmentID); err != nil {
		return p, err
	}
	if p.Instance, err = o.optional("instanceId", ident.ValidInstanceID, ident.AcceptedInstanceID); err != nil {
		return p, err
	}
	if p.Check, err = o.optional("check", printableText, acceptedText); err != nil {
		return p, err
	}
	if p.Evidence, err = o.optional("evidence", printableText, acceptedText); err != nil {
		return p, err
	}
	if p.Since, err = o.instant("since"); err != nil {
		return p, err
	}
	if p.ReachedAt, err = o.instant("reachedAt"); err != nil {
		return p, err
	}
	return p, o.readConfirmation(&p)
}

// readConfirmation reads whether a verdict is confirmed, and by which witness. A monitor that does not say so is sure.
func (o object) readConfirmation(p *ProbedInterface) error {
	if o.has("confirmed") {
		confirmed, err := o.flag("confirmed")
		if err != nil {
			return err
		}
		p.Unconfirmed = !confirmed
	}
	witness, err := o.optional("witness", validAddress, "an address, like 10.0.1.21 or 2001:db8::21")
	if err == nil && witness != "" {
		p.Witness, err = netip.ParseAddr(witness)
	}
	return err
}

// readReached reads one interface that has answered.
func readReached(o object) (ProbedInterface, error) {
	p := ProbedInterface{}
	err := o.only("networkInterfaceId", "attachmentId", "reachedAt")
	if err != nil {
		return p, err
	}
	if p.Interface, err = o.checked("networkInterfaceId", ident.ValidInterfaceID, ident.AcceptedInterfaceID); err != nil {
		return p, err
	}
	if p.Attachment, err = o.checked("attachmentId", ident.ValidAttachmentID, ident.AcceptedAttachmentID); err != nil {
		return p, err
	}
	p.ReachedAt, err = o.instant("reachedAt")
	return p, err
}

// instant reads a time; a missing one is zero.
func (o object) instant(field string) (time.Time, error) {
	if !o.has(field) {
		return time.Time{}, nil
	}
	s, err := o.text(field)
	if err != nil {
		return time.Time{}, o.bad(field, acceptedTime)
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.IsZero() {
		return time.Time{}, o.bad(field, acceptedTime)
	}
	return t, nil
}

const acceptedText = "a text of 1 to 256 printable characters"

// printableText accepts what a tag may hold (EC2 User Guide, "Tag your Amazon EC2 resources"): a check is part of one.
func printableText(s string) bool {
	return s != "" && utf8.RuneCountInString(s) <= 256 &&
		!strings.ContainsFunc(s, func(r rune) bool { return r == utf8.RuneError || !strconv.IsPrint(r) })
}

func validAddress(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Zone() == ""
}
