-- What a ticket was before a person ended it, for as long as that may be undone.
-- was is what the row of a ticket does not say any more, as JSON.
CREATE TABLE undos (
  ticket_id BIGINT PRIMARY KEY REFERENCES tickets(id) ON DELETE CASCADE,
  actor_id BIGINT NOT NULL,
  did TEXT NOT NULL,
  at BIGINT NOT NULL,
  event BIGINT NOT NULL,
  was TEXT NOT NULL
);
