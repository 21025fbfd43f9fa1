-- Whom a note calls, and where: a JSON list of user or department, from and to.
ALTER TABLE notes ADD COLUMN mentions TEXT NOT NULL DEFAULT '[]';
