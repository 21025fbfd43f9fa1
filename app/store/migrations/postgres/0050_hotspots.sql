-- The tickets of each tag ("tag:…") and post ("post:12") as the reports count them,
-- derived with them; ended: closed or ignored. Everything is counted anew.
CREATE TABLE hotspot_tickets (
  subject TEXT COLLATE "C" NOT NULL,
  received_at BIGINT NOT NULL,
  ticket_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  department_id BIGINT NOT NULL,
  answered_at BIGINT NOT NULL,
  ended BIGINT NOT NULL,
  mark1 BIGINT NOT NULL,
  mark2 BIGINT NOT NULL,
  mark3 BIGINT NOT NULL,
  mark4 BIGINT NOT NULL,
  mark5 BIGINT NOT NULL,
  PRIMARY KEY (subject, received_at, ticket_id)
);
CREATE INDEX hotspot_tickets_at ON hotspot_tickets (received_at, subject, account_id);
ALTER TABLE report_tickets ADD COLUMN hotspots TEXT NOT NULL DEFAULT '';
UPDATE report_progress SET version = '', revision = revision + 1;
