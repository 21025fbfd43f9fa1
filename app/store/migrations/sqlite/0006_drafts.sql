-- What a model was asked and what it wrote. prompt is what left the desk, with
-- personal data masked; text what came back, without its marks; citations a
-- JSON array. fault says why nothing came of it. cost is in hundredths of a
-- yuan, rounded up.
CREATE TABLE drafts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ticket_id INTEGER NOT NULL REFERENCES tickets(id),
  user_id INTEGER NOT NULL,
  model TEXT NOT NULL,
  state TEXT NOT NULL,
  fault TEXT NOT NULL DEFAULT '',
  prompt TEXT NOT NULL,
  text TEXT NOT NULL DEFAULT '',
  citations TEXT NOT NULL DEFAULT '[]',
  masked INTEGER NOT NULL DEFAULT 0,
  tokens_in INTEGER NOT NULL DEFAULT 0,
  tokens_out INTEGER NOT NULL DEFAULT 0,
  cost INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  finished_at INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX drafts_created ON drafts (created_at);
CREATE INDEX drafts_ticket ON drafts (ticket_id);
ALTER TABLE replies ADD COLUMN draft_id INTEGER NOT NULL DEFAULT 0;
CREATE INDEX replies_draft ON replies (draft_id) WHERE draft_id <> 0;
