package awssim_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// worldDocument is the page about the format of a world.
var worldDocument = filepath.Join("..", "..", "docs", "world.md")

// TestDocumentedWorld compares the tables in docs/world.md with the types of a world and their comments.
func TestDocumentedWorld(t *testing.T) {
	text, err := os.ReadFile(worldDocument)
	if err != nil {
		t.Fatal(err)
	}
	const mark = "<!-- fields -->\n"
	before, _, found := strings.Cut(string(text), mark)
	if !found {
		t.Fatalf("%s has no %s", worldDocument, mark)
	}
	types, words := documentedTypes(t)
	b := &strings.Builder{}
	b.WriteString(before + mark)
	described := map[reflect.Type]bool{}
	describe(t, b, reflect.TypeFor[awssim.World](), types, words, described)
	if *update {
		if err := os.WriteFile(worldDocument, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(b.String(), string(text)); diff != "" {
		t.Errorf("docs/world.md is not what the code says (make golden): (-want +got)\n%s", diff)
	}
}

// documentedTypes returns the comments of the package's struct types, and of their fields by Type.Field.
func documentedTypes(t *testing.T) (types, words map[string]string) {
	t.Helper()
	types, words = map[string]string{}, map[string]string{}
	for _, file := range []string{"world.go", "zone.go", "timing.go", "permit.go"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range parsed.Decls {
			d, ok := declaration.(*ast.GenDecl)
			if !ok || d.Tok != token.TYPE {
				continue
			}
			spec, ok := d.Specs[0].(*ast.TypeSpec)
			if !ok {
				continue
			}
			fields, ok := spec.Type.(*ast.StructType)
			if !ok {
				continue
			}
			types[spec.Name.Name] = flat(d.Doc.Text())
			for _, f := range fields.Fields.List {
				words[spec.Name.Name+"."+f.Names[0].Name] = flat(f.Doc.Text() + " " + f.Comment.Text())
			}
		}
	}
	return types, words
}

// flat returns a comment in one line.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

// describe writes the table of a type, and those of the types of its fields.
func describe(t *testing.T, b *strings.Builder, of reflect.Type, types, words map[string]string, described map[reflect.Type]bool) {
	t.Helper()
	described[of] = true
	var next []reflect.Type
	fmt.Fprintf(b, "\n## %s\n", of.Name())
	if of != reflect.TypeFor[awssim.World]() {
		fmt.Fprintf(b, "\n%s\n", types[of.Name()])
	}
	b.WriteString("\n| field | value | meaning |\n| --- | --- | --- |\n")
	for f := range of.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		meaning := words[of.Name()+"."+f.Name]
		for _, start := range []string{f.Name + " ", "is ", "has ", "lists ", "reports "} {
			meaning = strings.TrimPrefix(meaning, start)
		}
		if meaning == "" {
			t.Errorf("%s.%s has no comment: say what it means, its unit, its default and what is accepted", of.Name(), f.Name)
		}
		if options == "" && f.Type != reflect.TypeFor[awssim.Timing]() {
			meaning = "**required**; " + meaning
		}
		kind, item := kindOf(f.Type)
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", name, kind, strings.ReplaceAll(meaning, "|", `\|`))
		if item != nil && !described[item] {
			described[item] = true
			next = append(next, item)
		}
	}
	for _, item := range next {
		describe(t, b, item, types, words, described)
	}
}

// kindOf returns the JSON type of a Go type, and the struct type in it that has a table of its own.
func kindOf(t reflect.Type) (kind string, item reflect.Type) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case reflect.TypeFor[awssim.Duration]():
		return "duration, like `\"500ms\"`", nil
	case reflect.TypeFor[time.Time]():
		return "time, like `\"2026-11-23T10:00:00Z\"`", nil
	case reflect.TypeFor[json.RawMessage]():
		return "object", nil
	}
	link := func(t reflect.Type) string { return fmt.Sprintf("[%s](#%s)", t.Name(), strings.ToLower(t.Name())) }
	switch t.Kind() { //nolint:exhaustive // what a world is made of
	case reflect.Struct:
		return link(t), t
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Struct {
			return "list of " + link(t.Elem()), t.Elem()
		}
		of, _ := kindOf(t.Elem())
		return "list of " + of + "s", nil
	case reflect.Map:
		return "object of strings", nil
	case reflect.Bool:
		return "true or false", nil
	case reflect.String:
		return "string", nil
	default:
		return "integer", nil
	}
}
