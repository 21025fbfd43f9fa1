-- Attachments of a desk of several processes. A file is there when its row in
-- files is; chunks without one are the rest of a download that broke off.
CREATE TABLE files (
  path TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE TABLE file_chunks (
  path TEXT NOT NULL,
  seq INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (path, seq)
);
