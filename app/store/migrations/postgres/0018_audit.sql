-- Who did what, when, from where. Rows are chained by their code (mac), numbered
-- without a gap, and neither changed nor removed.
CREATE TABLE audit (
  seq BIGINT PRIMARY KEY,
  at BIGINT NOT NULL,
  actor_id BIGINT NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  ticket_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  department_id BIGINT NOT NULL,
  reason TEXT NOT NULL,
  address TEXT NOT NULL,
  data TEXT NOT NULL,
  mac TEXT NOT NULL
);
CREATE INDEX audit_ticket ON audit (ticket_id, seq) WHERE ticket_id <> 0;
CREATE INDEX audit_actor ON audit (actor_id, seq);
CREATE INDEX audit_action ON audit (action, seq);
CREATE INDEX audit_time ON audit (at, seq);

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit is neither changed nor deleted';
END
$$;
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
