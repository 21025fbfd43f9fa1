-- The tickets of each tag ("tag:…") and post ("post:12") as the reports count them,
-- derived with them; ended: closed or ignored. Everything is counted anew.
CREATE TABLE hotspot_tickets (
  subject TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  ticket_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  department_id INTEGER NOT NULL,
  answered_at INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  mark1 INTEGER NOT NULL,
  mark2 INTEGER NOT NULL,
  mark3 INTEGER NOT NULL,
  mark4 INTEGER NOT NULL,
  mark5 INTEGER NOT NULL,
  PRIMARY KEY (subject, received_at, ticket_id)
) WITHOUT ROWID;
CREATE INDEX hotspot_tickets_at ON hotspot_tickets (received_at, subject, account_id);
ALTER TABLE report_tickets ADD COLUMN hotspots TEXT NOT NULL DEFAULT '';
UPDATE report_progress SET version = '', revision = revision + 1;
