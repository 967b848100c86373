-- A load beyond the blast limit waits, sealed in payload, until two people have looked at it.
ALTER TABLE operation ADD COLUMN held_at INTEGER;
ALTER TABLE operation ADD COLUMN first_by TEXT;
ALTER TABLE operation ADD COLUMN first_at INTEGER;
ALTER TABLE operation ADD COLUMN released_by TEXT
  CONSTRAINT operation_two_people CHECK (released_by IS NULL OR (first_by IS NOT NULL AND first_by <> released_by));

-- What happened to numbers, as their feeds told it: a reference happens once, and an older event undoes no newer one.
CREATE TABLE number_event (
  number_id BLOB NOT NULL REFERENCES number_state (id),
  kind TEXT NOT NULL,
  source TEXT NOT NULL,
  reference TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id),
  PRIMARY KEY (number_id, kind, source, reference)
) STRICT;

-- A number that was given up rests before another customer gets it.
CREATE TABLE number_aging (
  number_id BLOB NOT NULL REFERENCES number_state (id),
  customer_id BLOB REFERENCES customer (id),
  since INTEGER NOT NULL,
  until INTEGER NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id),
  to_entry BLOB REFERENCES journal (id),
  PRIMARY KEY (number_id, from_entry)
) STRICT;
CREATE UNIQUE INDEX number_aging_live ON number_aging (number_id) WHERE to_entry IS NULL;

-- Whose right to show a number somebody contests.
CREATE TABLE number_dispute (
  id BLOB NOT NULL PRIMARY KEY,
  number_id BLOB NOT NULL REFERENCES number_state (id),
  against BLOB REFERENCES customer (id),
  disputant_id BLOB REFERENCES customer (id),
  detail BLOB NOT NULL,
  state TEXT NOT NULL CONSTRAINT number_dispute_state CHECK (state IN ('NOTED', 'OPEN', 'UPHELD', 'DISMISSED')),
  opened_by TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  first_says TEXT,
  first_by TEXT,
  first_at INTEGER,
  closed_by TEXT,
  closed_at INTEGER,
  from_entry BLOB NOT NULL REFERENCES journal (id),
  CONSTRAINT number_dispute_two_people CHECK (closed_by IS NULL OR (first_by IS NOT NULL AND first_by <> closed_by))
) STRICT;
CREATE INDEX number_dispute_number ON number_dispute (number_id, state);
CREATE INDEX number_dispute_state_id ON number_dispute (state, id);

-- Origids that were rotated away: what was signed with one can be traced for years.
CREATE TABLE origid_retired (
  origid BLOB NOT NULL PRIMARY KEY,
  customer_id BLOB REFERENCES customer (id),
  trunk_id TEXT REFERENCES trunk (id),
  retired_at INTEGER NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id),
  CONSTRAINT origid_retired_of_one CHECK ((customer_id IS NULL) <> (trunk_id IS NULL))
) STRICT;
