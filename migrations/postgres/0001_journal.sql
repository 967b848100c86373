-- The store itself: its incarnation (positions of two epochs never compare) and a proof of the right key ring.
CREATE TABLE store_meta (
  id bigint NOT NULL PRIMARY KEY CONSTRAINT store_meta_one CHECK (id = 1),
  epoch uuid NOT NULL,
  sandbox boolean NOT NULL,
  key_check bytea NOT NULL,
  created_at timestamptz NOT NULL
);

-- Everything that happened, one row for each subject a command changed. Rows are never changed or deleted.
CREATE TABLE journal (
  id uuid NOT NULL PRIMARY KEY,
  subject_kind smallint NOT NULL,
  subject uuid NOT NULL,
  subject_rev bigint NOT NULL CONSTRAINT journal_rev CHECK (subject_rev > 0),
  at timestamptz NOT NULL,
  kind text NOT NULL,
  actor text NOT NULL,
  command uuid NOT NULL,
  owner uuid,
  facts bytea,
  detail bytea NOT NULL,
  leaf bytea NOT NULL CONSTRAINT journal_leaf CHECK (length(leaf) = 32)
);
CREATE UNIQUE INDEX journal_subject_rev ON journal (subject, subject_rev);
CREATE INDEX journal_command ON journal (command);

-- Committed and not yet given a position.
CREATE TABLE journal_pending (
  entry uuid NOT NULL PRIMARY KEY REFERENCES journal (id),
  at timestamptz NOT NULL,
  command uuid NOT NULL,
  subject uuid NOT NULL,
  subject_rev bigint NOT NULL
);
CREATE INDEX journal_pending_order ON journal_pending (at, command, subject, subject_rev);

-- The positions: 1, 2, 3 ... without a gap.
CREATE TABLE journal_order (
  seq bigint NOT NULL PRIMARY KEY CONSTRAINT journal_order_seq CHECK (seq > 0),
  entry uuid NOT NULL REFERENCES journal (id),
  sequenced_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX journal_order_entry ON journal_order (entry);
CREATE INDEX journal_order_time ON journal_order (sequenced_at, seq);

-- One row; its lock is the only coordination between sequencers. edge holds the roots of the complete
-- subtrees of the Merkle tree, left to right.
CREATE TABLE journal_head (
  id bigint NOT NULL PRIMARY KEY CONSTRAINT journal_head_one CHECK (id = 1),
  seq bigint NOT NULL,
  sequenced_at timestamptz NOT NULL,
  beat bigint NOT NULL,
  beat_at timestamptz NOT NULL,
  edge bytea NOT NULL,
  root bytea NOT NULL
);

-- The Merkle tree's hashes by their stored index (RFC 6962 hashing, as transparency logs number them).
CREATE TABLE merkle_hash (
  idx bigint NOT NULL PRIMARY KEY,
  hash bytea NOT NULL CONSTRAINT merkle_hash_size CHECK (length(hash) = 32)
);

-- A retried write happens once (rule 12). Rows live seven days.
CREATE TABLE idempotency (
  principal text NOT NULL,
  call text NOT NULL,
  request_id text NOT NULL,
  body_hash bytea NOT NULL,
  secret boolean NOT NULL,
  response bytea,
  command uuid NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (principal, call, request_id)
);
CREATE INDEX idempotency_age ON idempotency (created_at);

-- Each customer's data key, wrapped. Erased: the person cannot be read again, the row stays as proof.
CREATE TABLE customer_key (
  customer_id uuid NOT NULL PRIMARY KEY,
  wrapped bytea,
  created_at timestamptz NOT NULL,
  erased_at timestamptz,
  CONSTRAINT customer_key_whole CHECK ((wrapped IS NULL) = (erased_at IS NOT NULL))
);

-- Work outside of any transaction, requested by the command that needs it. The id is the message id
-- outside; fence counts the claims, so that a worker that slept cannot report for one that took over.
CREATE TABLE job (
  id uuid NOT NULL PRIMARY KEY,
  kind text NOT NULL,
  subject uuid,
  payload bytea NOT NULL,
  state text NOT NULL CONSTRAINT job_state CHECK (state IN ('READY', 'RUNNING', 'DONE', 'FAILED')),
  run_at timestamptz NOT NULL,
  attempts bigint NOT NULL,
  fence bigint NOT NULL,
  worker text,
  lease_until timestamptz,
  outcome text,
  created_at timestamptz NOT NULL,
  finished_at timestamptz,
  from_entry uuid REFERENCES journal (id),
  CONSTRAINT job_running_leased CHECK ((state = 'RUNNING') = (lease_until IS NOT NULL))
);
CREATE INDEX job_ready ON job (state, run_at);
CREATE INDEX job_subject ON job (subject, kind);

-- Long work with progress; it can be resumed at done.
CREATE TABLE operation (
  id uuid NOT NULL PRIMARY KEY,
  kind text NOT NULL,
  client_id uuid,
  state text NOT NULL CONSTRAINT operation_state CHECK (state IN ('RUNNING', 'DONE', 'FAILED', 'CANCELLED')),
  done bigint NOT NULL,
  total bigint NOT NULL,
  payload bytea NOT NULL,
  result bytea,
  actor text NOT NULL,
  created_at timestamptz NOT NULL,
  finished_at timestamptz,
  revision bigint NOT NULL,
  last_at timestamptz NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id)
);
CREATE INDEX operation_state_id ON operation (state, id);

CREATE FUNCTION vouch_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'gate:%', TG_ARGV[0] USING ERRCODE = '23514', CONSTRAINT = TG_ARGV[0];
END $$;
CREATE TRIGGER journal_update BEFORE UPDATE ON journal FOR EACH ROW EXECUTE FUNCTION vouch_append_only('journal_append_only');
CREATE TRIGGER journal_delete BEFORE DELETE ON journal FOR EACH ROW EXECUTE FUNCTION vouch_append_only('journal_append_only');
CREATE TRIGGER journal_truncate BEFORE TRUNCATE ON journal FOR EACH STATEMENT EXECUTE FUNCTION vouch_append_only('journal_append_only');
CREATE TRIGGER journal_order_update BEFORE UPDATE ON journal_order FOR EACH ROW EXECUTE FUNCTION vouch_append_only('journal_order_append_only');
CREATE TRIGGER journal_order_delete BEFORE DELETE ON journal_order FOR EACH ROW EXECUTE FUNCTION vouch_append_only('journal_order_append_only');
CREATE TRIGGER journal_order_truncate BEFORE TRUNCATE ON journal_order FOR EACH STATEMENT EXECUTE FUNCTION vouch_append_only('journal_order_append_only');
CREATE TRIGGER merkle_hash_update BEFORE UPDATE ON merkle_hash FOR EACH ROW EXECUTE FUNCTION vouch_append_only('merkle_hash_append_only');
CREATE TRIGGER merkle_hash_delete BEFORE DELETE ON merkle_hash FOR EACH ROW EXECUTE FUNCTION vouch_append_only('merkle_hash_append_only');
