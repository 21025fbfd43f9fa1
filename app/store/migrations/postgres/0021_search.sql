-- The index of ticket search; derived data. A row of search_postings holds which
-- of 4,096 tickets have a term: block is their id / 4096.
CREATE TABLE search_postings (
  block BIGINT NOT NULL,
  term TEXT COLLATE "C" NOT NULL,
  tickets BYTEA NOT NULL,
  PRIMARY KEY (block, term)
) WITH (fillfactor = 70); -- the rows of the newest block change all the time
-- The terms a ticket has in search_postings, one a line. stale: 1 when it has
-- to be indexed again though no event says so.
CREATE TABLE search_tickets (
  ticket_id BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  terms TEXT NOT NULL,
  stale BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX search_tickets_stale ON search_tickets (ticket_id) WHERE stale = 1;
-- How far the index is: event is the last one that is in it, rest the lowest
-- ticket that was indexed for version; those below are still to do. revision
-- counts the changes of the index.
CREATE TABLE search_progress (
  id BIGINT PRIMARY KEY,
  event BIGINT NOT NULL,
  rest BIGINT NOT NULL,
  version BIGINT NOT NULL,
  revision BIGINT NOT NULL
);
INSERT INTO search_progress (id, event, rest, version, revision)
  SELECT 1, (SELECT coalesce(max(id), 0) FROM events), (SELECT coalesce(max(id), 0) + 1 FROM tickets), 1, 0;
