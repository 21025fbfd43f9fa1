-- What citizens said of the answers is counted too: sums has how often each mark
-- was given, marks what each round of a ticket got, "milliseconds:mark" of each.
-- Everything is counted anew.
DROP TABLE report_sums;
CREATE TABLE report_sums (
  dimension TEXT COLLATE "C" NOT NULL,
  account_id BIGINT NOT NULL,
  period BIGINT NOT NULL,
  sums TEXT NOT NULL,
  PRIMARY KEY (dimension, account_id, period)
);
DROP TABLE report_tickets;
CREATE TABLE report_tickets (
  ticket_id BIGINT PRIMARY KEY,
  account_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  department_id BIGINT NOT NULL,
  assignee_id BIGINT NOT NULL,
  category TEXT NOT NULL,
  state TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  answered_at BIGINT NOT NULL,
  by_bot BIGINT NOT NULL,
  closed_at BIGINT NOT NULL,
  missed BIGINT NOT NULL,
  open BIGINT NOT NULL,
  marks TEXT NOT NULL
);
UPDATE report_progress SET version = '', revision = revision + 1;
