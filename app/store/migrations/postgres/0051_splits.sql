-- apart: 1 for a ticket that was split from another, which the citizen's next
-- message does not find. answered_by: the reply that had answered it there.
ALTER TABLE tickets ADD COLUMN apart BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tickets ADD COLUMN answered_by BIGINT NOT NULL DEFAULT 0;
DROP INDEX tickets_one_open;
CREATE UNIQUE INDEX tickets_one_open ON tickets (contact_id) WHERE kind = 'private' AND active > 0 AND apart = 0;
