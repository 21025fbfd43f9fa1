-- By what the words of models' drafts are found again in other tickets: keyed
-- sums of a few characters in a row, of recent drafts; derived data.
CREATE TABLE draft_marks (
  mark INTEGER NOT NULL,
  draft_id INTEGER NOT NULL,
  PRIMARY KEY (mark, draft_id)
) WITHOUT ROWID;
CREATE INDEX draft_marks_draft ON draft_marks (draft_id);
