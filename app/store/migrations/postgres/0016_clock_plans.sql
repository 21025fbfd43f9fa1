-- A clock carries its plan: how long it runs, in which time, when who is told,
-- as it was when the clock started (a JSON object). fired counts the marks that
-- have passed, repeats counted on; warned stays the highest share among them.
-- escalation_id: whose clock it is, 0 for the ticket's own. next_at is when the
-- next mark passes, of a paused clock when its pause ends by itself, 0 for none.
-- due_at of a ticket whose own clock is paused is 4503599627370495: behind all
-- that run and before those without a clock.
DROP INDEX clocks_one_open;
DROP INDEX clocks_next;
ALTER TABLE clocks ADD COLUMN escalation_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE clocks ADD COLUMN plan TEXT NOT NULL DEFAULT '{}';
ALTER TABLE clocks ADD COLUMN fired BIGINT NOT NULL DEFAULT 0;
ALTER TABLE clocks ADD COLUMN paused_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE clocks ADD COLUMN pause_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE clocks ADD COLUMN pause_reason TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX clocks_one_open ON clocks (ticket_id, escalation_id) WHERE met_at = 0 AND state IN ('running', 'paused', 'missed');
CREATE INDEX clocks_next ON clocks (next_at) WHERE next_at > 0;

-- Those that run already keep the mark they wait for, and their deadline.
UPDATE clocks SET next_at = 0 WHERE state <> 'running';
UPDATE clocks SET fired = 1 WHERE state = 'missed';
UPDATE clocks SET plan = '{"target":' || (due_at - started_at) || ',"steps":[{"percent":' ||
  ((next_at - started_at) * 100 / (due_at - started_at)) || ',"at":' || next_at || ',"roles":["assignee"]},{"percent":100,"at":' ||
  due_at || ',"roles":["assignee","supervisor","department_head"]}]}' WHERE state = 'running' AND next_at > started_at AND next_at < due_at;
