-- The questions of some days, by their group.
CREATE INDEX gap_questions_at ON gap_questions (at, source, gap_id, ticket_id);
