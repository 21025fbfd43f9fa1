package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/gofiber/fiber/v2"
)

// Levels of compression: good, at a cost of milliseconds for each file once.
const (
	gzipLevel   = 6
	brotliLevel = 6
	minCompress = 1 << 10 // bytes; smaller files gain nothing
)

// fileTypes are the content types of what a build may hold. The machine's own
// table is not asked: it differs from machine to machine.
var fileTypes = map[string]struct {
	contentType string
	compress    bool
}{
	".html":        {"text/html; charset=utf-8", true},
	".js":          {"text/javascript; charset=utf-8", true},
	".css":         {"text/css; charset=utf-8", true},
	".json":        {"application/json", true},
	".map":         {"application/json", true},
	".webmanifest": {"application/manifest+json", true},
	".svg":         {"image/svg+xml", true},
	".txt":         {"text/plain; charset=utf-8", true},
	".png":         {"image/png", false},
	".jpg":         {"image/jpeg", false},
	".webp":        {"image/webp", false},
	".ico":         {"image/x-icon", false},
	".woff2":       {"font/woff2", false},
}

// pages serves the application. A file is read and compressed when it is first
// asked for.
type pages struct {
	files map[string]func() (*staticFile, error) // by path without the first slash
}

type staticFile struct {
	contentType string
	immutable   bool
	plain       encoded
	gzip        encoded // body nil: not worth it
	brotli      encoded
}

type encoded struct {
	body []byte
	etag string
}

const indexPage = "index.html"

func newPages(files fs.FS) (*pages, error) {
	p := &pages{files: map[string]func() (*staticFile, error){}}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		p.files[name] = sync.OnceValues(func() (*staticFile, error) { return readStatic(files, name) })
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("the application's files: %w", err)
	}
	if p.files[indexPage] == nil {
		return nil, fmt.Errorf("the application's files: there is no %s", indexPage)
	}
	return p, nil
}

func readStatic(files fs.FS, name string) (*staticFile, error) {
	body, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	tag := hex.EncodeToString(sum[:10])
	kind, known := fileTypes[path.Ext(name)]
	if !known {
		kind.contentType = "application/octet-stream"
	}
	f := &staticFile{
		contentType: kind.contentType,
		immutable:   strings.HasPrefix(name, assetsPath),
		plain:       encoded{body, `"` + tag + `"`},
	}
	if !kind.compress || len(body) < minCompress {
		return f, nil
	}
	var zipped, brotlied bytes.Buffer
	zw, err := gzip.NewWriterLevel(&zipped, gzipLevel)
	if err != nil {
		return nil, err
	}
	bw := brotli.NewWriterLevel(&brotlied, brotliLevel)
	for _, w := range []interface {
		Write(p []byte) (int, error)
		Close() error
	}{zw, bw} {
		if _, err := w.Write(body); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
	}
	f.gzip = encoded{zipped.Bytes(), `"` + tag + `-gz"`}
	f.brotli = encoded{brotlied.Bytes(), `"` + tag + `-br"`}
	return f, nil
}

// assetsPath is where the files are whose names change with their content.
const assetsPath = "assets/"

// reserved are paths that are never the application's.
var reserved = []string{"api", "hooks", "healthz", "readyz", "metrics", "p"}

// serve answers with a file, or with the application's page for every path that
// the application itself routes.
func (p *pages) serve(c *fiber.Ctx) error {
	name := strings.TrimPrefix(c.Path(), "/")
	first, _, _ := strings.Cut(name, "/")
	for _, r := range reserved {
		if first == r {
			return c.Next() // nobody is left: 404, or 405 for another method's path
		}
	}
	if !safe(c.Method()) {
		c.Set(fiber.HeaderAllow, "GET, HEAD")
		return fiber.ErrMethodNotAllowed
	}
	read := p.files[name]
	if read == nil {
		if strings.HasPrefix(name, assetsPath) {
			return fiber.ErrNotFound // of an older build; a page in its place would only confuse
		}
		read = p.files[indexPage]
	}
	f, err := read()
	if err != nil {
		return err
	}
	return f.send(c)
}

func (f *staticFile) send(c *fiber.Ctx) error {
	chosen := f.plain
	if f.gzip.body != nil {
		c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
		switch header := &c.Request().Header; {
		case header.HasAcceptEncoding("br"):
			chosen = f.brotli
			c.Set(fiber.HeaderContentEncoding, "br")
		case header.HasAcceptEncoding("gzip"):
			chosen = f.gzip
			c.Set(fiber.HeaderContentEncoding, "gzip")
		}
	}
	c.Set(fiber.HeaderContentType, f.contentType)
	c.Set(fiber.HeaderETag, chosen.etag)
	c.Set(fiber.HeaderCacheControl, "no-cache")
	if f.immutable {
		c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	}
	for tag := range strings.SplitSeq(c.Get(fiber.HeaderIfNoneMatch), ",") {
		if strings.TrimPrefix(strings.TrimSpace(tag), "W/") == chosen.etag {
			return c.SendStatus(http.StatusNotModified)
		}
	}
	return c.Send(chosen.body)
}
