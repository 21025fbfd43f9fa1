-- The ticket that goes on with all this one had; 0: it was not merged.
ALTER TABLE tickets ADD COLUMN merged_into INTEGER NOT NULL DEFAULT 0;
CREATE INDEX tickets_merged ON tickets (merged_into, created_at) WHERE merged_into <> 0;
