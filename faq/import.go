package faq

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"replydesk/faq/sheet"
	"replydesk/inbox/desk"
)

// Format is a file format of import and export.
type Format = sheet.Format

// The formats of import and export.
const (
	CSV   = sheet.CSV
	XLSX  = sheet.XLSX
	JSONL = sheet.JSONL
)

// Limits of one import.
const (
	MaxImportBytes = 64 << 20
	MaxImportRows  = 120_000
	importBatch    = 200  // rows in one transaction
	maxRowErrors   = 1000 // rows named in a result
	maxRowChanges  = 200  // rows a dry run tells of
)

// ImportOptions say how a file is taken in.
type ImportOptions struct {
	Format Format
	// Publish is for rows to reach citizens, but for those that say retired: they
	// wait for a second person, who approves many at once. Needs PublishLibrary.
	Publish bool
	// Install publishes at once, past review: the first library of a desk that
	// nobody works at yet. For the desk itself, of which no person is the author.
	Install bool
	DryRun  bool // only say what would happen
}

// ImportResult counts entries and names the rows that were not taken. InReview
// is how many of the created and updated wait for a second person, Emptied how
// many of the updated lose what a column said because its cell is empty. Changes are
// told of a dry run only, the first 200.
type ImportResult struct {
	Created   int         `json:"created"`
	Updated   int         `json:"updated"`
	Unchanged int         `json:"unchanged"`
	InReview  int         `json:"in_review"`
	Emptied   int         `json:"emptied"`
	Errors    []RowError  `json:"errors"`
	Warnings  []RowError  `json:"warnings,omitempty"` // of rows that were taken, or would be
	Changes   []RowChange `json:"changes,omitempty"`
}

// RowChange is what a row would change. Texts are cut at 200 characters.
type RowChange struct {
	Row      int           `json:"row"`
	EntryID  EntryID       `json:"entry_id,omitempty"` // 0: a new entry
	Question string        `json:"question"`
	State    State         `json:"state"`
	InReview bool          `json:"in_review"`
	Fields   []FieldChange `json:"fields"`
}

// FieldChange is a field before and after.
type FieldChange struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// RowError says why a row was not taken in. Row counts as a spreadsheet does,
// the headings being row 1; in JSONL it is the line.
type RowError struct {
	Row     int    `json:"row"`
	Message string `json:"message"`
}

// Import takes in a file of entries: each row changes the entry with its code,
// or without a code the one with the same question, or makes a new one. Columns
// the file lacks stay as they are. Rows at fault are reported and the others
// taken in; an error of the store ends the import, with the batches before it
// kept. A row that says what its entry says already is unchanged and leaves what
// is proposed for the entry alone; one that says something else while a
// colleague's text for the entry is not out yet is at fault. Needs EditLibrary. A
// row that would publish, or change what is published, waits for review; one that
// takes an entry from citizens needs PublishLibrary. Imports run one after another.
func (s *Service) Import(ctx context.Context, actor desk.Actor, file io.Reader, o ImportOptions) (ImportResult, error) {
	result := ImportResult{Errors: []RowError{}}
	if err := actor.Require(desk.EditLibrary); err != nil {
		return result, err
	}
	if o.Publish {
		if err := actor.Require(desk.PublishLibrary); err != nil {
			return result, err
		}
	}
	if o.Install && actor.UserID != 0 {
		return result, desk.Errorf(desk.Forbidden, "只有系统自己可以不经审核装入知识库")
	}
	rows, unread, err := sheet.Read(o.Format, file, sheet.Limits{Bytes: MaxImportBytes, Rows: MaxImportRows})
	if err != nil {
		return result, err
	}
	select {
	case s.importing <- struct{}{}:
		defer func() { <-s.importing }()
	case <-ctx.Done():
		return result, ctx.Err()
	}
	keys, err := s.store.Keys(ctx)
	if err != nil {
		return result, err
	}
	names, err := s.store.Facets(ctx, Published)
	if err != nil {
		return result, err
	}
	im := &importing{
		service: s, actor: actor, options: o, find: newFinder(s.lex, keys), standing: newStanding(s, keys), names: names, result: result,
	}
	for _, fault := range unread {
		im.refuse(fault.Row, errors.New(fault.Message))
	}
	for len(rows) > 0 {
		batch := rows[:min(importBatch, len(rows))]
		rows = rows[len(batch):]
		if err := im.batch(ctx, batch); err != nil {
			return im.result, err
		}
	}
	im.close()
	return im.result, nil
}

