// Package doctest proves that docs/beliefs.md, the table of what this project believes about AWS, is whole and
// points at code that is there. It has tests only.
package doctest
