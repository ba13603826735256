// Command talos-kinds reads from the pinned machinery of each minor of Talos which documents and which keys it knows, and
// prints them as JSON.
//
// It reads the source and not the JSON schema that lies beside it: the schema calls KubeSpanEndpointsConfig by another name,
// lacks ImageVerificationConfig, and leaves out keys that are deprecated and still work.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"sort"
	"strconv"
	"strings"
)

const machinery = "github.com/siderolabs/talos/pkg/machinery"

// pin is a version of the machinery and the checksum of its files.
type pin struct {
	Version string `json:"version"`
	Sum     string `json:"sum"`
}

// knowledge is what one minor of Talos knows.
type knowledge struct {
	// Kinds are documents besides the one big document.
	Kinds []string `json:"kinds"`
	// Keys are those of the big document, two levels deep.
	Keys map[string][]string `json:"keys"`
}

// big is the name that the one big document is registered with.
const big = "v1alpha1"

// parts are the structures of the parts of the big document.
var parts = map[string]string{"MachineConfig": "machine", "ClusterConfig": "cluster"}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	text, err := os.ReadFile("machinery.json")
	if err != nil {
		return err
	}

	var pins map[string]pin
	if err = json.Unmarshal(text, &pins); err != nil {
		return fmt.Errorf("machinery.json: %w", err)
	}

	known := map[string]knowledge{}

	for minor, pin := range pins {
		folder, err := download(pin)
		if err != nil {
			return err
		}

		if known[minor], err = read(filepath.Join(folder, "config", "types")); err != nil {
			return fmt.Errorf("machinery %s: %w", pin.Version, err)
		}
	}

	return json.NewEncoder(os.Stdout).Encode(known)
}

// download returns the folder of a version, whose files are those that were pinned.
func download(pin pin) (string, error) {
	var stderr bytes.Buffer

	command := exec.Command("go", "mod", "download", "-json", machinery+"@"+pin.Version)
	command.Stderr = &stderr

	out, err := command.Output()

	var module struct{ Dir, Sum, Error string }
	if jsonErr := json.Unmarshal(out, &module); err != nil || jsonErr != nil || module.Error != "" {
		return "", fmt.Errorf("cannot get machinery %s: %s", pin.Version, strings.TrimSpace(module.Error+stderr.String()))
	}

	if module.Sum != pin.Sum {
		return "", fmt.Errorf("machinery %s has the checksum %s, and machinery.json says %s", pin.Version, module.Sum, pin.Sum)
	}

	return module.Dir, nil
}

// read finds what the types of a version register, and the keys of the big document.
func read(types string) (knowledge, error) {
	known := knowledge{Keys: map[string][]string{}}

	err := filepath.WalkDir(types, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}

		return known.addPackage(path)
	})
	if err != nil {
		return known, err
	}

	sort.Strings(known.Kinds)

	if len(known.Kinds) == 0 || len(known.Keys) != len(parts) {
		return known, errors.New("its source is not as expected: no kinds or keys found")
	}

	return known, nil
}

// addPackage reads one package; constants are those of the package itself.
func (known *knowledge) addPackage(folder string) error {
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return err
	}

	var files []*ast.File

	constants := map[string]string{}

	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}

		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}

		files = append(files, file)

		ast.Inspect(file, func(node ast.Node) bool {
			if spec, ok := node.(*ast.ValueSpec); ok {
				for i, value := range spec.Values {
					if text, ok := literal(value); ok {
						constants[spec.Names[i].Name] = text
					}
				}
			}

			return true
		})
	}

	for _, file := range files {
		var problem error

		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.CallExpr:
				if kind, ok := registered(node, constants); !ok {
					break
				} else if kind == "" {
					problem = fmt.Errorf("%s registers a kind that is no constant", folder)
				} else if kind != big {
					known.Kinds = append(known.Kinds, kind)
				}
			case *ast.TypeSpec:
				known.addKeys(node)
			}

			return true
		})

		if problem != nil {
			return problem
		}
	}

	return nil
}

// registered says whether a call registers a kind, and which; "" where it cannot be told.
func registered(call *ast.CallExpr, constants map[string]string) (string, bool) {
	function, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || function.Sel.Name != "Register" || len(call.Args) != 2 {
		return "", false
	}

	if owner, ok := function.X.(*ast.Ident); !ok || owner.Name != "registry" {
		return "", false
	}

	if text, ok := literal(call.Args[0]); ok {
		return text, true
	}

	name, _ := call.Args[0].(*ast.Ident)
	if name == nil {
		return "", true
	}

	return constants[name.Name], true
}

// addKeys adds the keys of a part of the big document.
func (known *knowledge) addKeys(spec *ast.TypeSpec) {
	part := parts[spec.Name.Name]

	structure, ok := spec.Type.(*ast.StructType)
	if part == "" || !ok {
		return
	}

	var keys []string

	for _, field := range structure.Fields.List {
		if field.Tag == nil {
			continue
		}

		tag, err := strconv.Unquote(field.Tag.Value)
		if err != nil {
			continue
		}

		key, _, _ := strings.Cut(reflect.StructTag(tag).Get("yaml"), ",")
		if key != "" && key != "-" {
			keys = append(keys, key)
		}
	}

	known.Keys[part] = keys
}

func literal(value ast.Expr) (string, bool) {
	text, ok := value.(*ast.BasicLit)
	if !ok || text.Kind != token.STRING {
		return "", false
	}

	unquoted, err := strconv.Unquote(text.Value)

	return unquoted, err == nil
}
