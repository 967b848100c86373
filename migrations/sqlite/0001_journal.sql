-- The store itself: its incarnation (positions of two epochs never compare) and a proof of the right key ring.
CREATE TABLE store_meta (
  id INTEGER NOT NULL PRIMARY KEY CONSTRAINT store_meta_one CHECK (id = 1),
  epoch BLOB NOT NULL,
  sandbox INTEGER NOT NULL,
  key_check BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

-- Everything that happened, one row for each subject a command changed. Rows are never changed or deleted.
CREATE TABLE journal (
  id BLOB NOT NULL PRIMARY KEY,
  subject_kind INTEGER NOT NULL,
  subject BLOB NOT NULL,
  subject_rev INTEGER NOT NULL CONSTRAINT journal_rev CHECK (subject_rev > 0),
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  actor TEXT NOT NULL,
  command BLOB NOT NULL,
  owner BLOB,
  facts BLOB,
  detail BLOB NOT NULL,
  leaf BLOB NOT NULL CONSTRAINT journal_leaf CHECK (length(leaf) = 32)
) STRICT;
CREATE UNIQUE INDEX journal_subject_rev ON journal (subject, subject_rev);
CREATE INDEX journal_command ON journal (command);

-- Committed and not yet given a position.
CREATE TABLE journal_pending (
  entry BLOB NOT NULL PRIMARY KEY REFERENCES journal (id),
  at INTEGER NOT NULL,
  command BLOB NOT NULL,
  subject BLOB NOT NULL,
  subject_rev INTEGER NOT NULL
) STRICT;
CREATE INDEX journal_pending_order ON journal_pending (at, command, subject, subject_rev);

-- The positions: 1, 2, 3 ... without a gap.
CREATE TABLE journal_order (
  seq INTEGER NOT NULL PRIMARY KEY CONSTRAINT journal_order_seq CHECK (seq > 0),
  entry BLOB NOT NULL REFERENCES journal (id),
  sequenced_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX journal_order_entry ON journal_order (entry);
CREATE INDEX journal_order_time ON journal_order (sequenced_at, seq);

-- One row; its lock is the only coordination between sequencers. edge holds the roots of the complete
-- subtrees of the Merkle tree, left to right.
CREATE TABLE journal_head (
  id INTEGER NOT NULL PRIMARY KEY CONSTRAINT journal_head_one CHECK (id = 1),
  seq INTEGER NOT NULL,
  sequenced_at INTEGER NOT NULL,
  beat INTEGER NOT NULL,
  beat_at INTEGER NOT NULL,
  edge BLOB NOT NULL,
  root BLOB NOT NULL
) STRICT;

-- The Merkle tree's hashes by their stored index (RFC 6962 hashing, as transparency logs number them).
CREATE TABLE merkle_hash (
  idx INTEGER NOT NULL PRIMARY KEY,
  hash BLOB NOT NULL CONSTRAINT merkle_hash_size CHECK (length(hash) = 32)
) STRICT;

-- A retried write happens once (rule 12). Rows live seven days.
CREATE TABLE idempotency (
  principal TEXT NOT NULL,
  call TEXT NOT NULL,
  request_id TEXT NOT NULL,
  body_hash BLOB NOT NULL,
  secret INTEGER NOT NULL,
  response BLOB,
  command BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (principal, call, request_id)
) STRICT;
CREATE INDEX idempotency_age ON idempotency (created_at);

-- Each customer's data key, wrapped. Erased: the person cannot be read again, the row stays as proof.
CREATE TABLE customer_key (
  customer_id BLOB NOT NULL PRIMARY KEY,
  wrapped BLOB,
  created_at INTEGER NOT NULL,
  erased_at INTEGER,
  CONSTRAINT customer_key_whole CHECK ((wrapped IS NULL) = (erased_at IS NOT NULL))
) STRICT;

-- Work outside of any transaction, requested by the command that needs it. The id is the message id
-- outside; fence counts the claims, so that a worker that slept cannot report for one that took over.
CREATE TABLE job (
  id BLOB NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  subject BLOB,
  payload BLOB NOT NULL,
  state TEXT NOT NULL CONSTRAINT job_state CHECK (state IN ('READY', 'RUNNING', 'DONE', 'FAILED')),
  run_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  fence INTEGER NOT NULL,
  worker TEXT,
  lease_until INTEGER,
  outcome TEXT,
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  from_entry BLOB REFERENCES journal (id),
  CONSTRAINT job_running_leased CHECK ((state = 'RUNNING') = (lease_until IS NOT NULL))
) STRICT;
CREATE INDEX job_ready ON job (state, run_at);
CREATE INDEX job_subject ON job (subject, kind);

-- Long work with progress; it can be resumed at done.
CREATE TABLE operation (
  id BLOB NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  client_id BLOB,
  state TEXT NOT NULL CONSTRAINT operation_state CHECK (state IN ('RUNNING', 'DONE', 'FAILED', 'CANCELLED')),
  done INTEGER NOT NULL,
  total INTEGER NOT NULL,
  payload BLOB NOT NULL,
  result BLOB,
  actor TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  revision INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id)
) STRICT;
CREATE INDEX operation_state_id ON operation (state, id);

CREATE TRIGGER journal_update BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'gate:journal_append_only'); END;
CREATE TRIGGER journal_delete BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'gate:journal_append_only'); END;
CREATE TRIGGER journal_order_update BEFORE UPDATE ON journal_order BEGIN SELECT RAISE(ABORT, 'gate:journal_order_append_only'); END;
CREATE TRIGGER journal_order_delete BEFORE DELETE ON journal_order BEGIN SELECT RAISE(ABORT, 'gate:journal_order_append_only'); END;
CREATE TRIGGER merkle_hash_update BEFORE UPDATE ON merkle_hash BEGIN SELECT RAISE(ABORT, 'gate:merkle_hash_append_only'); END;
CREATE TRIGGER merkle_hash_delete BEFORE DELETE ON merkle_hash BEGIN SELECT RAISE(ABORT, 'gate:merkle_hash_append_only'); END;
