package deploytest_test

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/testing/mototest"
)

// samArchitecture is AWS's name of a processor.
func samArchitecture(goarch string) string {
	if goarch == "amd64" {
		return "x86_64"
	}
	return goarch
}

// Whatever a person answers in a guided deployment, the functions get the processor that they were built for, and
// the answers are saved in a file that git ignores. The commands are the README's. The account is moto's, which keeps
// what `sam deploy` uploads, but can't make the stack.
func TestGuidedDeployment(t *testing.T) {
	for arch, test := range map[string]struct {
		machine elf.Machine
		answer  string // to every question for a parameter
	}{
		"arm64": {elf.EM_AARCH64, "x86_64"},
		"amd64": {elf.EM_X86_64, "arm64"},
	} {
		t.Run(arch, func(t *testing.T) {
			server := mototest.Start(t)
			template := guidedDeployment(t, server, arch, test.answer)
			plain := renderFile(t, template, deploymentWith())[0]
			deployments := []deployment{deploymentWith(), deploymentWith("ProbeVpc="+vpcID, "ProbeSubnets="+probeSubnets)}
			for parameter := range plain.Parameters {
				deployments = append(deployments, deploymentWith(parameter+"="+test.answer))
			}
			for i, r := range renderFile(t, template, deployments...) {
				if r.Refused == "" {
					checkProcessor(t, server, r.stack, samArchitecture(arch), test.machine)
				} else if i < 2 {
					t.Error(r.Refused)
				}
			}
		})
	}
}

// checkProcessor checks that the functions of a stack are deployed on the processor that their binaries are for.
func checkProcessor(t *testing.T, server *mototest.Server, s stack, architecture string, machine elf.Machine) {
	t.Helper()
	functions := s.ofType("AWS::Lambda::Function")
	want := []string{"AuditFunction", "FailoverFunction"}
	if s.Parameters["ProbeVpc"] != "" {
		want = append(want, "ProbeFunction")
	}
	if diff := cmp.Diff(want, functions); diff != "" {
		t.Errorf("functions (-want +got):\n%s", diff)
	}
	for _, id := range functions {
		if got := machineOf(t, uploadedObject(t, server, s.text(t, id, "Code", "S3Key"))); got != machine {
			t.Errorf("the binary of %s is for %s; want %s", id, got, machine)
		}
		if diff := cmp.Diff(any([]any{architecture}), s.prop(id, "Architectures")); diff != "" {
			t.Errorf("with %v %s is deployed on another processor (-want +got):\n%s", s.Parameters, id, diff)
		}
	}
}

