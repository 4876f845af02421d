package probetag_test

import (
	"fmt"

	"github.com/eni-failover/eni-failover/internal/probe/probetag"
)

func ExampleParse() {
	p, err := probetag.Parse("tcp:5432 for:10s")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Checks, "down after", p.For)

	_, err = probetag.Parse("tcp:70000")
	fmt.Println(err)
	// Output:
	// [tcp:5432] down after 10s
	// tcp is "70000"; accepted: a port from 1 to 65535
}
