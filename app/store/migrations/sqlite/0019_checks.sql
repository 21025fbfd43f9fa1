-- The word lists. key is the folded text: two writings of a word are one.
CREATE TABLE words (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  text TEXT NOT NULL,
  key TEXT NOT NULL UNIQUE,
  level TEXT NOT NULL,
  direction TEXT NOT NULL,
  category TEXT NOT NULL DEFAULT '',
  exceptions TEXT NOT NULL DEFAULT '[]',
  enabled INTEGER NOT NULL DEFAULT 1,
  updated_by INTEGER NOT NULL DEFAULT 0,
  updated_at INTEGER NOT NULL
);

-- What checks found, and who decided what about it. message_id of what came in,
-- reply_id of what was to go out (0: it was blocked and no reply).
CREATE TABLE check_hits (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  ticket_id INTEGER NOT NULL REFERENCES tickets(id),
  message_id INTEGER NOT NULL DEFAULT 0,
  reply_id INTEGER NOT NULL DEFAULT 0,
  rule TEXT NOT NULL,
  kind TEXT NOT NULL DEFAULT '',
  word_id INTEGER NOT NULL DEFAULT 0,
  word TEXT NOT NULL DEFAULT '',
  level TEXT NOT NULL,
  direction TEXT NOT NULL,
  decision TEXT NOT NULL,
  actor_id INTEGER NOT NULL DEFAULT 0,
  decided_by INTEGER NOT NULL DEFAULT 0,
  decided_at INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX check_hits_ticket ON check_hits (ticket_id, id);
CREATE INDEX check_hits_reply ON check_hits (reply_id) WHERE reply_id <> 0;

-- Many messages that say the same within a short time. sample_id is the first
-- of them; a message belongs to one alert at most.
CREATE TABLE alerts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  sample_id INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  opened_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  closed_at INTEGER NOT NULL DEFAULT 0,
  closed_by INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT ''
);
CREATE INDEX alerts_open ON alerts (id) WHERE closed_at = 0;
CREATE TABLE alert_messages (
  message_id INTEGER PRIMARY KEY,
  alert_id INTEGER NOT NULL REFERENCES alerts(id),
  ticket_id INTEGER NOT NULL
);
CREATE INDEX alert_messages_alert ON alert_messages (alert_id, ticket_id);
