package inbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"replydesk/inbox/check"
	"replydesk/inbox/desk"
)

// Word is an entry of the word lists.
type Word struct {
	check.Word
	Enabled   bool
	UpdatedBy int64
	UpdatedAt time.Time
}

// WordFilter chooses words; zero fields do not narrow.
type WordFilter struct {
	Level     check.Level
	Direction check.Direction
	Category  string
	Query     string
	Limit     int
	Cursor    string
}

// WordInput is what a person enters; nil fields stay as they are.
type WordInput struct {
	Text, Category *string
	Level          *check.Level
	Direction      *check.Direction
	Exceptions     *[]string
	Enabled        *bool
}

// Bounds of the lists.
const (
	MaxWords         = 20_000
	maxCategoryRunes = 20
)

// wordTx is the part of a transaction about words. A word's key is its folded
// text; two words with one key are a Conflict.
type wordTx interface {
	LockWord(ctx context.Context, id int64) (*Word, error)
	WordByKey(ctx context.Context, key string) (*Word, error)
	AddWord(ctx context.Context, w *Word, key string) error // sets w.ID
	SaveWord(ctx context.Context, w *Word, key string) error
	DeleteWord(ctx context.Context, id int64) error
	CountWords(ctx context.Context) (int, error)
	// NextWordsRevision counts a change of the lists and returns its number.
	NextWordsRevision(ctx context.Context) (int64, error)
}

// wordReader reads words outside a transaction.
type wordReader interface {
	Words(ctx context.Context, f WordFilter) (desk.Page[Word], error)
	// AllWords returns the words that are enabled and the revision they are of.
	AllWords(ctx context.Context) ([]Word, int64, error)
	WordsRevision(ctx context.Context) (int64, error)
}

// Words lists the word lists.
func (s *Service) Words(ctx context.Context, actor desk.Actor, f WordFilter) (desk.Page[Word], error) {
	if err := actor.Require(desk.ManagePolicies); err != nil {
		return desk.Page[Word]{}, err
	}
	f.Limit = desk.PageLimit(f.Limit)
	return s.store.Words(ctx, f)
}

// AddWord adds a word. Conflict "word_taken": it is on the lists already,
// perhaps in another writing.
func (s *Service) AddWord(ctx context.Context, actor desk.Actor, in WordInput) (Word, error) {
	return s.changeWord(ctx, actor, 0, in)
}

// UpdateWord changes a word.
func (s *Service) UpdateWord(ctx context.Context, actor desk.Actor, id int64, in WordInput) (Word, error) {
	return s.changeWord(ctx, actor, id, in)
}

func (s *Service) changeWord(ctx context.Context, actor desk.Actor, id int64, in WordInput) (Word, error) {
	var word Word
	err := s.changeWords(ctx, actor, func(tx Tx, now time.Time) error {
		w := &Word{Word: check.Word{Level: check.Warn, Direction: check.Both}, Enabled: true}
		if id != 0 {
			found, err := tx.LockWord(ctx, id)
			if err != nil {
				return err
			}
			w = found
		} else if err := s.roomForWords(ctx, tx); err != nil {
			return err
		}
		if err := s.storeWord(ctx, tx, actor, w, in, now); err != nil {
			return err
		}
		word = *w
		return nil
	})
	return word, err
}

func (s *Service) roomForWords(ctx context.Context, tx Tx) error {
	n, err := tx.CountWords(ctx)
	if err == nil && n >= MaxWords {
		err = desk.Errorf(desk.Conflict, "词表最多 %d 条", MaxWords).WithReason("too_many_words")
	}
	return err
}

// storeWord lays what was entered over a word and stores it.
func (s *Service) storeWord(ctx context.Context, tx Tx, actor desk.Actor, w *Word, in WordInput, now time.Time) error {
	if err := s.lay(w, in); err != nil {
		return err
	}
	w.UpdatedBy, w.UpdatedAt = actor.UserID, now
	save := tx.SaveWord
	if w.ID == 0 {
		save = tx.AddWord
	}
	err := save(ctx, w, s.rules.Folder.Key(w.Text))
	if desk.CodeOf(err) == desk.Conflict {
		return desk.Errorf(desk.Conflict, "词表中已有“%s”（或它的另一种写法）", w.Text).WithReason("word_taken")
	}
	return err
}

