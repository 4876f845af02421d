package lambdatest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
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
	if _, err := goCommand(dir, "build", "-trimpath", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", binary, pkg); err != nil {
		return "", err
	}
	return binary, dependOnSources(dir, pkg)
}

// dependOnSources looks at the sources that the binary is made of. `go test` notes which files of the
// module a test has looked at and takes a result from its cache only while they are unchanged; without
// this, a test of the binary would pass from the cache after a change to a package that the test itself
// does not import.
func dependOnSources(dir, pkg string) error {
	const files = `{{with .Module}}{{if .Main}}{{$.Dir}}{{range $.GoFiles}}{{"\n"}}{{$.Dir}}/{{.}}{{end}}{{end}}{{end}}`
	list, err := goCommand(dir, "list", "-deps", "-tags", "lambda.norpc", "-f", files, pkg)
	if err != nil {
		return err
	}
	for path := range strings.SplitSeq(strings.TrimSpace(list), "\n") {
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("build %s: %w", pkg, err)
		}
	}
	return nil
}

// goCommand runs the go command under the deployment's environment. GOFLAGS gets a harmless value
// rather than none, which would leave the one of `go env -w` in force: a test run may carry -race or
// -cover there, and the binary must not.
func goCommand(dir string, args ...string) (stdout string, err error) {
	cmd := exec.Command("go", args...) //nolint:noctx // a build that the test's end cuts off would fail the next test too
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return string(out), nil
}
