-- stage: who has the next step, "over" when nobody. queue_at: the place among
-- those that are open, when the clock is due, of an answer since when it waits;
-- 4503599627370496 behind all others.
ALTER TABLE escalations ADD COLUMN stage TEXT NOT NULL DEFAULT 'over';
ALTER TABLE escalations ADD COLUMN queue_at INTEGER NOT NULL DEFAULT 4503599627370496;
UPDATE escalations SET stage = CASE
    WHEN state IN ('answered', 'returning') OR state = 'signed' AND extension = 'asked' THEN 'desk'
    WHEN state = 'dispatched' THEN 'unsigned' ELSE 'working' END,
  queue_at = CASE WHEN state = 'answered' THEN answered_at ELSE coalesce((SELECT c.due_at FROM clocks c WHERE c.ticket_id = escalations.ticket_id
    AND c.escalation_id = escalations.id AND c.met_at = 0 AND c.state IN ('running', 'paused', 'missed')), 4503599627370496) END
  WHERE state IN ('dispatched', 'signed', 'answered', 'returning');
UPDATE escalations SET ended_at = updated_at WHERE stage = 'over' AND ended_at = 0;
DROP INDEX escalations_due;
CREATE INDEX escalations_stage ON escalations (stage, queue_at, id);
CREATE INDEX escalations_queue ON escalations (queue_at, id) WHERE stage <> 'over';
CREATE INDEX escalations_over ON escalations (ended_at, id) WHERE stage = 'over';
CREATE INDEX escalations_department_queue ON escalations (department_id, queue_at, id) WHERE stage <> 'over';
