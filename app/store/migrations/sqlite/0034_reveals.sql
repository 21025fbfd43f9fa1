-- Who reads a message as it was written though it is shown veiled to them, and
-- until when. Why they do is in the audit.
CREATE TABLE reveals (
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  message_id INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
  ticket_id INTEGER NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (user_id, message_id)
);
