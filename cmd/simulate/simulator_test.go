package main

import "testing"

// The line that sums up is found between the output of the failing seeds.
func TestLastTally(t *testing.T) {
	tally, rest := lastTally([]byte("seed 7: a rule\n{\"seeds\":3,\"failed\":1,\"hash\":\"0a\"}\nPASS\n"))
	if tally.Seeds != 3 || tally.Failed != 1 || tally.Hash != "0a" || string(rest) != "seed 7: a rule\nPASS\n" {
		t.Errorf("%+v, rest %q", tally, rest)
	}
}

// Every seed is run once, with any number of processors.
func TestPartsCoverTheSeeds(t *testing.T) {
	for _, s := range []simulator{
		{processes: 2, seeds: 1, from: 1},
		{processes: 2, seeds: 7, from: 5},
		{processes: 3, seeds: 1000, from: 1},
		{processes: 2, seeds: 2*maxPartSeeds + 1, from: 9},
		{processes: 64, seeds: 1_000_000, from: 1},
	} {
		next := s.from
		for _, p := range s.parts() {
			if p.from != next || p.seeds < 1 || p.seeds > maxPartSeeds {
				t.Errorf("%+v: %d seeds from %d; want from %d, at most %d", s, p.seeds, p.from, next, maxPartSeeds)
			}
			next = p.from + uint64(p.seeds)
		}
		if next != s.from+uint64(s.seeds) {
			t.Errorf("%+v ends before %d", s, next)
		}
	}
}
