// Package verdict decides what a run of the probe found: which targets are down, whether that counts, and whether the
// prober itself is cut off. The order:
//
//	input → Run (Asked, Ended, WitnessHeard …) → Ready → Event
//
// It is pure: instants are arguments, and no code in it asks, waits or reads a clock. Package ask asks, and package
// probe has the loop.
package verdict
