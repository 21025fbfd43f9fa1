package index

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/blevesearch/bleve/v2"
	bolterrors "go.etcd.io/bbolt/errors"

	"replydesk/faq"
	"replydesk/faq/text"
)

// pointer is the file that names the generation in use. Generations lie beside
// it as g-1, g-2 …
const pointer = "current"

// openFolder opens the generation in use; kept is false when an empty one was
// begun instead.
func openFolder(lex *text.Lexicon, dir string, log *slog.Logger) (g *generation, kept bool, err error) {
	if dir == "" {
		g, err = create(lex, "")
		return g, false, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, false, err
	}
	name, err := os.ReadFile(filepath.Join(dir, pointer))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, false, err
	}
	last := strings.TrimSpace(string(name))
	if last != "" {
		g, err = open(lex, filepath.Join(dir, filepath.Base(last)))
		if errors.Is(err, bolterrors.ErrTimeout) {
			return nil, false, fmt.Errorf("library index %s is in use by another process: %w", dir, err)
		}
		if err != nil {
			log.Warn("library index is made anew", "err", err)
		}
	}
	if g != nil {
		return g, true, sweep(dir, g.folder)
	}
	if g, err = create(lex, nextFolder(dir, last)); err != nil {
		return nil, false, err
	}
	if err := point(dir, filepath.Base(g.folder)); err != nil {
		return nil, false, errors.Join(err, g.discard())
	}
	return g, false, sweep(dir, g.folder)
}

// open opens a generation and reads what it holds.
func open(lex *text.Lexicon, folder string) (*generation, error) {
	b, err := bleve.OpenUsing(folder, map[string]any{"bolt_timeout": openTimeout})
	if err != nil {
		return nil, err
	}
	g := &generation{folder: folder, lex: lex, b: b, held: map[faq.EntryID]held{}}
	made, err := b.GetInternal(fingerprintKey)
	if err == nil && !bytes.Equal(made, fingerprint(lex)) {
		err = errors.New("made by other rules")
	}
	if err == nil {
		err = g.readHeld()
	}
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return g, nil
}

// readHeld fills held from the ids of all documents.
func (g *generation) readHeld() error {
	r, err := g.reader()
	if err != nil {
		return err
	}
	defer shut(r)
	ids, err := r.DocIDReaderAll()
	if err != nil {
		return err
	}
	defer shut(ids)
	for {
		internal, err := ids.Next()
		if err != nil || internal == nil {
			return err
		}
		name, err := r.ExternalID(internal)
		if err != nil {
			return err
		}
		id, revision, place, ok := parseID(name)
		h, seen := g.held[id]
		if !ok || seen && h.revision != revision {
			return fmt.Errorf("strange document %q", name)
		}
		g.held[id] = held{revision: revision, docs: max(h.docs, place+1)}
	}
}

// nextFolder names the generation after the last one; "" without a folder.
func nextFolder(dir, last string) string {
	if dir == "" {
		return ""
	}
	n, _ := strconv.Atoi(strings.TrimPrefix(filepath.Base(last), "g-"))
	for {
		n++
		name := filepath.Join(dir, "g-"+strconv.Itoa(n))
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return name
		}
	}
}

// point makes name the generation in use, in one step.
func point(dir, name string) error {
	if dir == "" {
		return nil
	}
	temp := filepath.Join(dir, pointer+".new")
	if err := os.WriteFile(temp, []byte(name+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(temp, filepath.Join(dir, pointer))
}

// sweep removes generations that a killed process left behind.
func sweep(dir, keep string) error {
	found, err := filepath.Glob(filepath.Join(dir, "g-*"))
	if err != nil {
		return err
	}
	for _, folder := range found {
		if folder != keep {
			if err := os.RemoveAll(folder); err != nil {
				return err
			}
		}
	}
	return nil
}
