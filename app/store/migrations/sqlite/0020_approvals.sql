-- Policies of every kind; body is what the kind says, a JSON object.
CREATE TABLE policies (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  enabled INTEGER NOT NULL DEFAULT 1,
  body TEXT NOT NULL,
  revision INTEGER NOT NULL DEFAULT 1,
  updated_by INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX policies_kind ON policies (kind, id);

-- steps: how many different people must approve the reply before it leaves.
ALTER TABLE replies ADD COLUMN steps INTEGER NOT NULL DEFAULT 0;
ALTER TABLE replies ADD COLUMN policy_id INTEGER NOT NULL DEFAULT 0;
UPDATE replies SET steps = 1 WHERE state = 'in_review' AND origin <> 'llm';
CREATE INDEX replies_review ON replies (id) WHERE state = 'in_review';

-- Who let a reply out, and exactly which text: text_sha is its SHA-256. step 0
-- is a model's text that a person took over; decision: adopt, approve or bypass.
CREATE TABLE reply_approvals (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  reply_id INTEGER NOT NULL REFERENCES replies(id),
  step INTEGER NOT NULL,
  person_id INTEGER NOT NULL,
  decision TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  text_sha TEXT NOT NULL,
  at INTEGER NOT NULL,
  UNIQUE (reply_id, step),
  UNIQUE (reply_id, person_id)
);

-- What must hold whatever the code above does: nobody approves their own words,
-- nothing leaves a review without its approvals, and a text never changes but
-- by being erased.
CREATE TRIGGER reply_approvals_other BEFORE INSERT ON reply_approvals
WHEN NEW.decision = 'approve' AND NEW.person_id = (SELECT author_id FROM replies WHERE id = NEW.reply_id)
BEGIN
  SELECT RAISE(ABORT, 'nobody approves their own words');
END;
CREATE TRIGGER replies_need_approvals BEFORE UPDATE OF state ON replies
WHEN OLD.state = 'in_review' AND NEW.state NOT IN ('in_review', 'rejected', 'cancelled') AND NEW.steps > 0
  AND (SELECT count(*) FROM reply_approvals WHERE reply_id = NEW.id AND decision = 'approve') < NEW.steps
  AND NOT EXISTS (SELECT 1 FROM reply_approvals WHERE reply_id = NEW.id AND decision = 'bypass')
BEGIN
  SELECT RAISE(ABORT, 'the reply lacks approvals');
END;
CREATE TRIGGER replies_text_is_frozen BEFORE UPDATE OF text ON replies
WHEN NEW.text <> OLD.text AND NEW.text <> '（资料已按要求删除）'
BEGIN
  SELECT RAISE(ABORT, 'the text of a reply is frozen');
END;
