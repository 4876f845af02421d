// Package doctest proves that two pages agree with the code: docs/beliefs.md, the table of what this project believes
// about AWS, and docs/architecture.md, the tables of its packages. It has tests only.
package doctest
