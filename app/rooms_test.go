package app_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "replydesk"

// mayImport says for each room of the tree which other rooms of the module its
// code may import; a room is a folder with everything below it, and the longest
// name that fits decides. Folders that belong to one room import each other.
var mayImport = map[string][]string{
	"inbox/desk":              {},
	"inbox/sla":               {"inbox/desk"},
	"inbox/search":            {},
	"inbox/channel":           {"inbox/desk"},
	"inbox/channel/wechat":    {"inbox/desk", "inbox/channel"},
	"inbox/channel/simulator": {"inbox/desk", "inbox/channel", "inbox/channel/wechat"},
	"inbox/mask":              {},
	"inbox/check":             {"inbox/mask", "inbox/desk"},
	"inbox/notice":            {"inbox/desk"},
	"inbox/delivery":          {"inbox", "inbox/desk", "inbox/channel"},
	"inbox/inboxtest":         {"inbox", "inbox/desk", "inbox/channel", "inbox/search", "inbox/sla", "inbox/check"},
	"inbox":                   {"inbox/desk", "inbox/sla", "inbox/search", "inbox/channel", "inbox/check", "inbox/mask"},
	"faq":                     {"inbox/desk", "configs"},
	"bot":                     {"faq", "inbox", "inbox/desk", "inbox/channel"},
	"configs":                 {},
	"frontend":                {},
	"app":                     {"app", "inbox", "faq", "bot", "configs", "frontend"},
	"app/config":              {},
	"app/logging":             {"app/config"},
	"app/seal":                {},
	"app/files":               {"inbox/desk"},
	"app/kv":                  {"inbox/desk"},
	"app/jobs":                {"inbox/desk"},
	"app/live":                {"inbox/desk"},
	"app/audit":               {"inbox/desk"},
	"app/backup":              {"app/store"},
	"app/notify":              {"inbox/desk", "inbox/notice"},
	"app/auth":                {"inbox/desk", "app/throttle"},
	"app/throttle":            {"inbox/desk"},
	"app/store":               {"inbox", "faq", "bot", "app/jobs", "app/audit", "app/auth"},
	"app/api":                 {"inbox", "faq", "bot", "app/audit", "app/auth", "app/live", "app/jobs", "app/throttle"},
	"cmd":                     {"app", "bot", "faq", "inbox", "configs"},
}

// owners says which room alone may import a library.
var owners = map[string][]string{
	"github.com/gofiber/fiber":            {"app/api"},
	"github.com/danielgtaylor/huma":       {"app/api"},
	"github.com/gorilla/websocket":        {"app/live"},
	"github.com/redis/go-redis":           {"app/kv"},
	"github.com/blevesearch/bleve":        {"faq/index"},
	"github.com/blevesearch/snowballstem": {"faq/text"},
	"github.com/silenceper/wechat":        {"inbox/channel/wechat"},
	"github.com/sashabaranov":             {"bot/llm"},
	"github.com/xuri/excelize":            {"faq/sheet"},
	"github.com/petar-dambovaliev":        {"inbox/check"},
	"github.com/mozillazg/go-pinyin":      {"inbox/desk/sound"},
	"github.com/wneessen/go-mail":         {"app/notify/mail"},
	"modernc.org/sqlite":                  {"app/store"},
	"github.com/jackc/pgx":                {"app/store"},
	"github.com/alecthomas/kong":          {"cmd"},
	"github.com/prometheus":               {"app/api"},
	"golang.org/x/crypto/argon2":          {"app/auth"},
	"database/sql":                        {"app/store"},
}

// never may be imported by anything: the root of the WeChat library changes
// the process's logger when it loads.
var never = []string{"github.com/silenceper/wechat/v2"}

// file is one Go file and what it imports.
type file struct {
	path    string
	test    bool
	imports []string
}

func goFiles(t *testing.T) []file {
	t.Helper()
	root := os.DirFS("..")
	var out []file
	err := fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || p != "." && strings.HasPrefix(d.Name(), ".")) {
			return fs.SkipDir
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", p), nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		f := file{path: p, test: strings.HasSuffix(p, "_test.go")}
		for _, spec := range parsed.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			f.imports = append(f.imports, name)
		}
		out = append(out, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// room returns the longest key of rooms that dir lies in.
func room(dir string) string {
	for r := dir; r != "."; r = path.Dir(r) {
		if _, ok := mayImport[r]; ok {
			return r
		}
	}
	return ""
}

func inside(dir, room string) bool { return dir == room || strings.HasPrefix(dir, room+"/") }

func allowed(dir, imported string) bool {
	home := room(dir)
	if room(imported) == home {
		return true
	}
	return slices.ContainsFunc(mayImport[home], func(r string) bool {
		// Naming a room allows the rooms below it only when they have no row
		// of their own that is closer.
		return r == room(imported) || inside(imported, r) && (strings.HasPrefix(home, "app") || home == "cmd" || home == "bot")
	})
}

func TestAllowed(t *testing.T) {
	tests := []struct {
		dir, imported string
		want          bool
	}{
		{"inbox", "inbox/desk", true},
		{"inbox/desk", "inbox", false},
		{"inbox", "inbox/channel/wechat", false},
		{"inbox", "app/store", false},
		{"inbox/channel", "inbox/channel/wechat", false},
		{"inbox/channel/wechat", "inbox/channel", true},
		{"faq", "inbox", false},
		{"faq/index", "faq/text", true},
		{"bot", "faq/index", true},
		{"app/api", "app/store", false},
		{"app/store/inboxdb", "app/store", true},
		{"app", "inbox/channel/wechat", true},
		{"cmd/desk", "app", true},
		{"app", "cmd/desk", false},
	}
	for _, tt := range tests {
		if got := allowed(tt.dir, tt.imported); got != tt.want {
			t.Errorf("allowed(%s, %s) = %v, want %v", tt.dir, tt.imported, got, tt.want)
		}
	}
}

func TestImportDirections(t *testing.T) {
	files := goFiles(t)
	if len(files) < 50 {
		t.Fatalf("read only %d Go files: the walk of this test is broken", len(files))
	}
	for _, f := range files {
		dir := path.Dir(f.path)
		if room(dir) == "" {
			t.Errorf("%s: no room of the architecture has this folder", f.path)
			continue
		}
		if f.test {
			continue // tests may put any parts together
		}
		for _, name := range f.imports {
			if own, ok := strings.CutPrefix(name, module+"/"); ok && !allowed(dir, own) {
				t.Errorf("%s: %s must not import %s", f.path, room(dir), own)
			}
		}
	}
}

func TestEachLibraryHasOneOwner(t *testing.T) {
	for _, f := range goFiles(t) {
		dir := path.Dir(f.path)
		for _, name := range f.imports {
			if slices.Contains(never, name) {
				t.Errorf("%s: %s must not be imported, only packages below it", f.path, name)
			}
			if f.test {
				continue
			}
			for library, homes := range owners {
				if inside(name, library) && !slices.ContainsFunc(homes, func(h string) bool { return inside(dir, h) }) {
					t.Errorf("%s: only %v may import %s", f.path, homes, library)
				}
			}
		}
	}
}
