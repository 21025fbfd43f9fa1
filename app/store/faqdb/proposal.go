package faqdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"replydesk/app/store"
	"replydesk/faq"
)

// revision is what entry_revisions.content holds.
type revision struct {
	faq.Content
	State faq.State `json:"state"`
}

const revisionColumns = `entry_id, revision, content, author_id, reviewer_id, created_at`

func scanRevision(row interface{ Scan(...any) error }) (faq.Revision, error) {
	var r faq.Revision
	var content string
	var at int64
	if err := row.Scan(&r.EntryID, &r.Revision, &content, &r.AuthorID, &r.ReviewerID, &at); err != nil {
		return r, store.Translate(err)
	}
	var kept revision
	err := json.Unmarshal([]byte(content), &kept)
	r.Content, r.State, r.CreatedAt = kept.Content, kept.State, store.Time(at)
	return r, err
}

// Revisions implements faq.Reader.
func (s *Store) Revisions(ctx context.Context, id faq.EntryID, limit int) ([]faq.Revision, error) {
	rows, err := s.db.Query(ctx, `SELECT `+revisionColumns+` FROM entry_revisions
		WHERE entry_id = $1 ORDER BY revision DESC LIMIT $2`, id, limit)
	return store.Collect(rows, err, func(row *sql.Rows) (faq.Revision, error) { return scanRevision(row) })
}

// Revision implements faq.Reader.
func (s *Store) Revision(ctx context.Context, id faq.EntryID, number int64) (faq.Revision, error) {
	return oneRevision(ctx, s.db, id, number)
}

// Revision implements faq.Tx.
func (tx *Tx) Revision(ctx context.Context, id faq.EntryID, number int64) (faq.Revision, error) {
	return oneRevision(ctx, tx, id, number)
}

func oneRevision(ctx context.Context, q store.Querier, id faq.EntryID, number int64) (faq.Revision, error) {
	r, err := scanRevision(q.QueryRow(ctx, `SELECT `+revisionColumns+` FROM entry_revisions
		WHERE entry_id = $1 AND revision = $2`, id, number))
	if err != nil {
		return faq.Revision{}, fmt.Errorf("revision %d of entry %d: %w", number, id, err)
	}
	return r, nil
}

