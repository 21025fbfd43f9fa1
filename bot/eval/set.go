package eval

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"replydesk/faq"
	"replydesk/faq/index"
	"replydesk/faq/text"
)

// Question is one line of queries.jsonl. Kind is "in", "oos_near" or
// "oos_far"; Relevant holds ids of library.jsonl.
type Question struct {
	ID       string   `json:"id"`
	Query    string   `json:"query"`
	Relevant []string `json:"relevant"`
	Kind     string   `json:"kind"`
}

// set is an evaluation set with its index built.
type set struct {
	library   *library
	questions []Question
	search    *faq.Searcher
	index     *index.Index
	folder    string
	built     time.Duration // what building the index took
}

// open reads a set and builds its index in a temporary folder, which close
// removes.
func open(ctx context.Context, dir string, lex *text.Lexicon, model *faq.Model, borrowed []string) (s *set, err error) {
	s = &set{}
	if s.library, err = readLibrary(filepath.Join(dir, "library.jsonl")); err != nil {
		return nil, err
	}
	for i := range s.library.entries {
		if e := &s.library.entries[i]; e.Answer == "" && len(borrowed) > 0 {
			e.Answer = borrowed[i*7919%len(borrowed)]
		}
	}
	if s.questions, err = readQuestions(filepath.Join(dir, "queries.jsonl")); err != nil {
		return nil, err
	}
	if s.folder, err = os.MkdirTemp("", "desk-eval-"); err != nil {
		return nil, err
	}
	if s.index, err = index.Open(index.Options{Dir: s.folder, Lexicon: lex, Source: s.library}); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.folder))
	}
	start := time.Now()
	if err := s.index.Reconcile(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	s.built = time.Since(start)
	s.search = faq.NewSearcher(faq.SearchParts{Lexicon: lex, Model: model, Index: s.index, Entries: s.library, Now: time.Now})
	return s, nil
}

func (s *set) close() error { return errors.Join(s.index.Close(), os.RemoveAll(s.folder)) }

// Pool is a question with the features of every entry proposed for it.
type Pool struct {
	Question Question
	Kind     faq.Kind
	Features []faq.Features
	Right    []bool // which of the entries answer it
}

// Answers returns the questions and the answers of a set's library.
func Answers(dir string) (questions, answers []string, err error) {
	lib, err := readLibrary(filepath.Join(dir, "library.jsonl"))
	if err != nil {
		return nil, nil, err
	}
	for _, e := range lib.entries {
		questions = append(questions, e.Question)
		if e.Answer != "" {
			answers = append(answers, e.Answer)
		}
	}
	return questions, answers, nil
}

// Collect returns the pools of a set's questions: what weights are fitted on.
// Entries without an answer get one of the borrowed, which has nothing to do
// with their question.
func Collect(ctx context.Context, dir string, lex *text.Lexicon, borrowed []string) (pools []Pool, err error) {
	s, err := open(ctx, dir, lex, &faq.Model{}, borrowed)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	for _, q := range s.questions {
		kind, compared, err := s.search.Compare(ctx, q.Query)
		if err != nil {
			return nil, err
		}
		p := Pool{Question: q, Kind: kind}
		for _, c := range compared {
			p.Features = append(p.Features, c.Features)
			p.Right = append(p.Right, slices.Contains(q.Relevant, s.library.name(c.Entry.ID)))
		}
		pools = append(pools, p)
	}
	return pools, nil
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
