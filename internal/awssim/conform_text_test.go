package awssim_test

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// named matches a name in a step's text, and realID an id in a reply.
var (
	named  = regexp.MustCompile(`@[a-z0-9-]+`)
	realID = regexp.MustCompile(`(eni-attach|eni|vol|i|vpc|subnet|r|sir|eipalloc|sg|ami|acl|rtb)-[0-9a-f]{8,}|/change/[A-Z0-9]+`)
)

// outcome is a reply in comparable form: values by field, with "error" for a refusal. An item of a list is identified
// by its subject, since AWS does not promise an order.
type outcome map[string]string

// outcomeOf returns a reply in comparable form. Ids become names, new ids are numbered as they appear, and times and
// tokens lose their values.
func (s *suiteAccount) outcomeOf(reply any, err error) outcome {
	o := outcome{}
	var api smithy.APIError
	var response *awshttp.ResponseError
	switch {
	case err != nil && errors.As(err, &response) && errors.As(err, &api):
		o["error"] = fmt.Sprintf("%s %d", api.ErrorCode(), response.HTTPStatusCode())
	case err != nil && errors.As(err, &response):
		o["error"] = fmt.Sprintf("no error document, status %d", response.HTTPStatusCode())
	case err != nil:
		o["error"] = err.Error()
	default:
		s.flatten(o, "", reflect.ValueOf(reply))
	}
	return o
}

// flatten adds a value and its parts. Empty values are left out, as in XML.
func (s *suiteAccount) flatten(o outcome, path string, v reflect.Value) {
	if v.IsZero() && v.Kind() != reflect.Bool && v.Kind() != reflect.Int32 && v.Kind() != reflect.Int64 {
		return
	}
	if _, is := reflect.TypeAssert[time.Time](v); is {
		o[path] = "a time"
		return
	}
	switch v.Kind() { //nolint:exhaustive // what the SDK's replies are made of
	case reflect.Pointer:
		s.flatten(o, path, v.Elem())
	case reflect.Struct:
		for n := range v.NumField() {
			field := v.Type().Field(n)
			if !field.IsExported() || field.Name == "ResultMetadata" {
				continue
			}
			s.flatten(o, strings.TrimPrefix(path+"."+field.Name, "."), v.Field(n))
		}
	case reflect.Slice:
		items := make([]outcome, v.Len())
		for n := range items {
			items[n] = outcome{}
			s.flatten(items[n], "", v.Index(n))
		}
		o.addItems(path, items)
	default:
		o[path] = s.normal(fmt.Sprint(v.Interface()))
		if strings.HasSuffix(path, "Token") {
			o[path] = "a token"
		}
	}
}

// normal replaces ids by names.
func (s *suiteAccount) normal(text string) string {
	if name, known := s.name[text]; known {
		return name
	}
	if rest, found := strings.CutPrefix(text, "ip-"); found {
		number, domain, _ := strings.Cut(rest, ".")
		if name, known := s.name["ip-"+number]; known {
			return name + "." + domain
		}
	}
	return realID.ReplaceAllStringFunc(text, func(id string) string {
		if name, known := s.name[id]; known {
			return name
		}
		kind := realID.FindStringSubmatch(id)[1]
		if kind == "r" { // a reservation may contain several instances, in moto and in EC2
			return "reservation"
		}
		s.fresh[kind]++
		s.learn(fmt.Sprintf("new %s %d", cmp.Or(kind, "change"), s.fresh[kind]), id)
		return s.name[id]
	})
}

// addItems adds a list. The key of an item is the field with its subject, or else all its fields.
func (o outcome) addItems(path string, items []outcome) {
	for _, item := range items {
		key := item.key()
		o[path+"["+key+"]"] = "there"
		for field, value := range item {
			o[strings.TrimSuffix(path+"["+key+"]."+field, ".")] = value
		}
	}
}

func (o outcome) key() string {
	for _, field := range []string{
		"NetworkInterfaceId", "VolumeId", "InstanceId", "ResourceId", "SubnetId", "VpcId", "InstanceType", "HostedZoneId",
		"PrivateIpAddress", "GroupId", "NetworkCardIndex",
	} {
		if value, has := o[field]; has {
			return strings.TrimSuffix(value+" "+o["Key"], " ")
		}
	}
	for _, field := range []string{"Name", "Key", "Value"} {
		if value, has := o[field]; has {
			return strings.TrimSpace(value + " " + o["Type"] + " " + o["SetIdentifier"])
		}
	}
	for _, field := range slices.Sorted(maps.Keys(o)) { // a reservation
		if name, is := strings.CutPrefix(field, "Instances["); is {
			return "of " + name[:strings.Index(name, "]")]
		}
	}
	return fmt.Sprint(o)
}

// keyed matches the key of a list item in a path. Without keys, a path is the same for all items.
var keyed = regexp.MustCompile(`\[[^\]]*\]`)

// difference is a difference between two replies. A missing field has an empty value.
type difference struct{ step, field, ours, motos string }

func (d difference) String() string {
	return fmt.Sprintf("%s · %s: ours %q, moto's %q", d.step, d.field, d.ours, d.motos)
}

// compare returns the differences of two replies in fields that the simulator fills.
func compare(step string, ours, motos outcome, modelled map[string]bool) (all []difference) {
	if ours["error"] != motos["error"] {
		return []difference{{step, "error", ours["error"], motos["error"]}}
	}
	both := maps.Clone(ours)
	maps.Copy(both, motos)
	for _, field := range slices.Sorted(maps.Keys(both)) {
		if ours[field] != motos[field] && modelled[keyed.ReplaceAllString(field, "[]")] {
			all = append(all, difference{step, field, ours[field], motos[field]})
		}
	}
	return all
}
