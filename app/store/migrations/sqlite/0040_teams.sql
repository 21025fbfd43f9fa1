-- How many open tickets a person is given by the desk itself, and whether the
-- person takes any now.
ALTER TABLE users ADD COLUMN capacity INTEGER NOT NULL DEFAULT 20;
ALTER TABLE users ADD COLUMN taking INTEGER NOT NULL DEFAULT 1;

-- Who the tickets nobody has are given to. kind '': both; without a row in
-- team_accounts all accounts that the members see. turn: the members of a team
-- in the order in which each was last given a ticket, 0 for never.
CREATE TABLE teams (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  mode TEXT NOT NULL,
  kind TEXT NOT NULL DEFAULT '',
  any_hour INTEGER NOT NULL DEFAULT 0,
  enabled INTEGER NOT NULL DEFAULT 1,
  updated_by INTEGER NOT NULL DEFAULT 0,
  updated_at INTEGER NOT NULL
);
CREATE TABLE team_accounts (
  team_id INTEGER NOT NULL REFERENCES teams(id) ON DELETE CASCADE,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  PRIMARY KEY (team_id, account_id)
);
CREATE INDEX team_accounts_account ON team_accounts (account_id);
CREATE TABLE team_members (
  team_id INTEGER NOT NULL REFERENCES teams(id) ON DELETE CASCADE,
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  turn INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (team_id, user_id)
);
CREATE INDEX team_members_user ON team_members (user_id);
