// Package frontend carries the built application inside the binary. It knows
// no route and no header; app/api serves the files.
package frontend

import (
	"embed"
	"io/fs"
)

// dist holds the committed placeholder page and, once `npm run build` has run,
// the application in dist/app. The prefix all: is needed because bundlers may
// name files with a leading underscore.
//
//go:embed all:dist
var dist embed.FS

// Dist returns the files to serve at /: the built application, or, when the
// binary was compiled without one, a page that says how to build it. Every
// file below assets/ carries a hash of its content in its name and may be
// cached for ever; index.html must not be.
func Dist() fs.FS {
	return pick(dist)
}

// Built reports whether the binary carries the application and not the
// placeholder page.
func Built() bool {
	return built(dist)
}

func built(files fs.FS) bool {
	_, err := fs.Stat(files, "dist/app/index.html")
	return err == nil
}

func pick(files fs.FS) fs.FS {
	root := "dist"
	if built(files) {
		root = "dist/app"
	}
	sub, err := fs.Sub(files, root)
	if err != nil {
		panic("frontend: " + err.Error()) // the path is a constant
	}
	return sub
}
