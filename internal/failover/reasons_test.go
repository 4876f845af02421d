package failover

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/step"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// constants reads the values of a type's constants from the source of a package, a list for each block of them. An empty
// value, which stands for none, is left out.
func constants(t *testing.T, dir, typeName string) [][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var blocks [][]string
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			if block := valuesOf(decl, typeName); len(block) > 0 {
				blocks = append(blocks, block)
			}
		}
	}
	return blocks
}

// valuesOf returns the values of the constants of a type that a declaration makes.
func valuesOf(decl ast.Decl, typeName string) []string {
	block, ok := decl.(*ast.GenDecl)
	if !ok || block.Tok != token.CONST {
		return nil
	}
	var values []string
	for _, spec := range block.Specs {
		constant, ok := spec.(*ast.ValueSpec)
		if !ok || len(constant.Values) != 1 {
			continue
		}
		of, ok := constant.Type.(*ast.Ident)
		literal, isLiteral := constant.Values[0].(*ast.BasicLit)
		if !ok || of.Name != typeName || !isLiteral {
			continue
		}
		if value, err := strconv.Unquote(literal.Value); err == nil && value != "" {
			values = append(values, value)
		}
	}
	return values
}

// allReasons are the reasons of the code.
func allReasons(t *testing.T) []plan.Reason {
	t.Helper()
	var list []plan.Reason
	for _, value := range slices.Concat(constants(t, "plan", "Reason")...) {
		list = append(list, plan.Reason(value))
	}
	if len(list) < 40 {
		t.Fatalf("the source has only the reasons %q", list)
	}
	return list
}

// TestEveryReasonHasANextStep: it is in one line, begins with what to do, and names candidates only where there are some.
func TestEveryReasonHasANextStep(t *testing.T) {
	verbs := []string{
		"add", "allow", "correct", "create", "decide", "detach", "find", "launch", "look", "move", "name", "nothing", "remove", "repair",
		"return", "see", "send", "start",
	}
	candidatesRefused := []plan.Reason{plan.ReasonReturned, plan.ReasonNotOnTarget, plan.ReasonRefused}
	for _, reason := range allReasons(t) {
		next := nextStepFor(reason)
		verb := regexp.MustCompile(`^[a-z]+`).FindString(next)
		if next == nextStepFor("") || !slices.Contains(verbs, verb) || strings.ContainsAny(next, "\n|") {
			t.Errorf("%s: next: %q; want what to do, in one line", reason, next)
		}
		if strings.Contains(next, "see the candidates") && !slices.Contains(candidatesRefused, reason) {
			t.Errorf("%s: next: %q; there are no candidates to see", reason, next)
		}
		i := interfaceResult{
			item:   plan.Item{Interface: inventory.Interface{ID: "eni-1", Group: "db"}, From: "i-1"},
			Result: step.Result{Outcome: plan.OutcomeFailed, Reason: reason, Detail: "because"},
		}
		if line := i.line(); strings.Count(line, "; next: ") != 1 || strings.Contains(line, "\n") {
			t.Errorf("%s: %q; want one next step", reason, line)
		}
	}
}

// TestProposedRequests: what a next step tells a person to send can be sent as it is.
func TestProposedRequests(t *testing.T) {
	const eni, holder = "eni-0a1b2c3d4e5f60001", "i-0a1b2c3d4e5f60001"
	proposals := 0
	for _, reason := range allReasons(t) {
		for _, where := range []inventory.Status{inventory.StatusAttached, inventory.StatusDetaching} {
			i := interfaceResult{
				item:   plan.Item{Interface: inventory.Interface{ID: eni, Group: "db"}, From: holder},
				Result: step.Result{Outcome: plan.OutcomeFailed, Reason: reason, To: holder, Attachment: "eni-attach-1", Where: string(where)},
			}
			request := regexp.MustCompile(`\{.*\}`).FindString(i.nextStep())
			if request == "" {
				continue
			}
			proposals++
			if got, err := trigger.Parse([]byte(request)); err != nil || got.Kind != trigger.KindManual || got.Interface != eni || got.From != holder {
				t.Errorf("%s: %s: %+v, %v", reason, request, got, err)
			}
		}
	}
	if proposals < 3 {
		t.Errorf("%d requests are proposed; want those after the cool-down and of a detach that hangs", proposals)
	}
}

// codesPage is what people read about the codes.
var codesPage = filepath.Join("..", "..", "docs", "reasons.md")

// TestCodesAreDocumented has each code in one row of its table on the page, in the order of the code, and no other code.
// The next step of a reason is the one of the errors.
func TestCodesAreDocumented(t *testing.T) {
	page, err := os.ReadFile(codesPage)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{}
	expect := func(headings []string, dir, typeName string) {
		blocks := constants(t, dir, typeName)
		if len(blocks) != len(headings) {
			t.Fatalf("package %s has %d blocks of type %s; the page has the chapters %q", dir, len(blocks), typeName, headings)
		}
		for n, heading := range headings {
			want[heading] = blocks[n]
		}
	}
	reasons := []string{"Why an instance can't take an interface", "Why an event or an interface is left alone", "Why a move failed"}
	expect([]string{"Outcomes"}, "plan", "Outcome")
	expect(reasons, "plan", "Reason")
	expect([]string{"The states of a record"}, "record", "State")
	expect([]string{"Why a record is unverified"}, "record", "Cause")
	expect([]string{"Calls that failed"}, "fault", "Class")

	got := map[string][]string{}
	heading := ""
	for line := range strings.Lines(string(page)) {
		if strings.HasPrefix(line, "#") {
			heading = strings.Trim(line, "# \n")
		}
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "| \n"), " | ")
		if len(cells) != 3 || cells[1] == "" {
			t.Errorf("row %q; want the code, its meaning and a third cell", line)
			continue
		}
		code := strings.Trim(cells[0], "`")
		got[heading] = append(got[heading], code)
		if next := strings.ReplaceAll(cells[2], "`", ""); slices.Contains(reasons, heading) && next != nextStepFor(plan.Reason(code)) {
			t.Errorf("%s: the page says %q, an error says %q", code, next, nextStepFor(plan.Reason(code)))
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-code +page):\n%s", codesPage, d)
	}
}
