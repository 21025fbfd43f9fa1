-- One row for all keys of a dimension: as many rows as days, not as tickets. sums
-- has a line for each key: the key, what was counted, and how many answers took
-- how long. Everything is counted anew.
DROP TABLE report_cells;
CREATE TABLE report_sums (
  dimension TEXT NOT NULL,
  account_id INTEGER NOT NULL,
  period INTEGER NOT NULL,
  sums TEXT NOT NULL,
  PRIMARY KEY (dimension, account_id, period)
);
UPDATE report_progress SET version = '', revision = revision + 1;