// importing is one import under way.
type importing struct {
	service  *Service
	actor    desk.Actor
	options  ImportOptions
	find     *finder
	standing *standing
	names    Facets // of what is published
	result   ImportResult
	refused  int
}

// job is one row with the entry it is for, 0 for a new one.
type job struct {
	row    sheet.Row
	target EntryID
}

// batch takes in some rows in one transaction.
func (im *importing) batch(ctx context.Context, rows []sheet.Row) error {
	jobs := make([]job, 0, len(rows))
	for _, row := range rows {
		target, err := im.find.target(&row)
		if err != nil {
			im.refuse(row.Number, err)
			continue
		}
		jobs = append(jobs, job{row: row, target: target})
	}
	if im.options.DryRun {
		return im.try(ctx, jobs)
	}
	var done outcome
	err := im.service.store.Atomic(ctx, func(tx Tx) error {
		done = outcome{} // the store may run this again
		for _, j := range jobs {
			if err := im.take(ctx, tx, j, &done); err != nil {
				return err
			}
		}
		if done.created+done.updated == 0 {
			return nil
		}
		return tx.Enqueue(ctx, desk.Task{Kind: TaskIndex, Key: TaskAll})
	})
	if err != nil {
		return err
	}
	im.count(done)
	return nil
}

// outcome is what became of a batch.
type outcome struct {
	created, updated, unchanged, inReview, emptied int
	refused                                        []refusal
	changes                                        []RowChange
	warnings                                       []RowError
}

type refusal struct {
	row int
	err error
}

// count adds a row that was, or would be, taken in as planned.
func (o *outcome) count(p plan) {
	switch {
	case p.unchanged:
		o.unchanged++
		return
	case p.now.ID == 0:
		o.created++
	default:
		o.updated++
	}
	if p.now.ID != 0 && p.empties() {
		o.emptied++
	}
	if p.review {
		o.inReview++
	}
}

// take writes one row. Only errors of the store are returned; what is wrong
// with the row goes to done.
func (im *importing) take(ctx context.Context, tx Tx, j job, done *outcome) error {
	var now Entry
	var open Proposal
	if j.target != 0 {
		var err error
		if now, err = tx.Entry(ctx, j.target); err != nil {
			return err
		}
		if open, err = tx.Proposal(ctx, j.target); err != nil {
			return err
		}
	}
	p, err := im.plan(now, open, &j.row)
	if err == nil && !p.unchanged {
		err = im.write(ctx, tx, p)
	}
	switch {
	case err == nil:
		im.standing.note(p, j.row.Number)
		done.count(p)
		done.warn(im, p, j.row.Number)
	case p.faulty || mayMeet(err):
		done.refused = append(done.refused, refusal{j.row.Number, err})
	default:
		return err
	}
	return nil
}

// mayMeet reports whether err is about what came after a row was planned, such
// as a code that was made up for the row before. It is found before anything is
// written.
func mayMeet(err error) bool {
	reason := desk.ReasonOf(err)
	return reason == codeTaken || reason == duplicateQuestion || reason == unknownDepartment
}

