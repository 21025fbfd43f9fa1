-- Whether a person changed the entry's answer before they sent it.
ALTER TABLE replies ADD COLUMN entry_edited INTEGER NOT NULL DEFAULT 0;
UPDATE replies SET entry_edited = 1 WHERE entry_id <> 0 AND origin <> 'bot' AND text <> '（资料已按要求删除）' AND EXISTS (
  SELECT 1 FROM entry_revisions v WHERE v.entry_id = replies.entry_id AND v.revision = replies.entry_revision
  AND instr(replies.text, trim(json_extract(v.content, '$.answer'), ' ' || char(9) || char(10) || char(13))) = 0);

-- How often an entry was used, and when; what was sent in a ticket after what; and
-- what nobody got: all without reading a reply.
CREATE INDEX replies_entry ON replies (entry_id, sent_at, origin, entry_edited, ticket_id) WHERE entry_id <> 0 AND state = 'sent';
CREATE INDEX replies_answers ON replies (ticket_id, id, origin, entry_id) WHERE state = 'sent';
CREATE INDEX replies_undelivered ON replies (id, origin, entry_id, state) WHERE state IN ('failed', 'unknown', 'cancelled');
-- What the bot did in some days, and with an entry, likewise.
DROP INDEX bot_answers_created;
CREATE INDEX bot_answers_figures ON bot_answers (created_at, account_id, action, reason, vote, entry_id, ticket_id, reply_id);
DROP INDEX bot_answers_entry;
CREATE INDEX bot_answers_entry ON bot_answers (entry_id, created_at, action, vote, reply_id, account_id) WHERE entry_id <> 0;
