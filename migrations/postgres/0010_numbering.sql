-- What one load of a list changed is read by its entry: every instance follows loads so.
CREATE INDEX list_entry_from ON list_entry (from_entry, ref);
CREATE INDEX list_entry_to ON list_entry (to_entry, ref) WHERE to_entry IS NOT NULL;

-- Objections to the blocking of a number (47 CFR 64.1200(k)(8)). A row is kept: a decision and its time have to be shown for years.
CREATE TABLE block_objection (
  id uuid NOT NULL PRIMARY KEY,
  tn bigint NOT NULL,
  client_id uuid REFERENCES client (id),
  category text NOT NULL,
  list_source text NOT NULL,
  claim bytea NOT NULL,
  state text NOT NULL CONSTRAINT block_objection_state CHECK (state IN ('OPEN', 'UNDER_REVIEW', 'UPHELD', 'REMOVED')),
  note bytea,
  opened_by text NOT NULL,
  opened_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  status_at timestamptz,
  proposed_by text,
  decided_by text,
  decided_at timestamptz,
  revision bigint NOT NULL,
  last_at timestamptz NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id),
  CONSTRAINT block_objection_decided CHECK ((state IN ('UPHELD', 'REMOVED')) = (decided_at IS NOT NULL) AND (decided_at IS NULL) = (decided_by IS NULL)),
  CONSTRAINT block_objection_two_people CHECK (state <> 'REMOVED' OR (proposed_by IS NOT NULL AND decided_by <> proposed_by))
);
CREATE INDEX block_objection_open ON block_objection (state, due_at, id);
CREATE INDEX block_objection_tn ON block_objection (tn);
