-- By what the words of models' drafts are found again in other tickets: keyed
-- sums of a few characters in a row, of recent drafts; derived data.
CREATE TABLE draft_marks (
  mark BIGINT NOT NULL,
  draft_id BIGINT NOT NULL,
  PRIMARY KEY (mark, draft_id)
);
CREATE INDEX draft_marks_draft ON draft_marks (draft_id);
