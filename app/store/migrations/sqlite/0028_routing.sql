-- Routing rules are policies of the kind "routing". What became of their
-- proposals is counted from the escalations that name them.
CREATE INDEX escalations_rule ON escalations (rule_id, department_id) WHERE rule_id > 0;
