-- How often a department was given more time.
ALTER TABLE escalations ADD COLUMN extensions INTEGER NOT NULL DEFAULT 0;
UPDATE escalations SET extensions = 1 WHERE extension = 'granted';
-- What departments were given is counted too: given_away has the escalations of a
-- ticket. Everything is counted anew.
ALTER TABLE report_tickets ADD COLUMN given_away TEXT NOT NULL DEFAULT '';
UPDATE report_progress SET version = '', revision = revision + 1;
