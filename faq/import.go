package faq

import (
	"context"
	"errors"
	"io"
	"strconv"

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
)

// ImportOptions say how a file is taken in.
type ImportOptions struct {
	Format  Format
	Publish bool // publish what is imported, but for rows that say retired; needs PublishLibrary
	DryRun  bool // only say what would happen
}

// ImportResult counts entries and names the rows that were not taken.
type ImportResult struct {
	Created   int        `json:"created"`
	Updated   int        `json:"updated"`
	Unchanged int        `json:"unchanged"`
	Errors    []RowError `json:"errors"`
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
// kept. Needs EditLibrary; a row that publishes, or changes what is published,
// needs PublishLibrary. Imports run one after another.
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
	im := &importing{service: s, actor: actor, options: o, find: newFinder(s.lex, keys), result: result}
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
	service *Service
	actor   desk.Actor
	options ImportOptions
	find    *finder
	result  ImportResult
	refused int
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
	created, updated, unchanged int
	refused                     []refusal
}

type refusal struct {
	row int
	err error
}

// take writes one row. Only errors of the store are returned; what is wrong
// with the row goes to done.
func (im *importing) take(ctx context.Context, tx Tx, j job, done *outcome) error {
	var now Entry
	if j.target != 0 {
		var err error
		if now, err = tx.Entry(ctx, j.target); err != nil {
			return err
		}
	}
	next, fault := im.next(now, &j.row)
	var err error
	switch {
	case fault != nil:
		done.refused = append(done.refused, refusal{j.row.Number, fault})
	case j.target == 0:
		_, err = im.service.insert(ctx, tx, im.actor, next.Content, next.State)
		if desk.ReasonOf(err) == codeTaken { // by a code made up for a row before
			done.refused = append(done.refused, refusal{j.row.Number, err})
			err = nil
		} else {
			done.created++
		}
	case next.State == now.State && next.Content.Equal(now.Content):
		done.unchanged++
	default:
		done.updated++
		_, err = im.service.change(ctx, tx, im.actor, now.State, next)
	}
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
	present := map[EntryID]Entry{}
	if len(ids) > 0 {
		entries, err := im.service.store.EntriesByID(ctx, ids)
		if err != nil {
			return err
		}
		for _, e := range entries {
			present[e.ID] = e
		}
	}
	var done outcome
	for _, j := range jobs {
		now := present[j.target]
		next, err := im.next(now, &j.row)
		switch {
		case err != nil:
			done.refused = append(done.refused, refusal{j.row.Number, err})
		case j.target == 0:
			done.created++
		case next.State == now.State && next.Content.Equal(now.Content):
			done.unchanged++
		default:
			done.updated++
		}
	}
	im.count(done)
	return nil
}

func (im *importing) count(done outcome) {
	im.result.Created += done.created
	im.result.Updated += done.updated
	im.result.Unchanged += done.unchanged
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
	}
	im.result.Errors = append(im.result.Errors, RowError{Row: row, Message: message})
}

func (im *importing) close() {
	if more := im.refused - maxRowErrors; more > 0 {
		im.result.Errors = append(im.result.Errors, RowError{Message: "另有 " + strconv.Itoa(more) + " 行有错误，未逐一列出"})
	}
}
