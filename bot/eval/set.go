package eval

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"replydesk/faq"
)

// Question is one line of queries.jsonl. Kind is "in", "oos_near" or
// "oos_far"; Relevant holds ids of library.jsonl.
type Question struct {
	ID       string   `json:"id"`
	Query    string   `json:"query"`
	Relevant []string `json:"relevant"`
	Kind     string   `json:"kind"`
}

// library stands in for the store: every line of library.jsonl as a published
// entry. It is read only after it was made.
type library struct {
	names   []string // by entry id - 1
	entries []faq.Entry
}

func (l *library) name(id faq.EntryID) string { return l.names[id-1] }

// Versions implements index.Source.
func (l *library) Versions(_ context.Context, after faq.EntryID, limit int) ([]faq.Version, error) {
	rest := l.entries[after:]
	out := make([]faq.Version, min(limit, len(rest)))
	for i := range out {
		out[i] = faq.Version{ID: rest[i].ID, Revision: rest[i].Revision}
	}
	return out, nil
}

// EntriesByID implements index.Source.
func (l *library) EntriesByID(_ context.Context, ids []faq.EntryID) ([]faq.Entry, error) {
	out := make([]faq.Entry, len(ids))
	for i, id := range ids {
		out[i] = l.entries[id-1]
	}
	return out, nil
}

// Current implements faq.CurrentReader: all entries are.
func (l *library) Current(ctx context.Context, ids []faq.EntryID, _ faq.Day) ([]faq.Entry, error) {
	return l.EntriesByID(ctx, ids)
}

func readLibrary(path string) (*library, error) {
	type entry struct {
		ID       string   `json:"id"`
		Question string   `json:"question"`
		Similar  []string `json:"similar_questions"`
		Answer   string   `json:"answer"`
		Category string   `json:"category"`
	}
	lib := &library{}
	err := eachLine(path, func(e entry) {
		lib.names = append(lib.names, e.ID)
		lib.entries = append(lib.entries, faq.Entry{
			ID: faq.EntryID(len(lib.names)), State: faq.Published, Revision: 1,
			Content: faq.Content{Question: e.Question, Similar: e.Similar, Answer: e.Answer, Category: e.Category},
		})
	})
	return lib, err
}

func readQuestions(path string) ([]Question, error) {
	var out []Question
	err := eachLine(path, func(q Question) { out = append(out, q) })
	return out, err
}

// maxLine is the longest line of a set, in bytes.
const maxLine = 1 << 20

func eachLine[T any](path string, add func(T)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		var v T
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			return fmt.Errorf("%s line %d: %w", path, n, err)
		}
		add(v)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
