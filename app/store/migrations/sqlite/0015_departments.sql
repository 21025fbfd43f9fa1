-- Departments form a tree, have heads and a roster of who is on duty.
ALTER TABLE departments ADD COLUMN parent_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE departments ADD COLUMN active INTEGER NOT NULL DEFAULT 1;
CREATE TABLE department_heads (
  department_id INTEGER NOT NULL REFERENCES departments(id) ON DELETE CASCADE,
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  PRIMARY KEY (department_id, user_id)
);
-- department_id 0: the desk itself. stands_in_for: whose turns are taken over.
CREATE TABLE duties (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  department_id INTEGER NOT NULL,
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  stands_in_for INTEGER NOT NULL DEFAULT 0,
  from_at INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  remark TEXT NOT NULL DEFAULT '',
  created_by INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX duties_department ON duties (department_id, to_at);
CREATE INDEX duties_time ON duties (to_at, from_at);
