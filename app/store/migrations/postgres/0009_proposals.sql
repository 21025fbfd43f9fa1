-- A change of what citizens get is a proposal until a second person approves it.
CREATE TABLE proposals (
  entry_id BIGINT PRIMARY KEY REFERENCES entries(id),
  content TEXT NOT NULL,
  state TEXT NOT NULL,
  version BIGINT NOT NULL,
  authors TEXT NOT NULL,
  author_id BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  submitted_by BIGINT NOT NULL DEFAULT 0,
  submitted_at BIGINT NOT NULL DEFAULT 0,
  reviewer_id BIGINT NOT NULL DEFAULT 0,
  reviewed_at BIGINT NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  publish_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX proposals_open ON proposals (state, entry_id) WHERE state <> 'closed';

-- Who wrote what is not published, so that another person approves it.
ALTER TABLE entries ADD COLUMN authors TEXT NOT NULL DEFAULT '[]';
UPDATE entries SET authors = '[' || updated_by || ']' WHERE state <> 'published' AND updated_by <> 0;
ALTER TABLE entry_revisions ADD COLUMN reviewer_id BIGINT NOT NULL DEFAULT 0;

CREATE INDEX entries_ending ON entries (valid_to, id) WHERE state = 'published' AND valid_to <> '';
CREATE TABLE entry_reminders (
  entry_id BIGINT NOT NULL REFERENCES entries(id),
  valid_to TEXT NOT NULL,
  days BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (entry_id, valid_to, days)
);
