-- The roll-ups of the desk's reports; derived data. A row of report_cells is what
-- was counted of one key of a dimension, of one account or (0) of all of them, on
-- one period: a day, as 20261122, or a month, as 202611. waits: how many answers
-- took how long, "bucket:count" each.
CREATE TABLE report_cells (
  dimension TEXT COLLATE "C" NOT NULL,
  account_id BIGINT NOT NULL,
  period BIGINT NOT NULL,
  key TEXT COLLATE "C" NOT NULL,
  received BIGINT NOT NULL,
  answered BIGINT NOT NULL,
  closed BIGINT NOT NULL,
  needed BIGINT NOT NULL,
  replied BIGINT NOT NULL,
  on_time BIGINT NOT NULL,
  late BIGINT NOT NULL,
  bot BIGINT NOT NULL,
  waits TEXT NOT NULL,
  PRIMARY KEY (dimension, account_id, period, key)
) WITH (fillfactor = 70); -- those of today change all the time
-- What of each ticket is in report_cells.
CREATE TABLE report_tickets (
  ticket_id BIGINT PRIMARY KEY,
  account_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  department_id BIGINT NOT NULL,
  assignee_id BIGINT NOT NULL,
  category TEXT NOT NULL,
  state TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  answered_at BIGINT NOT NULL,
  by_bot BIGINT NOT NULL,
  closed_at BIGINT NOT NULL,
  missed BIGINT NOT NULL,
  open BIGINT NOT NULL
);
-- How far the roll-ups are: event is the last one that is in them, rest the lowest
-- ticket that was counted for version; those below are still to do. While rest is
-- 0 what another version counted is being taken out. revision counts the changes.
CREATE TABLE report_progress (
  id BIGINT PRIMARY KEY,
  event BIGINT NOT NULL,
  rest BIGINT NOT NULL,
  version TEXT NOT NULL,
  revision BIGINT NOT NULL
);
INSERT INTO report_progress (id, event, rest, version, revision) VALUES (1, 0, 0, '', 0);
