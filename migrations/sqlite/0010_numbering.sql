-- What one load of a list changed is read by its entry: every instance follows loads so.
CREATE INDEX list_entry_from ON list_entry (from_entry, ref);
CREATE INDEX list_entry_to ON list_entry (to_entry, ref) WHERE to_entry IS NOT NULL;

-- Objections to the blocking of a number (47 CFR 64.1200(k)(8)). A row is kept: a decision and its time have to be shown for years.
CREATE TABLE block_objection (
  id BLOB NOT NULL PRIMARY KEY,
  tn INTEGER NOT NULL,
  client_id BLOB REFERENCES client (id),
  category TEXT NOT NULL,
  list_source TEXT NOT NULL,
  claim BLOB NOT NULL,
  state TEXT NOT NULL CONSTRAINT block_objection_state CHECK (state IN ('OPEN', 'UNDER_REVIEW', 'UPHELD', 'REMOVED')),
  note BLOB,
  opened_by TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  status_at INTEGER,
  proposed_by TEXT,
  decided_by TEXT,
  decided_at INTEGER,
  revision INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id),
  CONSTRAINT block_objection_decided CHECK ((state IN ('UPHELD', 'REMOVED')) = (decided_at IS NOT NULL) AND (decided_at IS NULL) = (decided_by IS NULL)),
  CONSTRAINT block_objection_two_people CHECK (state <> 'REMOVED' OR (proposed_by IS NOT NULL AND decided_by <> proposed_by))
) STRICT;
CREATE INDEX block_objection_open ON block_objection (state, due_at, id);
CREATE INDEX block_objection_tn ON block_objection (tn);
