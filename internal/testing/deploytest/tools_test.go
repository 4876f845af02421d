package deploytest_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Environment variables with the tools' folders; see the package's comment.
const (
	samVariable        = "ENI_FAILOVER_SAM"
	rulerVariable      = "ENI_FAILOVER_RULER"
	builtVariable      = "ENI_FAILOVER_BUILT"
	cliVariable        = "ENI_FAILOVER_AWSCLI"
	cdkVariable        = "ENI_FAILOVER_CDK"
	prometheusVariable = "ENI_FAILOVER_PROMETHEUS"
	providerVariable   = "ENI_FAILOVER_TERRAFORM_AWS"
	requireVariable    = "ENI_FAILOVER_REQUIRE_DEPLOY"
)

// root is the repository's folder, relative to this package.
const root = "../../.."

// toolPath returns the path of a file in the folder that an environment variable names. With -short the test is
// skipped. Without the file it is skipped, or fails where the tools are required.
func toolPath(tb testing.TB, variable, file string) string {
	tb.Helper()
	if testing.Short() {
		tb.Skipf("-short: it runs %s", file)
	}
	path := filepath.Join(os.Getenv(variable), file)
	_, err := os.Stat(path)
	switch {
	case os.Getenv(variable) != "" && err == nil:
		return path
	case os.Getenv(requireVariable) == "1":
		tb.Fatalf("%s=1, but %s=%q has no %s", requireVariable, variable, os.Getenv(variable), file)
	default:
		tb.Skipf("%s=%q has no %s", variable, os.Getenv(variable), file)
	}
	return ""
}

// runCommand runs a command, and returns its standard output and its standard error.
func runCommand(tb testing.TB, stdin []byte, name string, args ...string) (stdout, stderr []byte, err error) {
	tb.Helper()
	var out, bad bytes.Buffer
	cmd := exec.CommandContext(tb.Context(), name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &out, &bad
	err = cmd.Run()
	return out.Bytes(), bad.Bytes(), err
}

func readFile(tb testing.TB, path string) string {
	tb.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}
