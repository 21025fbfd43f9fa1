-- Parts of what a model wrote that claim what none of its grounds does: a JSON
-- list. Who approves the draft has to confirm them.
ALTER TABLE drafts ADD COLUMN doubts TEXT NOT NULL DEFAULT '[]';