// write does what was planned for a row.
func (im *importing) write(ctx context.Context, tx Tx, p plan) error {
	s, e, open := im.service, p.now, p.open
	if p.state == Published && !p.review {
		if err := s.single(ctx, tx, p.now, p.content, DayOf(s.now())); err != nil {
			return err
		}
	}
	switch {
	case p.now.ID == 0:
		state := p.state
		if p.review {
			state = Draft
		}
		var err error
		if e, err = s.insert(ctx, tx, im.actor, p.content, state); err != nil || !p.review {
			return err
		}
		return s.submit(ctx, tx, im.actor, e, &open, time.Time{})
	case !p.direct:
		if err := s.write(ctx, tx, im.actor, &e, &open, p.content); err != nil || !p.review {
			return err
		}
		return s.submit(ctx, tx, im.actor, e, &open, time.Time{})
	}
	if err := s.codeStays(ctx, tx, e, p.content); err != nil {
		return err
	}
	switch {
	case p.state == Published:
		e.Authors = nil
	case !p.content.Equal(e.Content):
		e.Authors = with(e.Authors, im.actor.UserID)
	}
	e.Content, e.State = p.content, p.state
	_, err := s.change(ctx, tx, im.actor, p.now.State, e, writer{author: im.actor.UserID})
	return err
}

// try is batch for a dry run.
func (im *importing) try(ctx context.Context, jobs []job) error {
	var ids []EntryID
	for _, j := range jobs {
		if j.target != 0 {
			ids = append(ids, j.target)
		}
	}
	present, open := map[EntryID]Entry{}, map[EntryID]Proposal{}
	if len(ids) > 0 {
		entries, err := im.service.store.EntriesByID(ctx, ids)
		if err != nil {
			return err
		}
		proposals, err := im.service.store.Proposals(ctx, ids)
		if err != nil {
			return err
		}
		for _, e := range entries {
			present[e.ID] = e
		}
		for _, p := range proposals {
			open[p.EntryID] = p
		}
	}
	var done outcome
	for _, j := range jobs {
		p, err := im.plan(present[j.target], open[j.target], &j.row)
		if err != nil {
			done.refused = append(done.refused, refusal{j.row.Number, err})
			continue
		}
		im.standing.note(p, j.row.Number)
		done.count(p)
		done.warn(im, p, j.row.Number)
		if !p.unchanged {
			done.changes = append(done.changes, p.change(j.row.Number))
		}
	}
	im.count(done)
	return nil
}

func (im *importing) count(done outcome) {
	im.result.Created += done.created
	im.result.Updated += done.updated
	im.result.Unchanged += done.unchanged
	im.result.InReview += done.inReview
	im.result.Emptied += done.emptied
	if room := maxRowChanges - len(im.result.Changes); room > 0 {
		im.result.Changes = append(im.result.Changes, done.changes[:min(room, len(done.changes))]...)
	}
	if room := maxRowErrors - len(im.result.Warnings); room > 0 {
		im.result.Warnings = append(im.result.Warnings, done.warnings[:min(room, len(done.warnings))]...)
	}
	for _, r := range done.refused {
		im.refuse(r.row, r.err)
	}
}

// refuse reports a row, the first thousand by name.
func (im *importing) refuse(row int, err error) {
	im.refused++
	if im.refused > maxRowErrors {
		return
	}
	message := err.Error()
	var e *desk.Error
	if errors.As(err, &e) {
		message = e.Message
		if e.Code == desk.Invalid && len(e.Fields) > 0 {
			message = byColumn(e.Fields)
		}
	}
	im.result.Errors = append(im.result.Errors, RowError{Row: row, Message: message})
}

// byColumn says what is wrong with a row by the columns' names in the file.
func byColumn(fields []desk.Field) string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = sheet.Title(f.Name) + "：" + f.Message
	}
	return strings.Join(out, "；")
}

// close puts what is told in the order of the rows.
func (im *importing) close() {
	slices.SortStableFunc(im.result.Errors, func(a, b RowError) int { return a.Row - b.Row })
	if more := im.refused - maxRowErrors; more > 0 {
		im.result.Errors = append(im.result.Errors, RowError{Message: "另有 " + strconv.Itoa(more) + " 行有错误，未逐一列出"})
	}
}
