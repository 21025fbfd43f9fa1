-- The roll-ups of the desk's reports; derived data. A row of report_cells is what
-- was counted of one key of a dimension, of one account or (0) of all of them, on
-- one period: a day, as 20261122, or a month, as 202611. waits: how many answers
-- took how long, "bucket:count" each.
CREATE TABLE report_cells (
  dimension TEXT NOT NULL,
  account_id INTEGER NOT NULL,
  period INTEGER NOT NULL,
  key TEXT NOT NULL,
  received INTEGER NOT NULL,
  answered INTEGER NOT NULL,
  closed INTEGER NOT NULL,
  needed INTEGER NOT NULL,
  replied INTEGER NOT NULL,
  on_time INTEGER NOT NULL,
  late INTEGER NOT NULL,
  bot INTEGER NOT NULL,
  waits TEXT NOT NULL,
  PRIMARY KEY (dimension, account_id, period, key)
) WITHOUT ROWID;
-- What of each ticket is in report_cells.
CREATE TABLE report_tickets (
  ticket_id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  department_id INTEGER NOT NULL,
  assignee_id INTEGER NOT NULL,
  category TEXT NOT NULL,
  state TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  answered_at INTEGER NOT NULL,
  by_bot INTEGER NOT NULL,
  closed_at INTEGER NOT NULL,
  missed INTEGER NOT NULL,
  open INTEGER NOT NULL
);
-- How far the roll-ups are: event is the last one that is in them, rest the lowest
-- ticket that was counted for version; those below are still to do. While rest is
-- 0 what another version counted is being taken out. revision counts the changes.
CREATE TABLE report_progress (
  id INTEGER PRIMARY KEY,
  event INTEGER NOT NULL,
  rest INTEGER NOT NULL,
  version TEXT NOT NULL,
  revision INTEGER NOT NULL
);
INSERT INTO report_progress (id, event, rest, version, revision) VALUES (1, 0, 0, '', 0);