// AddRevision implements faq.Tx.
func (tx *Tx) AddRevision(ctx context.Context, r faq.Revision) error {
	content, err := json.Marshal(revision{Content: r.Content, State: r.State})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO entry_revisions (`+revisionColumns+`) VALUES ($1, $2, $3, $4, $5, $6)`,
		r.EntryID, r.Revision, string(content), r.AuthorID, r.ReviewerID, store.Millis(r.CreatedAt))
	return store.Translate(err)
}

const proposalColumns = `entry_id, content, state, version, authors, author_id, updated_at, submitted_by, submitted_at,
	reviewer_id, reviewed_at, reason, publish_at`

func scanProposal(row interface{ Scan(...any) error }) (faq.Proposal, error) {
	var p faq.Proposal
	var content, authors string
	var updated, submitted, reviewed, publish int64
	err := row.Scan(&p.EntryID, &content, &p.State, &p.Version, &authors, &p.AuthorID, &updated, &p.SubmittedBy, &submitted,
		&p.ReviewerID, &reviewed, &p.Reason, &publish)
	if err != nil {
		return faq.Proposal{}, err
	}
	p.UpdatedAt, p.SubmittedAt, p.ReviewedAt = store.Time(updated), store.Time(submitted), store.Time(reviewed)
	p.PublishAt = store.Time(publish)
	if authors != "[]" {
		if err := json.Unmarshal([]byte(authors), &p.Authors); err != nil {
			return faq.Proposal{}, err
		}
	}
	return p, json.Unmarshal([]byte(content), &p.Content)
}

// Proposals implements faq.Reader.
func (s *Store) Proposals(ctx context.Context, ids []faq.EntryID) ([]faq.Proposal, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	list, args := in(ids, nil)
	rows, err := s.db.Query(ctx, `SELECT `+proposalColumns+` FROM proposals
		WHERE entry_id IN (`+list+`) AND state <> 'closed'`, args...)
	return store.Collect(rows, err, func(row *sql.Rows) (faq.Proposal, error) { return scanProposal(row) })
}

// Proposal implements faq.Tx. The entry's row, which the transaction holds,
// guards it.
func (tx *Tx) Proposal(ctx context.Context, id faq.EntryID) (faq.Proposal, error) {
	rows, err := tx.Query(ctx, `SELECT `+proposalColumns+` FROM proposals WHERE entry_id = $1`, id)
	found, err := store.Collect(rows, err, func(row *sql.Rows) (faq.Proposal, error) { return scanProposal(row) })
	if err != nil || len(found) == 0 {
		return faq.Proposal{}, err
	}
	return found[0], nil
}

// SaveProposal implements faq.Tx.
func (tx *Tx) SaveProposal(ctx context.Context, p faq.Proposal) error {
	content, err := json.Marshal(p.Content)
	if err != nil {
		return err
	}
	authors, err := list(p.Authors)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO proposals (`+proposalColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (entry_id) DO UPDATE SET content = excluded.content, state = excluded.state, version = excluded.version,
		authors = excluded.authors, author_id = excluded.author_id, updated_at = excluded.updated_at,
		submitted_by = excluded.submitted_by, submitted_at = excluded.submitted_at, reviewer_id = excluded.reviewer_id,
		reviewed_at = excluded.reviewed_at, reason = excluded.reason, publish_at = excluded.publish_at`,
		p.EntryID, string(content), p.State, p.Version, authors, p.AuthorID, store.Millis(p.UpdatedAt), p.SubmittedBy,
		store.Millis(p.SubmittedAt), p.ReviewerID, store.Millis(p.ReviewedAt), p.Reason, store.Millis(p.PublishAt))
	if err != nil {
		return fmt.Errorf("proposal of entry %d: %w", p.EntryID, store.Translate(err))
	}
	return nil
}

// Counts implements faq.Reader.
func (s *Store) Counts(ctx context.Context, today, soon faq.Day) (faq.Counts, error) {
	var c faq.Counts
	err := s.db.QueryRow(ctx, `SELECT count(*) FILTER (WHERE state = 'in_review'), count(*) FILTER (WHERE state = 'rejected'),
		count(*) FILTER (WHERE state = 'scheduled') FROM proposals WHERE state <> 'closed'`).Scan(&c.InReview, &c.Rejected, &c.Scheduled)
	if err != nil {
		return c, store.Translate(err)
	}
	err = s.db.QueryRow(ctx, `SELECT count(*) FROM entries
		WHERE state = 'published' AND valid_to <> '' AND valid_to >= $1 AND valid_to <= $2`, today, soon).Scan(&c.Expiring)
	return c, store.Translate(err)
}

// Ending implements faq.Reader.
func (s *Store) Ending(ctx context.Context, first, last faq.Day, after faq.EntryID, limit int) ([]faq.Entry, error) {
	rows, err := s.db.Query(ctx, `SELECT `+columns+` FROM entries
		WHERE state = 'published' AND valid_to <> '' AND valid_to >= $1 AND valid_to <= $2 AND id > $3
		ORDER BY id LIMIT $4`, first, last, after, limit)
	return store.Collect(rows, err, scanRows)
}

// Remind implements faq.Tx.
func (tx *Tx) Remind(ctx context.Context, id faq.EntryID, last faq.Day, days int, at time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `INSERT INTO entry_reminders (entry_id, valid_to, days, at) VALUES ($1, $2, $3, $4)
		ON CONFLICT DO NOTHING`, id, last, days, store.Millis(at))
	return n > 0, store.Translate(err)
}
