-- What an account shows and asks its citizens: a JSON object.
ALTER TABLE accounts ADD COLUMN citizen TEXT NOT NULL DEFAULT '{}';

-- A ticket's code follows from its id, the desk's key and a round. Only tickets
-- whose code was issued anew have a row; the others are in round 0.
CREATE TABLE ticket_codes (
  ticket_id INTEGER PRIMARY KEY REFERENCES tickets(id),
  round INTEGER NOT NULL,
  renewed_by INTEGER NOT NULL,
  renewed_at INTEGER NOT NULL
);

-- What citizens said of an answer: one mark for each round of answers. via: page
-- or chat. message_id: the message that said it, 0 for none.
CREATE TABLE ratings (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ticket_id INTEGER NOT NULL REFERENCES tickets(id),
  round INTEGER NOT NULL,
  mark INTEGER NOT NULL,
  words TEXT NOT NULL,
  via TEXT NOT NULL,
  message_id INTEGER NOT NULL,
  changes INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (ticket_id, round)
);
CREATE INDEX ratings_message ON ratings (message_id) WHERE message_id > 0;

-- The questions how an answer was that went out, one for each round.
CREATE TABLE surveys (
  ticket_id INTEGER NOT NULL REFERENCES tickets(id),
  round INTEGER NOT NULL,
  reply_id INTEGER NOT NULL UNIQUE REFERENCES replies(id),
  contact_id INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (ticket_id, round)
);
CREATE INDEX surveys_contact ON surveys (contact_id, reply_id);
