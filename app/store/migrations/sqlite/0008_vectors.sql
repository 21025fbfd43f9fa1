-- What an entry means, made by an embedding model; derived data. One vector an
-- entry: another model's takes the place of the one before.
CREATE TABLE entry_vectors (
	entry_id INTEGER PRIMARY KEY REFERENCES entries (id) ON DELETE CASCADE,
	model    TEXT    NOT NULL,
	revision INTEGER NOT NULL,
	made_at  INTEGER NOT NULL,
	vector   BLOB    NOT NULL
);
CREATE INDEX entry_vectors_by_time ON entry_vectors (model, made_at, entry_id);
