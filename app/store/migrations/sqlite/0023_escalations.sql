-- A ticket given to a department. due_at is 4503599627370496 without a deadline.
CREATE TABLE escalations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ticket_id INTEGER NOT NULL REFERENCES tickets(id),
  department_id INTEGER NOT NULL REFERENCES departments(id),
  lead INTEGER NOT NULL,
  state TEXT NOT NULL,
  remark TEXT NOT NULL DEFAULT '',
  dispatched_by INTEGER NOT NULL DEFAULT 0,
  dispatched_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  rule_id INTEGER NOT NULL DEFAULT 0,
  signed_by INTEGER NOT NULL DEFAULT 0,
  signed_at INTEGER NOT NULL DEFAULT 0,
  answer TEXT NOT NULL DEFAULT '',
  answered_by INTEGER NOT NULL DEFAULT 0,
  answered_at INTEGER NOT NULL DEFAULT 0,
  return_reason TEXT NOT NULL DEFAULT '',
  return_by INTEGER NOT NULL DEFAULT 0,
  return_at INTEGER NOT NULL DEFAULT 0,
  return_refused TEXT NOT NULL DEFAULT '',
  extension TEXT NOT NULL DEFAULT '',
  extension_until INTEGER NOT NULL DEFAULT 0,
  extension_reason TEXT NOT NULL DEFAULT '',
  extension_note TEXT NOT NULL DEFAULT '',
  urged INTEGER NOT NULL DEFAULT 0,
  urged_at INTEGER NOT NULL DEFAULT 0,
  supervised TEXT NOT NULL DEFAULT '',
  supervised_by INTEGER NOT NULL DEFAULT 0,
  supervised_at INTEGER NOT NULL DEFAULT 0,
  reworks INTEGER NOT NULL DEFAULT 0,
  rework_reason TEXT NOT NULL DEFAULT '',
  end_reason TEXT NOT NULL DEFAULT '',
  ended_at INTEGER NOT NULL DEFAULT 0,
  updated_at INTEGER NOT NULL
);
CREATE INDEX escalations_ticket ON escalations (ticket_id, id);
CREATE INDEX escalations_department ON escalations (department_id, ticket_id);
CREATE INDEX escalations_due ON escalations (due_at, id) WHERE state IN ('dispatched', 'signed', 'returning', 'answered');
-- One leads a ticket at a time.
CREATE UNIQUE INDEX escalations_one_lead ON escalations (ticket_id) WHERE lead = 1 AND state IN ('dispatched', 'signed', 'returning');

-- Which departments see a ticket, an event, a note: ",3,7,", "" for none.
ALTER TABLE tickets ADD COLUMN departments TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN departments TEXT NOT NULL DEFAULT '';
ALTER TABLE notes ADD COLUMN departments TEXT NOT NULL DEFAULT '';
ALTER TABLE replies ADD COLUMN escalation_id INTEGER NOT NULL DEFAULT 0;

-- What departments have already.
INSERT INTO escalations (ticket_id, department_id, lead, state, dispatched_at, due_at, updated_at)
  SELECT id, department_id, 1, CASE WHEN state = 'with_department' THEN 'dispatched' ELSE 'accepted' END, updated_at, 4503599627370496, updated_at
  FROM tickets WHERE department_id <> 0;
UPDATE tickets SET departments = ',' || department_id || ',' WHERE department_id <> 0;
UPDATE events SET departments = ',' || department_id || ',' WHERE department_id <> 0;
UPDATE events SET name = 'escalation.dispatched' WHERE name = 'ticket.escalated';
UPDATE events SET name = 'escalation.withdrawn' WHERE name = 'ticket.withdrawn';
ALTER TABLE events DROP COLUMN department_id;
