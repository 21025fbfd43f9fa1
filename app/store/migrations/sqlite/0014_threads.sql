-- An answer to an answer finds the thread through the message it answers. Both
-- ids rise together, so a message only adds to the end of this index.
CREATE INDEX messages_payload ON messages (payload_id);
