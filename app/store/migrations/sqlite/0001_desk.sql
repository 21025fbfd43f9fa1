-- The desk's first schema. Times are milliseconds since 1970 UTC, 0 for none;
-- booleans are 0 and 1; the PostgreSQL twin of this file has the same tables and
-- columns in the same order (a test compares them).

CREATE TABLE departments (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  short_name TEXT NOT NULL DEFAULT ''
);

CREATE TABLE accounts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  platform TEXT NOT NULL,
  name TEXT NOT NULL,
  group_name TEXT NOT NULL DEFAULT '',
  settings BLOB NOT NULL,
  enabled INTEGER NOT NULL DEFAULT 1,
  bot_enabled INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);

CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  username TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  department_id INTEGER NOT NULL DEFAULT 0,
  password_hash TEXT NOT NULL,
  all_accounts INTEGER NOT NULL DEFAULT 1,
  active INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE user_accounts (
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  PRIMARY KEY (user_id, account_id)
);

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  csrf TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  address TEXT NOT NULL DEFAULT '',
  agent TEXT NOT NULL DEFAULT ''
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE api_tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL DEFAULT 0,
  used_at INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE contacts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id INTEGER NOT NULL REFERENCES accounts(id),
  external_id TEXT NOT NULL,
  name TEXT NOT NULL DEFAULT '',
  subscribed INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  erased_at INTEGER NOT NULL DEFAULT 0,
  UNIQUE (account_id, external_id)
);

CREATE TABLE windows (
  contact_id INTEGER NOT NULL REFERENCES contacts(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  remaining INTEGER NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (contact_id, name)
);

CREATE TABLE posts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id INTEGER NOT NULL REFERENCES accounts(id),
  external_id TEXT NOT NULL,
  title TEXT NOT NULL DEFAULT '',
  url TEXT NOT NULL DEFAULT '',
  UNIQUE (account_id, external_id)
);

-- What arrived, as it arrived. (account_id, external_id) is the idempotency
-- key of everything inbound.
CREATE TABLE payloads (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id INTEGER NOT NULL REFERENCES accounts(id),
  external_id TEXT NOT NULL,
  contact_id INTEGER NOT NULL DEFAULT 0,
  received_at INTEGER NOT NULL,
  error TEXT NOT NULL DEFAULT '',
  body BLOB NOT NULL,
  UNIQUE (account_id, external_id)
);
CREATE INDEX payloads_dead ON payloads (id) WHERE error <> '';
CREATE INDEX payloads_contact ON payloads (contact_id);

-- active: 2 waits for an answer, 1 answered, 0 closed or ignored. due_at is the
-- running clock's, or 4503599627370496 when none runs, so that it always sorts.
CREATE TABLE tickets (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  number TEXT NOT NULL UNIQUE,
  account_id INTEGER NOT NULL REFERENCES accounts(id),
  contact_id INTEGER NOT NULL REFERENCES contacts(id),
  kind TEXT NOT NULL,
  post_id INTEGER NOT NULL DEFAULT 0,
  comment_id TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL,
  active INTEGER NOT NULL,
  priority INTEGER NOT NULL DEFAULT 0,
  subject TEXT NOT NULL DEFAULT '',
  preview TEXT NOT NULL DEFAULT '',
  assignee_id INTEGER NOT NULL DEFAULT 0,
  department_id INTEGER NOT NULL DEFAULT 0,
  tags TEXT NOT NULL DEFAULT '[]',
  closing_reason TEXT NOT NULL DEFAULT '',
  message_count INTEGER NOT NULL DEFAULT 0,
  answered INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER NOT NULL,
  last_message_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  closed_at INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX tickets_one_open ON tickets (contact_id) WHERE kind = 'private' AND active > 0;
CREATE UNIQUE INDEX tickets_comment ON tickets (account_id, comment_id) WHERE comment_id <> '';
CREATE INDEX tickets_contact ON tickets (contact_id, id);
-- Who waits. The columns after id let a filter pass over a ticket without
-- reading it, and answer the counts. Closed tickets, in time nearly all of them,
-- are in none of these.
CREATE INDEX tickets_waiting ON tickets (due_at, id, assignee_id, account_id, department_id, state) WHERE active = 2;
CREATE INDEX tickets_waiting_assignee ON tickets (assignee_id, due_at, id) WHERE active = 2;
CREATE INDEX tickets_waiting_newest ON tickets (last_message_at, id, assignee_id, account_id, department_id, state) WHERE active = 2;
-- All of them, newest message first.
CREATE INDEX tickets_newest ON tickets (last_message_at, id);
CREATE INDEX tickets_newest_account ON tickets (account_id, last_message_at, id);
CREATE INDEX tickets_newest_assignee ON tickets (assignee_id, last_message_at, id);
CREATE INDEX tickets_newest_department ON tickets (department_id, last_message_at, id) WHERE department_id <> 0;
CREATE INDEX tickets_newest_state ON tickets (state, last_message_at, id);

CREATE TABLE ticket_reads (
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  ticket_id INTEGER NOT NULL REFERENCES tickets(id) ON DELETE CASCADE,
  messages INTEGER NOT NULL,
  PRIMARY KEY (user_id, ticket_id)
);

CREATE TABLE messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ticket_id INTEGER NOT NULL REFERENCES tickets(id),
  payload_id INTEGER NOT NULL REFERENCES payloads(id),
  contact_id INTEGER NOT NULL,
  external_id TEXT NOT NULL,
  type TEXT NOT NULL,
  text TEXT NOT NULL,
  data TEXT NOT NULL DEFAULT '',
  sent_at INTEGER NOT NULL,
  received_at INTEGER NOT NULL
);
CREATE INDEX messages_ticket ON messages (ticket_id, id);
CREATE INDEX messages_contact ON messages (contact_id);

