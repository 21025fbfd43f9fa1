-- Filters of the inbox that people gave a name, and in which order each of them
-- has them. filter is a JSON object.
CREATE TABLE saved_views (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  owner_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  scope TEXT NOT NULL,
  role TEXT NOT NULL DEFAULT '',
  filter TEXT NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX saved_views_owner ON saved_views (owner_id);

CREATE TABLE saved_view_places (
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  view_id INTEGER NOT NULL REFERENCES saved_views(id) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  PRIMARY KEY (user_id, view_id)
);
CREATE INDEX saved_view_places_view ON saved_view_places (view_id);

-- What people marked, newest message first. Most tickets are in neither.
CREATE INDEX tickets_rest_newest_category ON tickets (category, last_message_at, id) WHERE category <> '' AND active < 2;
CREATE INDEX tickets_rest_newest_priority ON tickets (priority, last_message_at, id) WHERE priority <> 0 AND active < 2;
