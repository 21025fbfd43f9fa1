-- Nobody reads when a contact was last seen, and every message wrote it.
ALTER TABLE contacts DROP COLUMN seen_at;

-- A ticket that waits is found by the small indexes of those who wait; the big
-- ones, newest message first, have the others only. So a message moves one
-- index instead of five; a list of all tickets merges two ranges.
DROP INDEX tickets_newest;
DROP INDEX tickets_newest_account;
DROP INDEX tickets_newest_assignee;
DROP INDEX tickets_newest_department;
DROP INDEX tickets_newest_state;
CREATE INDEX tickets_rest_newest ON tickets (last_message_at, id) WHERE active < 2;
CREATE INDEX tickets_rest_newest_account ON tickets (account_id, last_message_at, id) WHERE active < 2;
CREATE INDEX tickets_rest_newest_assignee ON tickets (assignee_id, last_message_at, id) WHERE active < 2;
CREATE INDEX tickets_rest_newest_department ON tickets (department_id, last_message_at, id) WHERE department_id <> 0 AND active < 2;
CREATE INDEX tickets_rest_newest_state ON tickets (state, last_message_at, id) WHERE active < 2;
