package lambdatest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/eni-failover/eni-failover/internal/lambdarun"
)

// builds holds, by directory and package, a func() (string, error) that builds once.
var builds sync.Map //nolint:gochecknoglobals // a build is meant to outlive the test that asked for it first

// Build builds a main package as it is deployed and returns the path of the binary. The package is named
// as for `go build`, by its import path or relative to the test's directory. All tests of one test binary
// share one build.
func Build(tb testing.TB, pkg string) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	build, _ := builds.LoadOrStore(dir+"\n"+pkg, sync.OnceValues(func() (string, error) { return build(dir, pkg) }))
	once, ok := build.(func() (string, error))
	if !ok {
		tb.Fatalf("build %s: the cache holds a %T", pkg, build)
	}
	binary, err := once()
	if err != nil {
		tb.Fatal(err)
	}
	return binary
}

// build puts the binary beside the running test's own, in the work directory that `go test` removes when
// the test is over: t.TempDir would end with the first test that builds.
func build(dir, pkg string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("build %s: %w", pkg, err)
	}
	out, err := os.MkdirTemp(filepath.Dir(self), "lambdatest-")
	if err != nil {
		return "", fmt.Errorf("build %s: %w", pkg, err)
	}
	binary := filepath.Join(out, "bootstrap")
	ctx := context.Background() // a build that the test's end cuts off would fail the next test too
	if err := lambdarun.Build(ctx, dir, pkg, binary); err != nil {
		return "", err
	}
	return binary, dependOnSources(ctx, dir, pkg)
}

// dependOnSources looks at the sources that the binary is made of. `go test` notes which files of the
// module a test has looked at and takes a result from its cache only while they are unchanged; without
// this, a test of the binary would pass from the cache after a change to a package that the test itself
// does not import.
func dependOnSources(ctx context.Context, dir, pkg string) error {
	files, err := lambdarun.Sources(ctx, dir, pkg)
	if err != nil {
		return err
	}
	for _, path := range files {
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("build %s: %w", pkg, err)
		}
	}
	return nil
}
