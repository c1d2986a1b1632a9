package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// A module is the Go module that a directory is in.
type module struct{ root, path string }

// sourceName names the directory of a table in headers: by its place in its
// module, which is the same on every machine.
func sourceName(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("fsmgen: %w: name a directory that exists", err)
	}
	m, ok := findModule(abs)
	if !ok || m.root == abs {
		return filepath.Base(abs), nil
	}
	return m.within(abs)
}

// goPackage is the import path of the Go package that looplab builds on.
func (c *command) goPackage() (string, error) {
	if c.importPath != "" {
		return c.importPath, nil
	}
	abs, err := filepath.Abs(filepath.Join(c.out, ".."))
	if err != nil {
		return "", fmt.Errorf("fsmgen: %w: give -import", err)
	}
	m, ok := findModule(abs)
	if !ok {
		return "", fmt.Errorf("fsmgen: no go.mod above %s, so that its import path is unknown: give -import", abs)
	}
	rel, err := m.within(abs)
	return path.Join(m.path, rel), err
}

func (m module) within(dir string) (string, error) {
	rel, err := filepath.Rel(m.root, dir)
	return filepath.ToSlash(rel), err
}

// findModule looks for go.mod in a directory and those above it.
func findModule(dir string) (module, bool) {
	for {
		data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil {
			return module{dir, modulePath(string(data))}, true
		}
		above := filepath.Dir(dir)
		if above == dir {
			return module{}, false
		}
		dir = above
	}
}

// modulePath reads the module line of a go.mod.
func modulePath(mod string) string {
	for line := range strings.Lines(mod) {
		line, _, _ = strings.Cut(line, "//")
		if f := strings.Fields(line); len(f) == 2 && f[0] == "module" {
			return strings.Trim(f[1], "\"`")
		}
	}
	return ""
}
