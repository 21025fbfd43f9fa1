-- answers: 0 for a menu, a greeting or a hand-over, which answer nothing.
ALTER TABLE replies ADD COLUMN answers BIGINT NOT NULL DEFAULT 1;
