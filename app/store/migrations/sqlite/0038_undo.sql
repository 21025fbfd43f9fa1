-- What a ticket was before a person ended it, for as long as that may be undone.
-- was is what the row of a ticket does not say any more, as JSON.
CREATE TABLE undos (
  ticket_id INTEGER PRIMARY KEY REFERENCES tickets(id) ON DELETE CASCADE,
  actor_id INTEGER NOT NULL,
  did TEXT NOT NULL,
  at INTEGER NOT NULL,
  event INTEGER NOT NULL,
  was TEXT NOT NULL
);
