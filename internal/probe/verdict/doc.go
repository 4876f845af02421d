// Package verdict decides what a run of the probe found: which targets are down, whether that counts, and whether it
// is the prober itself that is cut off. The order of things:
//
//	input → Run (Asked, Met, WitnessHeard …) → Ready → Event
//
// It is pure: instants come in as data, and nothing in it asks, waits or reads a clock. Package ask asks, and package
// probe is the loop between the two.
package verdict
