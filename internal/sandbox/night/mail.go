package night

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/display"
)

// The texts of the mails, with the paths of their fields in an event's detail, as the input transformers of the template
// have them.
const (
	movedMail  = "Interface <interface> of group <group> moved from <from> to <to>. The event was <trigger.kind>. Further interfaces that it moved: <others>."
	failedMail = "A failover did not succeed. <error>. The event was <trigger.kind>."
)

// mail notes the mail that a person gets of an event, if a rule of the template makes one of it.
func (r *run) mail(e awssim.BusEvent) {
	var detail map[string]any
	if json.Unmarshal(e.Detail, &detail) != nil || detail["first"] != true {
		return
	}
	text := movedMail
	if e.DetailType == "ENI Failover Failed" {
		text = failedMail
	}
	r.note(Entry{Actor: "mail", Text: transform(text, detail), Style: display.Bold})
}

// transform replaces the paths in a text by their values in a detail.
func transform(text string, detail map[string]any) string {
	return regexp.MustCompile(`<[a-z.]+>`).ReplaceAllStringFunc(text, func(path string) string {
		var value any = detail
		for field := range strings.SplitSeq(strings.Trim(path, "<>"), ".") {
			fields, _ := value.(map[string]any)
			value = fields[field]
		}
		return fmt.Sprint(value)
	})
}
