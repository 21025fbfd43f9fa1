-- Erasing a person finds their messages through their tickets; only what they
-- wrote under somebody else's comment needs an index of its own, and only
-- payloads that left no message.
ALTER TABLE messages ADD COLUMN guest BIGINT NOT NULL DEFAULT 0;
UPDATE messages SET guest = 1 WHERE contact_id <> (SELECT t.contact_id FROM tickets t WHERE t.id = messages.ticket_id);
DROP INDEX messages_contact;
CREATE INDEX messages_guest ON messages (contact_id) WHERE guest = 1;
DROP INDEX payloads_contact;
UPDATE payloads SET contact_id = 0 WHERE contact_id <> 0 AND id IN (SELECT payload_id FROM messages);
CREATE INDEX payloads_contact ON payloads (contact_id) WHERE contact_id <> 0;