CREATE TABLE attachments (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  message_id INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
  ticket_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  external_id TEXT NOT NULL DEFAULT '',
  url TEXT NOT NULL DEFAULT '',
  format TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'pending',
  name TEXT NOT NULL DEFAULT '',
  content_type TEXT NOT NULL DEFAULT '',
  size INTEGER NOT NULL DEFAULT 0,
  path TEXT NOT NULL DEFAULT '',
  error TEXT NOT NULL DEFAULT ''
);
CREATE INDEX attachments_ticket ON attachments (ticket_id);

CREATE TABLE notes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ticket_id INTEGER NOT NULL REFERENCES tickets(id),
  author_id INTEGER NOT NULL,
  text TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE INDEX notes_ticket ON notes (ticket_id, id);

CREATE TABLE replies (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ticket_id INTEGER NOT NULL REFERENCES tickets(id),
  text TEXT NOT NULL,
  state TEXT NOT NULL,
  origin TEXT NOT NULL,
  author_id INTEGER NOT NULL,
  reviewer_id INTEGER NOT NULL DEFAULT 0,
  review_reason TEXT NOT NULL DEFAULT '',
  entry_id INTEGER NOT NULL DEFAULT 0,
  entry_revision INTEGER NOT NULL DEFAULT 0,
  answers_until INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  tries INTEGER NOT NULL DEFAULT 0,
  error_code TEXT NOT NULL DEFAULT '',
  error_message TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  sent_at INTEGER NOT NULL DEFAULT 0,
  CHECK (origin <> 'llm' OR reviewer_id <> 0 OR state IN ('draft', 'in_review', 'rejected', 'cancelled'))
);
CREATE INDEX replies_ticket ON replies (ticket_id, id);
CREATE INDEX replies_trouble ON replies (id) WHERE state IN ('failed', 'unknown');

CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  reply_id INTEGER NOT NULL REFERENCES replies(id),
  attempt INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  finished_at INTEGER NOT NULL DEFAULT 0,
  outcome TEXT NOT NULL DEFAULT '',
  code TEXT NOT NULL DEFAULT '',
  message TEXT NOT NULL DEFAULT '',
  external_id TEXT NOT NULL DEFAULT '',
  UNIQUE (reply_id, attempt)
);

-- message_id: what the clock asks an answer to, 0 when a person reopened.
CREATE TABLE clocks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ticket_id INTEGER NOT NULL REFERENCES tickets(id),
  message_id INTEGER NOT NULL DEFAULT 0,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  warned INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL,
  met_at INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX clocks_one_open ON clocks (ticket_id) WHERE met_at = 0 AND state IN ('running', 'missed');
CREATE INDEX clocks_ticket ON clocks (ticket_id, id);
CREATE INDEX clocks_next ON clocks (next_at) WHERE state = 'running';

CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  ticket_id INTEGER NOT NULL DEFAULT 0,
  account_id INTEGER NOT NULL DEFAULT 0,
  department_id INTEGER NOT NULL DEFAULT 0,
  actor_id INTEGER NOT NULL DEFAULT 0,
  audience TEXT NOT NULL DEFAULT '',
  at INTEGER NOT NULL,
  data TEXT NOT NULL
);
CREATE INDEX events_ticket ON events (ticket_id, id) WHERE ticket_id <> 0;

CREATE TABLE jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  payload TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'waiting',
  run_at INTEGER NOT NULL,
  lease_until INTEGER NOT NULL DEFAULT 0,
  lease_owner TEXT NOT NULL DEFAULT '',
  attempts INTEGER NOT NULL DEFAULT 0,
  max_attempts INTEGER NOT NULL DEFAULT 0,
  again INTEGER NOT NULL DEFAULT 0,
  last_error TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX jobs_one ON jobs (kind, key) WHERE state IN ('waiting', 'running');
CREATE INDEX jobs_due ON jobs (run_at, id) WHERE state = 'waiting';
CREATE INDEX jobs_leased ON jobs (lease_until) WHERE state = 'running';
CREATE INDEX jobs_dead ON jobs (id) WHERE state = 'dead';

CREATE TABLE entries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  code TEXT NOT NULL UNIQUE,
  question TEXT NOT NULL,
  similar_questions TEXT NOT NULL DEFAULT '[]',
  answer TEXT NOT NULL,
  category TEXT NOT NULL DEFAULT '',
  department TEXT NOT NULL DEFAULT '',
  document_number TEXT NOT NULL DEFAULT '',
  service_link TEXT NOT NULL DEFAULT '',
  valid_from TEXT NOT NULL DEFAULT '',
  valid_to TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL,
  revision INTEGER NOT NULL,
  uses INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  updated_by INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX entries_state ON entries (state, id);
CREATE INDEX entries_department ON entries (department, id);
CREATE INDEX entries_category ON entries (category, id);

CREATE TABLE entry_revisions (
  entry_id INTEGER NOT NULL REFERENCES entries(id),
  revision INTEGER NOT NULL,
  content TEXT NOT NULL,
  author_id INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (entry_id, revision)
);

CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
);
