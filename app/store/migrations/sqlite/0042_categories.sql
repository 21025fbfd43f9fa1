-- The categories that tickets have, and of each account how many have it.
CREATE TABLE ticket_categories (
  account_id INTEGER NOT NULL,
  category TEXT NOT NULL,
  tickets INTEGER NOT NULL,
  PRIMARY KEY (account_id, category)
);
INSERT INTO ticket_categories (account_id, category, tickets)
  SELECT account_id, category, count(*) FROM tickets WHERE category <> '' GROUP BY account_id, category;
