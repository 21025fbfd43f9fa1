-- Two tickets that have to do with each other; the smaller id is the first.
CREATE TABLE ticket_relations (
  first_id INTEGER NOT NULL REFERENCES tickets(id) ON DELETE CASCADE,
  second_id INTEGER NOT NULL REFERENCES tickets(id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  actor_id INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (first_id, second_id)
);
CREATE INDEX ticket_relations_second ON ticket_relations (second_id);
