package lambdarun

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Build builds a main package with the deployment's flags into the file binary. The package is named as for
// `go build`, by its import path or relative to dir.
func Build(ctx context.Context, dir, pkg, binary string) error {
	_, err := goCommand(ctx, dir, "build", "-trimpath", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", binary, pkg)
	return err
}

// Sources lists the files of this module that the binary of a package is made of.
func Sources(ctx context.Context, dir, pkg string) ([]string, error) {
	const files = `{{with .Module}}{{if .Main}}{{$.Dir}}{{range $.GoFiles}}{{"\n"}}{{$.Dir}}/{{.}}{{end}}{{end}}{{end}}`
	list, err := goCommand(ctx, dir, "list", "-deps", "-tags", "lambda.norpc", "-f", files, pkg)
	if err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimSpace(list), "\n"), nil
}

// goCommand runs the go command under the deployment's environment. GOFLAGS gets a harmless value rather than
// none, which would leave the one of `go env -w` in force: a caller's may carry -race or -cover, and the binary
// must not.
func goCommand(ctx context.Context, dir string, args ...string) (stdout string, err error) {
	cmd := exec.CommandContext(ctx, "go", args...)
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