func (s *Service) lay(w *Word, in WordInput) (err error) {
	if in.Text != nil {
		w.Text = *in.Text
	}
	if w.Text, err = text("text", w.Text, 1, check.MaxWord); err != nil {
		return err
	}
	if s.rules.Folder.Key(w.Text) == "" {
		return desk.InvalidField("text", "至少要有一个字、字母或数字")
	}
	if in.Category != nil {
		if w.Category, err = text("category", *in.Category, 0, maxCategoryRunes); err != nil {
			return err
		}
	}
	if in.Level != nil {
		w.Level = *in.Level
	}
	if in.Direction != nil {
		w.Direction = *in.Direction
	}
	if in.Exceptions != nil {
		w.Exceptions = nil
		for _, e := range *in.Exceptions {
			if e, err = text("exceptions", e, 1, 2*check.MaxWord); err != nil {
				return err
			}
			if !slices.Contains(w.Exceptions, e) {
				w.Exceptions = append(w.Exceptions, e)
			}
		}
	}
	if in.Enabled != nil {
		w.Enabled = *in.Enabled
	}
	return s.soundWord(w)
}

// soundWord refuses what could never be found, or could not follow.
func (s *Service) soundWord(w *Word) error {
	switch {
	case !w.Level.Valid():
		return desk.InvalidField("level", "没有这个级别")
	case !w.Direction.Valid():
		return desk.InvalidField("direction", "没有这个方向")
	case w.Level == check.Urgent && w.Direction == check.Out:
		return desk.InvalidField("level", "“紧急”只用于来信，答复请用禁止、审核或提醒")
	case len(w.Exceptions) > check.MaxExceptions:
		return desk.InvalidField("exceptions", "最多 %d 个例外", check.MaxExceptions)
	}
	key := s.rules.Folder.Key(w.Text)
	for _, e := range w.Exceptions {
		if k := s.rules.Folder.Key(e); k == key || !strings.Contains(k, key) {
			return desk.InvalidField("exceptions", "例外“%s”须是含有该词的更长的说法", e)
		}
	}
	return nil
}

// DeleteWord takes a word off the lists; what it found stays on record.
func (s *Service) DeleteWord(ctx context.Context, actor desk.Actor, id int64) error {
	return s.changeWords(ctx, actor, func(tx Tx, _ time.Time) error {
		if _, err := tx.LockWord(ctx, id); err != nil {
			return err
		}
		return tx.DeleteWord(ctx, id)
	})
}

// changeWords runs a change of the lists and counts it; every process follows.
func (s *Service) changeWords(ctx context.Context, actor desk.Actor, change func(tx Tx, now time.Time) error) error {
	if err := actor.Require(desk.ManagePolicies); err != nil {
		return err
	}
	err := s.store.Atomic(ctx, func(tx Tx) error {
		now := s.time()
		if err := change(tx, now); err != nil {
			return err
		}
		revision, err := tx.NextWordsRevision(ctx)
		if err != nil {
			return err
		}
		e := desk.NewEvent(WordsChanged, now, map[string]any{"revision": revision})
		e.ActorID, e.Audience = actor.UserID, desk.ManagePolicies
		return tx.Record(ctx, e)
	})
	if err != nil {
		return err
	}
	_, err = s.book(ctx, true)
	return err
}

// WordRow is a row of a file: number as a spreadsheet counts it.
type WordRow struct {
	Number                                       int
	Text, Level, Direction, Category, Exceptions string
}

// ImportedWords is what an import did, or would do.
type ImportedWords struct {
	Created, Updated, Unchanged int
	Errors                      []RowError
}

// RowError is a row that was left out.
type RowError struct {
	Row     int
	Message string
}

// errDry ends a transaction that was only to tell what it would do.
var errDry = errors.New("only a trial")

// ImportWords adds and updates words row by row, a word being known by its
// folded text; rows that are not sound are told and left out. dry changes
// nothing.
func (s *Service) ImportWords(ctx context.Context, actor desk.Actor, rows []WordRow, dry bool) (ImportedWords, error) {
	var out ImportedWords
	err := s.changeWords(ctx, actor, func(tx Tx, now time.Time) error {
		out = ImportedWords{}
		for _, row := range rows {
			if err := s.importWord(ctx, tx, actor, row, now, &out); err != nil {
				return err
			}
		}
		if dry || out.Created+out.Updated == 0 {
			return errDry
		}
		return nil
	})
	if err == errDry { //nolint:errorlint // never wrapped
		err = nil
	}
	return out, err
}

