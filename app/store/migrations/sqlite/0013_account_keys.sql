-- A hash of what the platform knows an account by: none stands on the desk twice.
-- '' for what was stored before, until the account is saved again.
ALTER TABLE accounts ADD COLUMN external_key TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX accounts_key ON accounts (platform, external_key) WHERE external_key <> '';
