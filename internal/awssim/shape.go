package awssim

import (
	"encoding"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// shape compares a decoded JSON value with the Go type of its field, and names what does not fit by its path.
// encoding/json stops at the first fault and does not name the element of a list.
func (f *problems) shape(path string, value any, t reflect.Type) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if text, is := reflect.TypeAssert[encoding.TextUnmarshaler](reflect.New(t)); is {
		f.textShape(path, value, t, text)
		return
	}
	if t == reflect.TypeFor[json.RawMessage]() {
		if _, is := value.(map[string]any); !is {
			f.add(path, value, "want an object")
		}
		return
	}
	switch t.Kind() { //nolint:exhaustive // a World has only these kinds
	case reflect.Struct:
		f.objectShape(path, value, fieldTypes(t))
	case reflect.Map:
		f.mapShape(path, value, t.Elem())
	case reflect.Slice:
		f.listShape(path, value, t.Elem())
	case reflect.String:
		if _, is := value.(string); !is {
			f.add(path, value, "want a string")
		}
	case reflect.Bool:
		if _, is := value.(bool); !is {
			f.add(path, value, "want true or false")
		}
	default: // a World's numbers are integers
		number, is := value.(json.Number)
		if _, err := strconv.ParseInt(number.String(), 10, 64); !is || err != nil {
			f.add(path, value, "want an integer")
		}
	}
}

func (f *problems) textShape(path string, value any, t reflect.Type, into encoding.TextUnmarshaler) {
	text, is := value.(string)
	if !is || into.UnmarshalText([]byte(text)) != nil {
		f.add(path, value, "%s", map[reflect.Type]string{
			reflect.TypeFor[Duration]():  `want a duration that is not negative, in quotes, such as "500ms", "2s" or "1m30s"`,
			reflect.TypeFor[time.Time](): `want a time as in RFC 3339, such as "2026-11-23T10:00:00Z"`,
		}[t])
	}
}

func (f *problems) objectShape(path string, value any, fields map[string]reflect.Type) {
	object, is := value.(map[string]any)
	if !is {
		f.add(path, value, "want an object {…} with fields of %s", strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
		return
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		t, known := fields[name]
		if !known {
			f.add(fieldPath(path, name), object[name], "unknown field: want one of %s",
				strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
			continue
		}
		f.shape(fieldPath(path, name), object[name], t)
	}
}

func (f *problems) mapShape(path string, value any, t reflect.Type) {
	object, is := value.(map[string]any)
	if !is {
		f.add(path, value, `want an object of names with their values, such as {"Name": "db-1"}`)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		f.shape(fieldPath(path, name), object[name], t)
	}
}

func (f *problems) listShape(path string, value any, t reflect.Type) {
	list, is := value.([]any)
	if !is {
		f.add(path, value, "want a list […]")
		return
	}
	for n, element := range list {
		f.shape(path+"["+strconv.Itoa(n)+"]", element, t)
	}
}

// fieldTypes returns the types of a struct's fields by their JSON names.
func fieldTypes(t reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for field := range t.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		fields[name] = field.Type
	}
	return fields
}

func fieldPath(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
