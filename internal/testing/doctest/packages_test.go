package doctest_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// goPackage is what the code says of a package. Test files do not count.
type goPackage struct {
	// imports are the packages of this project, aws those of AWS's libraries; both are sorted, without repetitions.
	imports, aws []string
	// purpose is the first sentence of the package comment.
	purpose string
}

// goPackages parses the imports of all packages of the tree, by their paths in it.
func goPackages(t *testing.T) map[string]goPackage {
	t.Helper()
	module, _, _ := strings.Cut(strings.TrimPrefix(readText(t, "go.mod"), "module "), "\n")
	found := map[string]goPackage{}
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && file != root && (name == "testdata" || strings.HasPrefix(name, ".")) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		p := found[filepath.ToSlash(dir)]
		p.add(t, module, parsed)
		found[filepath.ToSlash(dir)] = p
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// add adds the imports and the comment of a file.
func (p *goPackage) add(t *testing.T, module string, file *ast.File) {
	t.Helper()
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if ours, ok := strings.CutPrefix(imported, module+"/"); ok {
			p.imports = insert(p.imports, ours)
		} else if library := awsLibrary(imported); library != "" {
			p.aws = insert(p.aws, library)
		}
	}
	if file.Doc != nil {
		p.purpose = new(doc.Package).Synopsis(file.Doc.Text())
	}
}

// awsLibrary is the name on the page for an import of AWS's libraries: that of a service, "core" for the rest of the
// SDK, "lambda" for the library that runs a function; empty if it is not one of AWS's.
func awsLibrary(imported string) string {
	service, ok := strings.CutPrefix(imported, "github.com/aws/aws-sdk-go-v2/service/")
	switch {
	case ok:
		service, _, _ = strings.Cut(service, "/")
		return service
	case strings.HasPrefix(imported, "github.com/aws/aws-lambda-go/"):
		return "lambda"
	case strings.HasPrefix(imported, "github.com/aws/"):
		return "core"
	}
	return ""
}

func insert(sorted []string, s string) []string {
	if i, found := slices.BinarySearch(sorted, s); !found {
		return slices.Insert(sorted, i, s)
	}
	return sorted
}