// What docs/deploy.md puts into a bucket for a stack set is the template, with the code in that bucket.
func TestPackageForAStackSet(t *testing.T) {
	server := mototest.Start(t)
	build := filepath.Dir(toolPath(t, builtVariable, runtime.GOARCH+"/template.yaml"))
	makeManagedStack(t, server)
	_, rest, _ := strings.Cut(readFile(t, filepath.Join(root, "docs", "deploy.md")), "<!-- tested: package -->\n")
	fence, _, _ := strings.Cut(strings.TrimPrefix(rest, "   ```\n"), "   ```\n")
	_, commands, found := strings.Cut(fence, "make sam-build\n")
	if !found {
		t.Fatalf("docs/deploy.md does not build before it packages: %q", fence)
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-euc", strings.ReplaceAll(commands, "BUCKET", bucket))
	cmd.Dir = deploymentFolder(t, build)
	cmd.Env = samEnvironment(t, server.Endpoint)
	cmd.Env[0] += ":" + filepath.Dir(awsCLI(t))
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	path := filepath.Join(t.TempDir(), "packaged.yaml")
	if err := os.WriteFile(path, uploadedObject(t, server, "eni-failover/packaged.yaml"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := renderFile(t, path, deploymentWith())[0]
	if got := s.text(t, "FailoverFunction", "Code", "S3Bucket"); got != bucket {
		t.Errorf("the code is in the bucket %s", got)
	}
	if key := s.text(t, "FailoverFunction", "Code", "S3Key"); !strings.HasPrefix(key, "eni-failover/") || len(uploadedObject(t, server, key)) == 0 {
		t.Errorf("the code is at %s", key)
	}
}

const bucket = "artefacts"

// guidedDeployment deploys a build as the README says, and returns the path of the template as it was uploaded.
func guidedDeployment(t *testing.T, server *mototest.Server, arch, answer string) string {
	t.Helper()
	parameters := len(deploy(t).Parameters)
	build := filepath.Dir(toolPath(t, builtVariable, arch+"/template.yaml"))
	makeManagedStack(t, server)
	dir := deploymentFolder(t, build)
	_, commands, found := strings.Cut(readmeFence(t, "deploy"), "make sam-build\n")
	if !found {
		t.Fatal("README.md does not build before it deploys")
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-c", commands)
	cmd.Dir = dir
	// The stack's name and the Region, the parameters, and further questions.
	cmd.Stdin = strings.NewReader("\n\n" + strings.Repeat(answer+"\n", parameters) + strings.Repeat("\n", 20))
	cmd.Env = samEnvironment(t, server.Endpoint)
	output, _ := cmd.CombinedOutput() // moto can't make the stack
	if diff := cmp.Diff(readFile(t, filepath.Join(root, "samconfig.toml")), readFile(t, filepath.Join(dir, "samconfig.toml"))); diff != "" {
		t.Errorf("the deployment changed a file that git keeps: %s\n%s", diff, output)
	}
	if saved := readFile(t, filepath.Join(dir, "deploy.toml")); !strings.Contains(saved, `AlertEmail=\"`+answer+`\"`) {
		t.Errorf("deploy.toml has not the answers:\n%s\n%s", saved, output)
	}
	key := regexp.MustCompile(`Uploading to (\S+\.template)`).FindSubmatch(output)
	if key == nil {
		t.Fatalf("no template was uploaded:\n%s", output)
	}
	path := filepath.Join(t.TempDir(), "template.yaml")
	if err := os.WriteFile(path, uploadedObject(t, server, string(key[1])), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// deploymentFolder makes a folder that has what a deployment needs of the repository.
func deploymentFolder(t *testing.T, build string) string {
	t.Helper()
	dir, repository := t.TempDir(), absolute(t, root)
	into := filepath.Join(dir, ".aws-sam", "build")
	if err := os.MkdirAll(into, 0o700); err != nil {
		t.Fatal(err)
	}
	// SAM makes these paths relative to the build.
	pages := regexp.MustCompile(`(?m)^(    (?:LicenseUrl|ReadmeUrl): ).*?([A-Za-z.]+)$`)
	template := pages.ReplaceAllString(readFile(t, filepath.Join(build, "template.yaml")), "${1}"+repository+"/${2}")
	for path, text := range map[string]string{
		filepath.Join(into, "template.yaml"): template, filepath.Join(dir, "samconfig.toml"): readFile(t, filepath.Join(root, "samconfig.toml")),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, function := range []string{"FailoverFunction", "AuditFunction", "ProbeFunction"} {
		if err := os.Symlink(absolute(t, filepath.Join(build, function)), filepath.Join(into, function)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// samEnvironment is an environment in which the SAM CLI talks to the endpoint only.
func samEnvironment(t *testing.T, endpoint string) []string {
	t.Helper()
	return []string{
		"PATH=" + filepath.Dir(absolute(t, toolPath(t, samVariable, "bin/sam"))) + ":" + os.Getenv("PATH"), "HOME=" + t.TempDir(),
		"SAM_CLI_TELEMETRY=0", "LC_ALL=C.UTF-8", "AWS_ENDPOINT_URL=" + endpoint, "AWS_DEFAULT_REGION=" + region,
		"AWS_ACCESS_KEY_ID=sandbox", "AWS_SECRET_ACCESS_KEY=sandbox", "AWS_EC2_METADATA_DISABLED=true",
	}
}

// makeManagedStack makes the stack with the bucket that `sam deploy` uploads to, in place of SAM: moto ignores the tags
// in SAM's change set, and SAM looks for them afterwards.
func makeManagedStack(t *testing.T, server *mototest.Server) {
	t.Helper()
	form := url.Values{
		"Action": {"CreateStack"}, "Version": {"2010-05-15"}, "StackName": {"aws-sam-cli-managed-default"},
		"Tags.member.1.Key": {"ManagedStackSource"}, "Tags.member.1.Value": {"AwsSamCli"},
		"TemplateBody": {toJSON(map[string]any{
			"Resources": map[string]any{"Bucket": map[string]any{"Type": "AWS::S3::Bucket", "Properties": map[string]any{"BucketName": bucket}}},
			"Outputs":   map[string]any{"SourceBucket": map[string]any{"Value": bucket}},
		})},
	}
	sendToMoto(t, server, http.MethodPost, "/", "cloudformation", form.Encode())
}

// uploadedObject is what was uploaded under a key.
func uploadedObject(t *testing.T, server *mototest.Server, key string) []byte {
	t.Helper()
	return sendToMoto(t, server, http.MethodGet, "/"+bucket+"/"+key, "s3", "")
}

// sendToMoto sends a request to a service in moto, which reads the service from the signature, and does not check it.
func sendToMoto(t *testing.T, server *mototest.Server, method, path, service, form string) []byte {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, server.Endpoint+path, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Authorization", fmt.Sprintf(
		"AWS4-HMAC-SHA256 Credential=sandbox/20261123/%s/%s/aws4_request, SignedHeaders=host, Signature=0", region, service))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s %v\n%s", method, path, response.Status, err, body)
	}
	return body
}

// machineOf is the processor that the binary in a function's zip is for.
func machineOf(t *testing.T, archive []byte) elf.Machine {
	t.Helper()
	files, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	file, err := files.Open("bootstrap")
	if err != nil {
		t.Fatal(err)
	}
	binary, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.NewFile(bytes.NewReader(binary))
	if err != nil {
		t.Fatal(err)
	}
	return f.Machine
}
