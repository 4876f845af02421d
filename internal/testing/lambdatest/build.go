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

// AsDeployedVariable is the environment variable that makes Build build as for a deployment, if it is 1.
const AsDeployedVariable = "ENI_FAILOVER_AS_DEPLOYED"

// builds has a func() (string, error) that builds once, for each package and way.
var builds sync.Map //nolint:gochecknoglobals // a build is meant to outlive the test that asked for it first

// Build builds a main package and returns the path of the binary. The package is named as for `go build`, by its
// import path or relative to the test's directory. All tests of one test binary share one build. With -short the
// test is skipped: the build and the process take seconds.
//
// The build uses the test's own flags, because each other set of flags would compile the SDK again, which takes minutes.
// With [AsDeployedVariable] it uses the flags of a deployment.
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

// way is the part of a build's flags that decides which compiled packages it can take from the cache. Tags and the
// linker's flags are not in it: they affect only the packages that they change.
type way struct {
	cgo   string   // CGO_ENABLED
	flags []string // of `go build`
}

// wayOfBuilding is that of a deployment, as in .ci/package, or that of the running test.
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

// build writes the binary beside the running test's own, in the work directory that `go test` removes at the end.
// t.TempDir would be removed at the end of the first test that builds.
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

// dependOnSources reads the status of the binary's source files. `go test` records which files of the module a test
// has used, and takes a result from its cache only while they are unchanged. Without this, a test of the binary would
// pass from the cache after a change to a package that the test itself does not import.
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

// goCommand runs the go command. It sets GOFLAGS to a harmless value, since without one the value of `go env -w` applies:
// a test run may have -cover there, and the binary must not have it.
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
