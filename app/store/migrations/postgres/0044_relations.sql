-- Two tickets that have to do with each other; the smaller id is the first.
CREATE TABLE ticket_relations (
  first_id BIGINT NOT NULL REFERENCES tickets(id) ON DELETE CASCADE,
  second_id BIGINT NOT NULL REFERENCES tickets(id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  actor_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (first_id, second_id)
);
CREATE INDEX ticket_relations_second ON ticket_relations (second_id);
