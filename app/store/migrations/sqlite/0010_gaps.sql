-- What people ask and the library does not answer well. A gap is a group of
-- questions alike; entry_id is the entry that was made or named for it (set_at).
CREATE TABLE gaps (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  question TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'open',
  reason TEXT NOT NULL DEFAULT '',
  entry_id INTEGER NOT NULL DEFAULT 0,
  asked INTEGER NOT NULL DEFAULT 0,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  set_at INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX gaps_asked ON gaps (asked, last_at, id);
CREATE TABLE gap_questions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  gap_id INTEGER NOT NULL REFERENCES gaps(id),
  question TEXT NOT NULL,
  source TEXT NOT NULL,
  ticket_id INTEGER NOT NULL,
  message_id INTEGER NOT NULL,
  entry_id INTEGER NOT NULL DEFAULT 0,
  at INTEGER NOT NULL,
  UNIQUE (message_id, source)
);
CREATE INDEX gap_questions_gap ON gap_questions (gap_id, id);
CREATE INDEX gap_questions_ticket ON gap_questions (ticket_id);
CREATE TABLE gap_terms (
  term TEXT NOT NULL,
  gap_id INTEGER NOT NULL REFERENCES gaps(id),
  PRIMARY KEY (term, gap_id)
);
