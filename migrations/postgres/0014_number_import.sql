-- An import of numbers under way: its terms, sealed, and who works on it. fence counts the workers, so that one that
-- slept cannot write for one that took over. How far it is stands in operation.done.
CREATE TABLE number_import (
  operation_id uuid NOT NULL PRIMARY KEY REFERENCES operation (id),
  customer_id uuid NOT NULL REFERENCES customer (id),
  phase text NOT NULL CONSTRAINT number_import_phase CHECK (phase IN ('VET', 'WRITE', 'OVER')),
  terms bytea NOT NULL,
  results bigint NOT NULL CONSTRAINT number_import_results CHECK (results > 0),
  cancelled boolean NOT NULL,
  fence bigint NOT NULL,
  lease_until timestamptz NOT NULL,
  over_at timestamptz,
  from_entry uuid NOT NULL REFERENCES journal (id),
  CONSTRAINT number_import_over CHECK ((phase = 'OVER') = (over_at IS NOT NULL))
);
CREATE INDEX number_import_open ON number_import (lease_until) WHERE over_at IS NULL;
CREATE INDEX number_import_age ON number_import (over_at);

-- What came of its rows, from place first_result on: stable words and counts, no numbers.
CREATE TABLE number_import_result (
  operation_id uuid NOT NULL REFERENCES number_import (operation_id),
  first_result bigint NOT NULL,
  body bytea NOT NULL,
  PRIMARY KEY (operation_id, first_result)
);

-- When long work last moved; its end is told from that.
ALTER TABLE operation ADD COLUMN moved_at timestamptz;
