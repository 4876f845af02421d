package lambdatest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
)

// AsDeployedVariable is the environment variable that has Build build as for a deployment, if it is 1.
const AsDeployedVariable = "ENI_FAILOVER_AS_DEPLOYED"

// builds holds, by what is built and how, a func() (string, error) that builds once.
var builds sync.Map //nolint:gochecknoglobals // a build is meant to outlive the test that asked for it first

// Build builds a main package and returns the path of the binary. The package is named as for `go build`, by its
// import path or relative to the test's directory. All tests of one test binary share one build. With -short the
// test is skipped: the build and the process take seconds.
//
// It is built as the test itself is: the SDK takes minutes to compile, once for each way of building. Under
// [AsDeployedVariable] it is built as it is deployed.
func Build(tb testing.TB, pkg string) string {
	tb.Helper()
	if testing.Short() {
		tb.Skip("-short: it runs the built " + pkg)
	}
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	how, err := wayOfBuilding()
	if err != nil {
		tb.Fatal(err)
	}
	build, _ := builds.LoadOrStore(fmt.Sprint(dir, pkg, how), sync.OnceValues(func() (string, error) { return how.build(dir, pkg) }))
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

// way is what decides which compiled packages a build can take from the cache. Tags and the linker's flags count
// for the packages that they change only.
type way struct {
	cgo   string   // CGO_ENABLED
	flags []string // of `go build`
}

// wayOfBuilding is the deployment's, as .ci/package has it, or that of the running test.
func wayOfBuilding() (way, error) {
	if os.Getenv(AsDeployedVariable) == "1" {
		return way{cgo: "0", flags: []string{"-trimpath=true"}}, nil
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return way{}, errors.New("the test does not know how it was built")
	}
	var w way
	for _, setting := range info.Settings {
		switch setting.Key {
		case "CGO_ENABLED":
			w.cgo = setting.Value
		case "-race", "-trimpath":
			w.flags = append(w.flags, setting.Key+"="+setting.Value)
		}
	}
	return w, nil
}

// build puts the binary beside the running test's own, in the work directory that `go test` removes when
// the test is over: t.TempDir would end with the first test that builds.
func (w way) build(dir, pkg string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("build %s: %w", pkg, err)
	}
	out, err := os.MkdirTemp(filepath.Dir(self), "lambdatest-")
	if err != nil {
		return "", fmt.Errorf("build %s: %w", pkg, err)
	}
	binary := filepath.Join(out, "bootstrap")
	args := append([]string{"build", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", binary}, w.flags...)
	if _, err := w.goCommand(dir, append(args, pkg)...); err != nil {
		return "", err
	}
	return binary, w.dependOnSources(dir, pkg)
}

// dependOnSources looks at the sources that the binary is made of. `go test` notes which files of the
// module a test has looked at and takes a result from its cache only while they are unchanged; without
// this, a test of the binary would pass from the cache after a change to a package that the test itself
// does not import.
func (w way) dependOnSources(dir, pkg string) error {
	const files = `{{with .Module}}{{if .Main}}{{$.Dir}}{{range $.GoFiles}}{{"\n"}}{{$.Dir}}/{{.}}{{end}}{{end}}{{end}}`
	list, err := w.goCommand(dir, "list", "-deps", "-tags", "lambda.norpc", "-f", files, pkg)
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

// goCommand runs the go command. GOFLAGS gets a harmless value rather than none, which would leave the one of
// `go env -w` in force: a test run may carry -cover there, and the binary must not.
func (w way) goCommand(dir string, args ...string) (stdout string, err error) {
	cmd := exec.Command("go", args...) //nolint:noctx // a build that the test's end cuts off would fail the next test too
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED="+w.cgo, "GOFLAGS=-buildvcs=false")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return string(out), nil
}
