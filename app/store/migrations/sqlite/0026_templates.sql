-- Texts that replies are begun with; {variables} in them are filled in when
-- somebody takes one, which uses counts.
CREATE TABLE reply_templates (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  text TEXT NOT NULL,
  category TEXT NOT NULL DEFAULT '',
  department_id INTEGER NOT NULL DEFAULT 0,
  enabled INTEGER NOT NULL DEFAULT 1,
  uses INTEGER NOT NULL DEFAULT 0,
  used_at INTEGER NOT NULL DEFAULT 0,
  updated_by INTEGER NOT NULL DEFAULT 0,
  updated_at INTEGER NOT NULL
);
