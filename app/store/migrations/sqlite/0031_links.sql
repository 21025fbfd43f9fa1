-- A link by which a liaison reaches one escalation from a notice. The token is
-- kept as its hash only; name is its part that is no secret. A code of six digits
-- is derived from code_nonce with the desk's key.
CREATE TABLE links (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  token_hash TEXT NOT NULL,
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  escalation_id INTEGER NOT NULL REFERENCES escalations(id) ON DELETE CASCADE,
  notice_id INTEGER NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER NOT NULL DEFAULT 0,
  used_at INTEGER NOT NULL DEFAULT 0,
  code_nonce TEXT NOT NULL DEFAULT '',
  code_until INTEGER NOT NULL DEFAULT 0,
  code_tries INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX links_user ON links (user_id) WHERE revoked_at = 0;
CREATE INDEX links_escalation ON links (escalation_id);
CREATE INDEX links_expiry ON links (expires_at);
-- A session that a link opened reaches what the link leads to; 0: signed in.
ALTER TABLE sessions ADD COLUMN link_id INTEGER NOT NULL DEFAULT 0;
CREATE INDEX sessions_link ON sessions (link_id) WHERE link_id <> 0;
