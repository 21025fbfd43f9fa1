-- Forms and documents that go with a standard answer.
CREATE TABLE entry_files (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  entry_id INTEGER NOT NULL REFERENCES entries(id),
  name TEXT NOT NULL,
  content_type TEXT NOT NULL,
  size INTEGER NOT NULL,
  path TEXT NOT NULL,
  added_by INTEGER NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE INDEX entry_files_entry ON entry_files (entry_id, id);
