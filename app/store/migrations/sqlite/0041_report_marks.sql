-- What citizens said of the answers is counted too: sums has how often each mark
-- was given, marks what each round of a ticket got, "milliseconds:mark" of each.
-- Everything is counted anew.
DROP TABLE report_sums;
CREATE TABLE report_sums (
  dimension TEXT NOT NULL,
  account_id INTEGER NOT NULL,
  period INTEGER NOT NULL,
  sums TEXT NOT NULL,
  PRIMARY KEY (dimension, account_id, period)
);
DROP TABLE report_tickets;
CREATE TABLE report_tickets (
  ticket_id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  department_id INTEGER NOT NULL,
  assignee_id INTEGER NOT NULL,
  category TEXT NOT NULL,
  state TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  answered_at INTEGER NOT NULL,
  by_bot INTEGER NOT NULL,
  closed_at INTEGER NOT NULL,
  missed INTEGER NOT NULL,
  open INTEGER NOT NULL,
  marks TEXT NOT NULL
);
UPDATE report_progress SET version = '', revision = revision + 1;
