package simulator

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"mime"
	"net/http"
	"path"
)

//go:embed page
var pageFiles embed.FS

// pagePolicy lets the phone page load its own files and nothing else.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// page is the embedded phone page, by file name.
type page map[string]pageFile

type pageFile struct {
	contentType string
	tag         string
	body        []byte
}

func readPage() page {
	p := page{}
	entries, err := pageFiles.ReadDir("page")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	for _, entry := range entries {
		body, err := pageFiles.ReadFile(path.Join("page", entry.Name()))
		if err != nil {
			panic(err)
		}
		sum := sha256.Sum256(body)
		p[entry.Name()] = pageFile{
			contentType: pageType(entry.Name()),
			tag:         `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`,
			body:        body,
		}
	}
	return p
}

// pageType does not ask the system's table of types for what browsers insist
// on: it differs between machines.
func pageType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(path.Ext(name))
}

func (p page) serveIndex(w http.ResponseWriter, r *http.Request) { p.serve(w, r, "index.html") }

func (p page) serveFile(w http.ResponseWriter, r *http.Request) { p.serve(w, r, r.PathValue("file")) }

func (p page) serve(w http.ResponseWriter, r *http.Request, name string) {
	file, known := p[name]
	if !known {
		http.NotFound(w, r)
		return
	}
	header := w.Header()
	header.Set("Content-Type", file.contentType)
	header.Set("Content-Security-Policy", pagePolicy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-cache") // ask again, by tag: a new binary shows its own page
	header.Set("ETag", file.tag)
	if r.Header.Get("If-None-Match") == file.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(file.body)
}
