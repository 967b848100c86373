-- A load beyond the blast limit waits, sealed in payload, until two people have looked at it.
ALTER TABLE operation ADD COLUMN held_at timestamptz;
ALTER TABLE operation ADD COLUMN first_by text;
ALTER TABLE operation ADD COLUMN first_at timestamptz;
ALTER TABLE operation ADD COLUMN released_by text
  CONSTRAINT operation_two_people CHECK (released_by IS NULL OR (first_by IS NOT NULL AND first_by <> released_by));

-- What happened to numbers, as their feeds told it: a reference happens once, and an older event undoes no newer one.
CREATE TABLE number_event (
  number_id uuid NOT NULL REFERENCES number_state (id),
  kind text NOT NULL,
  source text NOT NULL,
  reference text NOT NULL,
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id),
  PRIMARY KEY (number_id, kind, source, reference)
);

-- A number that was given up rests before another customer gets it.
CREATE TABLE number_aging (
  number_id uuid NOT NULL REFERENCES number_state (id),
  customer_id uuid REFERENCES customer (id),
  since timestamptz NOT NULL,
  until timestamptz NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id),
  to_entry uuid REFERENCES journal (id),
  PRIMARY KEY (number_id, from_entry)
);
CREATE UNIQUE INDEX number_aging_live ON number_aging (number_id) WHERE to_entry IS NULL;

-- Whose right to show a number somebody contests.
CREATE TABLE number_dispute (
  id uuid NOT NULL PRIMARY KEY,
  number_id uuid NOT NULL REFERENCES number_state (id),
  against uuid REFERENCES customer (id),
  disputant_id uuid REFERENCES customer (id),
  detail bytea NOT NULL,
  state text NOT NULL CONSTRAINT number_dispute_state CHECK (state IN ('NOTED', 'OPEN', 'UPHELD', 'DISMISSED')),
  opened_by text NOT NULL,
  opened_at timestamptz NOT NULL,
  first_says text,
  first_by text,
  first_at timestamptz,
  closed_by text,
  closed_at timestamptz,
  from_entry uuid NOT NULL REFERENCES journal (id),
  CONSTRAINT number_dispute_two_people CHECK (closed_by IS NULL OR (first_by IS NOT NULL AND first_by <> closed_by))
);
CREATE INDEX number_dispute_number ON number_dispute (number_id, state);
CREATE INDEX number_dispute_state_id ON number_dispute (state, id);

-- Origids that were rotated away: what was signed with one can be traced for years.
CREATE TABLE origid_retired (
  origid uuid NOT NULL PRIMARY KEY,
  customer_id uuid REFERENCES customer (id),
  trunk_id text REFERENCES trunk (id),
  retired_at timestamptz NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id),
  CONSTRAINT origid_retired_of_one CHECK ((customer_id IS NULL) <> (trunk_id IS NULL))
);
