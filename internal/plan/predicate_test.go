package plan

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// TestEveryRefusalIsExplained: a person reads a sentence about each refused candidate, so every reason of the first group of
// constants has one. An index is refused by EC2 during a move, and a member that the request did not name needs no remedy.
func TestEveryRefusalIsExplained(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	unexplained := []Reason{ReasonNoIndex, ReasonNotTheTarget}
	group, ok := file.Decls[1].(*ast.GenDecl)
	if !ok || group.Tok != token.CONST {
		t.Fatal("the second declaration is not the group of refusals")
	}
	for _, spec := range group.Specs {
		text, err := strconv.Unquote(spec.(*ast.ValueSpec).Values[0].(*ast.BasicLit).Value) //nolint:errcheck,forcetypeassert // constants of text
		if err != nil {
			t.Fatal(err)
		}
		reason := Reason(text)
		said := predicate(need{doomed: "i-1"}, inventory.Instance{ID: "i-1", State: inventory.StateStopped}, reason)
		if (said == "") != slices.Contains(unexplained, reason) {
			t.Errorf("%s is explained by %q", reason, said)
		}
	}
}
