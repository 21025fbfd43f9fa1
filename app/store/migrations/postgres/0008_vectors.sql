-- What an entry means, made by an embedding model; derived data. One vector an
-- entry: another model's takes the place of the one before.
CREATE TABLE entry_vectors (
	entry_id BIGINT PRIMARY KEY REFERENCES entries (id) ON DELETE CASCADE,
	model    TEXT   NOT NULL,
	revision BIGINT NOT NULL,
	made_at  BIGINT NOT NULL,
	vector   BYTEA  NOT NULL
);
CREATE INDEX entry_vectors_by_time ON entry_vectors (model, made_at, entry_id);
