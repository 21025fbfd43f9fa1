-- The bot's settings of an account, as JSON laid over the defaults.
ALTER TABLE accounts ADD COLUMN bot TEXT NOT NULL DEFAULT '{}';

-- What the bot decided, once for each thing a citizen wrote or did.
-- external_id is the payload's; message_id 0: a menu click or a subscription.
-- passive: 1 when the text went back in the answer to the platform's call.
CREATE TABLE bot_answers (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id INTEGER NOT NULL REFERENCES accounts(id),
  external_id TEXT NOT NULL,
  contact_id INTEGER NOT NULL,
  ticket_id INTEGER NOT NULL DEFAULT 0,
  message_id INTEGER NOT NULL DEFAULT 0,
  question TEXT NOT NULL,
  action TEXT NOT NULL,
  reason TEXT NOT NULL,
  entry_id INTEGER NOT NULL DEFAULT 0,
  revision INTEGER NOT NULL DEFAULT 0,
  confidence DOUBLE PRECISION NOT NULL DEFAULT 0,
  details TEXT NOT NULL DEFAULT '{}',
  text TEXT NOT NULL DEFAULT '',
  passive INTEGER NOT NULL DEFAULT 0,
  reply_id INTEGER NOT NULL DEFAULT 0,
  vote INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  voted_at INTEGER NOT NULL DEFAULT 0,
  UNIQUE (account_id, external_id)
);
CREATE UNIQUE INDEX bot_answers_message ON bot_answers (message_id) WHERE message_id <> 0;
CREATE INDEX bot_answers_contact ON bot_answers (contact_id);
CREATE INDEX bot_answers_entry ON bot_answers (entry_id, id) WHERE entry_id <> 0;
CREATE INDEX bot_answers_created ON bot_answers (created_at);

-- Where the bot stands with a citizen: an open menu, an answer that may be
-- voted on (a row of bot_answers), menus in a row that led nowhere.
CREATE TABLE bot_threads (
  contact_id INTEGER PRIMARY KEY REFERENCES contacts(id) ON DELETE CASCADE,
  menu TEXT NOT NULL DEFAULT '[]',
  menu_until INTEGER NOT NULL DEFAULT 0,
  answer_id INTEGER NOT NULL DEFAULT 0,
  vote_until INTEGER NOT NULL DEFAULT 0,
  misses INTEGER NOT NULL DEFAULT 0,
  updated_at INTEGER NOT NULL
);
