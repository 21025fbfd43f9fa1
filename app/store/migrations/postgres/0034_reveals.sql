-- Who reads a message as it was written though it is shown veiled to them, and
-- until when. Why they do is in the audit.
CREATE TABLE reveals (
  user_id BIGINT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  message_id BIGINT NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
  ticket_id BIGINT NOT NULL,
  until BIGINT NOT NULL,
  PRIMARY KEY (user_id, message_id)
);
