-- The counter "policies" counts every change of clock policies and calendars.
-- week: of each weekday from Sunday, pairs of minutes after midnight.
CREATE TABLE calendars (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  week TEXT NOT NULL,
  holidays INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
INSERT INTO calendars (code, name, week, holidays, updated_at) VALUES ('cn', '法定工作日',
  '[[],[[540,720],[810,1050]],[[540,720],[810,1050]],[[540,720],[810,1050]],[[540,720],[810,1050]],[[540,720],[810,1050]],[]]', 1, 0);
-- The days off and make-up days of a year; '[]' for a year that is wanted and
-- not known.
CREATE TABLE calendar_years (
  year INTEGER PRIMARY KEY,
  days TEXT NOT NULL
);
-- When a clock stood still; ended_at 0 while it does.
CREATE TABLE clock_pauses (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  clock_id INTEGER NOT NULL REFERENCES clocks(id),
  ticket_id INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL,
  actor_id INTEGER NOT NULL
);
CREATE UNIQUE INDEX clock_pauses_open ON clock_pauses (clock_id) WHERE ended_at = 0;
CREATE INDEX clock_pauses_ticket ON clock_pauses (ticket_id, id);
ALTER TABLE tickets ADD COLUMN category TEXT NOT NULL DEFAULT '';
-- What ended a clock that nobody needed to answer; '' otherwise.
ALTER TABLE clocks ADD COLUMN mark TEXT NOT NULL DEFAULT '';
