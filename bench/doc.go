// Package bench measures the functions as a whole. Benchmarks build them, run them and the reference by turns, and print a
// table. Tests measure in simulated time, and print their figures in the format of benchmarks. `make bench` runs both with
// other packages' benchmarks (cmd/bench, docs/performance.md); one alone:
//
//	go test -run='^$' -bench=ColdStart -benchtime=101x ./bench
//
// A ratio of real times depends on the machine, so a benchmark prints it and no test checks it.
package bench
