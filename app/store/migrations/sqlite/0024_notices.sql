-- Notices: one event told to one person; sends: one notice on its way by one
-- medium outside the desk; senders: the e-mail server and the robots.
ALTER TABLE users ADD COLUMN email TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN mobile TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN mention_id TEXT NOT NULL DEFAULT '';
CREATE TABLE notice_settings (
  user_id INTEGER PRIMARY KEY REFERENCES users(id) ON DELETE CASCADE,
  settings TEXT NOT NULL
);
CREATE TABLE notices (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  event_id INTEGER NOT NULL,
  event TEXT NOT NULL,
  topic TEXT NOT NULL,
  urgent INTEGER NOT NULL DEFAULT 0,
  ticket_id INTEGER NOT NULL DEFAULT 0,
  account_id INTEGER NOT NULL DEFAULT 0,
  link TEXT NOT NULL,
  facts TEXT NOT NULL DEFAULT '{}',
  listed INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  read_at INTEGER NOT NULL DEFAULT 0,
  UNIQUE (event_id, user_id)
);
CREATE INDEX notices_user ON notices (user_id, id) WHERE listed = 1;
CREATE INDEX notices_unread ON notices (user_id, id) WHERE listed = 1 AND read_at = 0;
CREATE INDEX notices_age ON notices (created_at);
CREATE TABLE notice_senders (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  setup BLOB NOT NULL,
  enabled INTEGER NOT NULL DEFAULT 1,
  department_id INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX notice_senders_one_mail ON notice_senders (kind) WHERE kind = 'smtp';
CREATE TABLE notice_sends (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  notice_id INTEGER NOT NULL REFERENCES notices(id) ON DELETE CASCADE,
  user_id INTEGER NOT NULL,
  medium TEXT NOT NULL,
  sender_id INTEGER NOT NULL,
  urgent INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  not_before INTEGER NOT NULL,
  claimed_until INTEGER NOT NULL DEFAULT 0,
  error TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (notice_id, medium)
);
-- What waits, of one target; done sends are in none of it.
CREATE INDEX notice_sends_waiting ON notice_sends (sender_id, user_id, not_before) WHERE state IN ('waiting', 'sending');
CREATE INDEX notice_sends_state ON notice_sends (state, id);
-- What happened before there were notices is told to nobody.
INSERT INTO counters (name, value) SELECT 'notice.event', max(id) FROM events HAVING count(*) > 0;
