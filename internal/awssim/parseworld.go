package awssim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"time"
)

// ParseWorld reads a World from JSON, one object, and checks it as [New] does. Its errors name every
// field that is wrong, its value, and what is accepted.
func ParseWorld(r io.Reader) (World, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return World{}, fmt.Errorf("read world: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var raw any
	if err := dec.Decode(&raw); err != nil {
		return World{}, fmt.Errorf("world: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return World{}, errors.New("world: more after the JSON object: want one object")
	}
	f := &faults{}
	f.shape("", raw, reflect.TypeFor[World]())
	if len(f.errs) > 0 {
		return World{}, errors.Join(f.errs...)
	}
	dec = json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var w World
	if err := dec.Decode(&w); err != nil {
		return World{}, fmt.Errorf("world: %w", err)
	}
	if _, _, err := settled(w, time.Now()); err != nil {
		return World{}, err
	}
	return w, nil
}

// settled is a copy of a world with its defaults, with what follows from its states, and checked, and
// the types that its instances can have.
func settled(w World, start time.Time) (World, typeTable, error) {
	w = w.clone()
	gone := map[string]bool{}
	for _, i := range w.Instances {
		gone[i.ID] = i.State == terminated
	}
	w.release(gone)
	w.fill(start)
	types := newTypeTable(w.InstanceTypes)
	return w, types, w.validate(types)
}
