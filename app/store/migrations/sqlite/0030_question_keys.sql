-- What all spellings of an entry's question share. The desk fills it at its
-- start, for only it knows how to fold.
ALTER TABLE entries ADD COLUMN question_key TEXT NOT NULL DEFAULT '';
CREATE INDEX entries_question ON entries (question_key) WHERE state = 'published';
