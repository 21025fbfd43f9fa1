-- Who did what, when, from where. Rows are chained by their code (mac), numbered
-- without a gap, and neither changed nor removed.
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor_id INTEGER NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  ticket_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  department_id INTEGER NOT NULL,
  reason TEXT NOT NULL,
  address TEXT NOT NULL,
  data TEXT NOT NULL,
  mac TEXT NOT NULL
);
CREATE INDEX audit_ticket ON audit (ticket_id, seq) WHERE ticket_id <> 0;
CREATE INDEX audit_actor ON audit (actor_id, seq);
CREATE INDEX audit_action ON audit (action, seq);
CREATE INDEX audit_time ON audit (at, seq);

CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
BEGIN
  SELECT RAISE(ABORT, 'the audit is never changed');
END;
CREATE TRIGGER audit_remains BEFORE DELETE ON audit
BEGIN
  SELECT RAISE(ABORT, 'the audit is never deleted');
END;
