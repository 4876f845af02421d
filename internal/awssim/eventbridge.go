package awssim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// BusEvent is one event that PutEvents has put on a bus, as EventBridge hands it to rules.
type BusEvent struct {
	Bus        string // the bus's name
	ID         string
	Account    string
	Region     string
	Source     string
	DetailType string
	Time       time.Time
	Resources  []string
	Detail     json.RawMessage
}

// MarshalJSON writes the event as a rule's target gets it (EventBridge User Guide, "Event structure").
func (b BusEvent) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{
		"version": "0", "id": b.ID, "source": b.Source, "detail-type": b.DetailType, "time": b.Time.UTC().Format(time.RFC3339),
		"account": b.Account, "region": b.Region, "resources": append([]string{}, b.Resources...), "detail": b.Detail,
	})
}

// BusEvents returns all events that were put so far, in the order of taking effect.
func (s *Sim) BusEvents() []BusEvent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.busEvents)
}

// eventsTarget is what X-Amz-Target begins with in a call of EventBridge.
const eventsTarget = "AWSEvents."

// eventsOperations are the EventBridge actions that there are.
func eventsOperations() map[string]operation {
	return map[string]operation{"PutEvents": {run: putEvents, mutating: true}}
}

// busEntry is an entry of PutEvents on the wire.
type busEntry struct {
	Source, DetailType, Detail, EventBusName string
	Resources                                []string
	Time                                     *float64 // seconds since 1970
}

// decodeEvents reads a request of EventBridge, which is JSON.
func decodeEvents(action string, body []byte) *request {
	req := &request{service: serviceEvents, protocol: protocolJSON, action: action, params: url.Values{}}
	operation, simulated := eventsOperations()[action]
	if !simulated {
		req.operation = refusing(notSimulated(serviceEvents, action))
		return req
	}
	var in struct{ Entries []busEntry }
	if err := json.Unmarshal(body, &in); err != nil {
		req.operation = refusing(refuse("SerializationException", "The request is malformed: %v", err))
		return req
	}
	req.operation, req.entries = operation, in.Entries
	for _, entry := range in.Entries {
		req.params.Add("entry", entry.DetailType+" on "+busName(entry.EventBusName))
	}
	return req
}

// busName is the name in an EventBusName, which may be an ARN or absent.
func busName(nameOrARN string) string {
	if nameOrARN == "" {
		return "default"
	}
	return nameOrARN[strings.LastIndex(nameOrARN, "/")+1:]
}

// The limits of PutEvents (EventBridge API Reference, PutEvents; User Guide, "Calculating PutEvents event entry size").
// The size limit has been raised since; what fits the old one fits.
const (
	maxEntries    = 10
	maxEntryBytes = 256 << 10
)

// size is what an entry counts for: its source, type, detail and resources, and a time if it has one.
func (b busEntry) size() int {
	n := len(b.Source) + len(b.DetailType) + len(b.Detail)
	for _, r := range b.Resources {
		n += len(r)
	}
	if b.Time != nil {
		n += 14
	}
	return n
}

// putEvents answers PutEvents. An entry that is not accepted is in the answer with its error, and the others are
// put all the same. A bus that does not exist takes events, and loses them: EventBridge does not say so
// (aws/aws-cli issue 9186).
func putEvents(e *exchange, out *xmlWriter) *refusal {
	if n := len(e.req.entries); n < 1 || n > maxEntries {
		return refuse("ValidationException", "1 validation error detected: Value at 'entries' failed to satisfy constraint: "+
			"Member must have length between 1 and %d, inclusive", maxEntries)
	}
	total := 0
	for _, entry := range e.req.entries {
		total += entry.size()
		resource := []resource{{arn: "arn:aws:events:" + e.acc.Region + ":" + e.acc.Account + ":event-bus/" + busName(entry.EventBusName)}}
		keys := map[string][]string{"events:source": {entry.Source}, "events:detail-type": {entry.DetailType}}
		if refused := e.accessDenied("events:PutEvents", e.acc.Region, resource, keys); refused != nil {
			refused.code = "AccessDeniedException"
			return refused
		}
	}
	if total > maxEntryBytes {
		return refuse("ValidationException", "Total size of the entries in the request is over the limit.")
	}
	type result struct {
		EventID      string `json:"EventId,omitempty"`
		ErrorCode    string `json:",omitempty"`
		ErrorMessage string `json:",omitempty"`
	}
	answer := struct {
		FailedEntryCount int
		Entries          []result
	}{Entries: []result{}}
	for _, entry := range e.req.entries {
		if code, message := entry.fault(); code != "" {
			answer.FailedEntryCount++
			answer.Entries = append(answer.Entries, result{ErrorCode: code, ErrorMessage: message})
			continue
		}
		id := derivedUUID(fmt.Sprintf("event %d", len(e.sim.busEvents)))
		answer.Entries = append(answer.Entries, result{EventID: id})
		e.sim.busEvents = append(e.sim.busEvents, entry.event(id, e.acc, e.now))
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return &refusal{status: http.StatusInternalServerError, code: "InternalException", message: err.Error()}
	}
	out.buf.Write(text)
	return nil
}

// fault says what is wrong with an entry; empty if nothing is.
func (b busEntry) fault() (code, message string) {
	for _, field := range []struct{ name, value string }{{"Source", b.Source}, {"DetailType", b.DetailType}, {"Detail", b.Detail}} {
		if field.value == "" {
			return "InvalidArgument", fmt.Sprintf("Parameter %s is not valid. Reason: %s is a required argument.", field.name, field.name)
		}
	}
	if strings.HasPrefix(b.Source, "aws.") {
		return "NotAuthorizedForSourceException", "Not authorized for the source."
	}
	if !json.Valid([]byte(b.Detail)) {
		return "MalformedDetail", "Detail is malformed."
	}
	return "", ""
}

// event is what rules get of an accepted entry.
func (b busEntry) event(id string, acc *account, now time.Time) BusEvent {
	at := now
	if b.Time != nil {
		at = time.Unix(0, int64(*b.Time*float64(time.Second)))
	}
	return BusEvent{
		Bus: busName(b.EventBusName), ID: id, Account: acc.Account, Region: acc.Region, Source: b.Source, DetailType: b.DetailType,
		Time: at.UTC().Truncate(time.Second), Resources: b.Resources, Detail: json.RawMessage(b.Detail),
	}
}
