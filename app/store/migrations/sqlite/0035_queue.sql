-- The place of a ticket among those who wait: its deadline, while its clock runs
-- 2^53 less when its priority is 2, and 2^54 less when it is in front: the citizen
-- was not helped by an answer or wrote an urgent word, and nobody answered since.
ALTER TABLE tickets ADD COLUMN in_front INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tickets ADD COLUMN queue_at INTEGER NOT NULL DEFAULT 0;
UPDATE tickets SET queue_at = CASE WHEN priority >= 2 AND due_at < 4503599627370495 THEN due_at - 9007199254740992 ELSE due_at END;
DROP INDEX tickets_waiting;
DROP INDEX tickets_waiting_assignee;
CREATE INDEX tickets_waiting ON tickets (queue_at, id, assignee_id, account_id, department_id, state, due_at) WHERE active = 2;
CREATE INDEX tickets_waiting_assignee ON tickets (assignee_id, queue_at, id) WHERE active = 2;
