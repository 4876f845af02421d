// Package doctest tests docs/beliefs.md, the table of what this project believes about AWS: its rows are complete, and the
// code that they name exists. It has tests only.
package doctest