func (s *Service) importWord(ctx context.Context, tx Tx, actor desk.Actor, row WordRow, now time.Time, out *ImportedWords) error {
	in, err := row.input()
	if err == nil {
		err = s.lay(&Word{Word: check.Word{Level: check.Warn, Direction: check.Both}}, in)
	}
	if desk.CodeOf(err) == desk.Invalid {
		out.Errors = append(out.Errors, RowError{row.Number, err.Error()})
		return nil
	}
	if err != nil {
		return err
	}
	w, err := tx.WordByKey(ctx, s.rules.Folder.Key(*in.Text))
	switch {
	case desk.CodeOf(err) == desk.NotFound:
		if err := s.roomForWords(ctx, tx); err != nil {
			return err
		}
		out.Created++
		w = &Word{Word: check.Word{Level: check.Warn, Direction: check.Both}, Enabled: true}
	case err != nil:
		return err
	default:
		before := *w
		if err := s.lay(w, in); err != nil {
			return err
		}
		if before.Text == w.Text && before.Level == w.Level && before.Direction == w.Direction && before.Category == w.Category &&
			slices.Equal(before.Exceptions, w.Exceptions) {
			out.Unchanged++
			return nil
		}
		out.Updated++
	}
	return s.storeWord(ctx, tx, actor, w, in, now)
}

// How people write levels and directions in a file.
var (
	levelNames = map[string]check.Level{
		"禁止": check.Block, "禁用": check.Block, "审核": check.Approve, "提醒": check.Warn, "紧急": check.Urgent,
	}
	directionNames = map[string]check.Direction{
		"来信": check.In, "收": check.In, "答复": check.Out, "发": check.Out, "双向": check.Both, "": check.Both,
	}
)

// input reads a row; exceptions are parted by |.
func (r WordRow) input() (WordInput, error) {
	level, direction := check.Level(strings.ToLower(strings.TrimSpace(r.Level))), check.Direction(strings.ToLower(strings.TrimSpace(r.Direction)))
	if named, ok := levelNames[string(level)]; ok {
		level = named
	}
	if named, ok := directionNames[string(direction)]; ok {
		direction = named
	}
	if !level.Valid() {
		return WordInput{}, desk.InvalidField("level", "须为 block（禁止）、approve（审核）、warn（提醒）或 urgent（紧急）")
	}
	if !direction.Valid() {
		return WordInput{}, desk.InvalidField("direction", "须为 in（来信）、out（答复）或 both（双向）")
	}
	exceptions := []string{}
	for e := range strings.SplitSeq(r.Exceptions, "|") {
		if e = strings.TrimSpace(e); e != "" {
			exceptions = append(exceptions, e)
		}
	}
	word := strings.TrimSpace(r.Text)
	return WordInput{Text: &word, Level: &level, Direction: &direction, Category: &r.Category, Exceptions: &exceptions}, nil
}

// SeedWords gives a desk that has never had words its first lists.
func (s *Service) SeedWords(ctx context.Context, rows []WordRow) error {
	revision, err := s.store.WordsRevision(ctx)
	if err != nil || revision != 0 {
		return err
	}
	out, err := s.ImportWords(ctx, desk.System(), rows, false)
	if err == nil && len(out.Errors) > 0 {
		err = fmt.Errorf("the word lists that come with the desk: row %d: %s", out.Errors[0].Row, out.Errors[0].Message)
	}
	if desk.ReasonOf(err) == "word_taken" {
		return nil // another process was first
	}
	return err
}

// AllWords returns every word for an export.
func (s *Service) AllWords(ctx context.Context, actor desk.Actor) ([]Word, error) {
	var all []Word
	for cursor := ""; ; {
		page, err := s.Words(ctx, actor, WordFilter{Limit: desk.MaxPage, Cursor: cursor})
		if err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if cursor = page.Next; cursor == "" {
			return all, nil
		}
	}
}

// TryWords tells what the lists find in a text, as if it came in or went out on
// a private thread of no account.
func (s *Service) TryWords(ctx context.Context, actor desk.Actor, words string, d check.Direction) ([]check.Finding, error) {
	if err := actor.Require(desk.ManagePolicies); err != nil {
		return nil, err
	}
	words, err := text("text", words, 1, maxReplyRunes)
	if err != nil {
		return nil, err
	}
	lists, err := s.book(ctx, true)
	if err != nil {
		return nil, err
	}
	if d == check.In {
		return lists.Inbound(words), nil
	}
	return lists.Outbound(words, check.Scene{Hosts: s.rules.Hosts}), nil
}
