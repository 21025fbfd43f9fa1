-- Until when a ticket is out of the lists of those who wait, and who said so. Its
-- column active is then 1, as that of an answered one.
ALTER TABLE tickets ADD COLUMN snoozed_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tickets ADD COLUMN snoozed_by INTEGER NOT NULL DEFAULT 0;
CREATE INDEX tickets_snoozed ON tickets (snoozed_until, id, account_id, assignee_id) WHERE snoozed_until > 0;
