-- Bad marks that somebody looks after, one for a rating. author_id and origin: who
-- sent the answer that was rated. mark: the one that opened it. outcome: '' while
-- it is open.
CREATE TABLE follow_ups (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  rating_id INTEGER NOT NULL UNIQUE REFERENCES ratings(id),
  ticket_id INTEGER NOT NULL REFERENCES tickets(id),
  account_id INTEGER NOT NULL,
  department_id INTEGER NOT NULL,
  author_id INTEGER NOT NULL,
  origin TEXT NOT NULL,
  mark INTEGER NOT NULL,
  opened_at INTEGER NOT NULL,
  outcome TEXT NOT NULL DEFAULT '',
  remark TEXT NOT NULL DEFAULT '',
  closed_by INTEGER NOT NULL DEFAULT 0,
  closed_at INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX follow_ups_ticket ON follow_ups (ticket_id);
CREATE INDEX follow_ups_open ON follow_ups (id) WHERE outcome = '';
CREATE INDEX follow_ups_closed ON follow_ups (id) WHERE outcome <> '';
