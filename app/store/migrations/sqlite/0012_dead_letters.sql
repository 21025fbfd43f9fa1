-- The newest dead letter of an account.
CREATE INDEX payloads_dead_account ON payloads (account_id, id) WHERE error <> '';
