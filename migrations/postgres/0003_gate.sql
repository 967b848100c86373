-- ACTIVE carries the instant at which it ends. The counters say that nothing is missing; they do not say until when. So the
-- database also refuses an end that lies beyond what the stored facts carry: an ACTIVE row whose active_until was put off,
-- and a fact whose end was drawn nearer under it.

-- How long past its own end a required check still carries ACTIVE, in microseconds, as the policy's text has it.
ALTER TABLE policy_check ADD COLUMN grace bigint NOT NULL DEFAULT 0;
DROP TRIGGER policy_check_update ON policy_check;
UPDATE policy_check k SET grace = coalesce((SELECT (j ->> 'grace_days')::bigint * 86400000000
  FROM policy p, jsonb_array_elements(p.body -> 'roles' -> k.role -> 'checks') j
  WHERE p.id = k.policy_id AND j ->> 'kind' = k.kind AND j ->> 'on_expiry' = 'CAP_B'), 0);
CREATE TRIGGER policy_check_update BEFORE UPDATE ON policy_check FOR EACH ROW EXECUTE FUNCTION vouch_frozen('policy_frozen');

-- The latest instant until which the facts can carry ACTIVE; what is missing altogether is gate_facts' to say.
CREATE VIEW gate_until AS
SELECT c.id AS customer_id, (SELECT min(u.until) FROM (
    SELECT (SELECT max(CASE WHEN r.result = 'PASS' THEN r.expires_at + p.grace * interval '1 microsecond' ELSE r.override_until END) FROM check_result r
        WHERE r.customer_id = k.customer_id AND r.kind = k.kind AND r.subject = k.subject AND r.claim_digest = k.digest AND r.to_entry IS NULL AND (r.result = 'PASS' OR (p.overridable AND r.override_until IS NOT NULL))) AS until
      FROM policy_check p JOIN claim k ON k.customer_id = c.id AND k.kind = p.kind
      WHERE p.policy_id = c.policy_id AND p.role = c.role AND p.every_claim
    UNION ALL
    SELECT (SELECT max(CASE WHEN r.result = 'PASS' THEN r.expires_at + p.grace * interval '1 microsecond' ELSE r.override_until END) FROM claim k JOIN check_result r ON r.customer_id = k.customer_id AND r.kind = k.kind AND r.subject = k.subject AND r.claim_digest = k.digest
        WHERE k.customer_id = c.id AND k.kind = p.kind AND r.to_entry IS NULL AND (r.result = 'PASS' OR (p.overridable AND r.override_until IS NOT NULL)))
      FROM policy_check p WHERE p.policy_id = c.policy_id AND p.role = c.role AND NOT p.every_claim
    UNION ALL
    SELECT (SELECT max(a.valid_until) FROM agreement a JOIN agreement_clause x ON x.agreement_id = a.id
        WHERE a.customer_id = c.id AND a.state = 'EXECUTED' AND a.to_entry IS NULL AND x.clause = p.clause AND x.version >= p.min_version)
      FROM policy_clause p WHERE p.policy_id = c.policy_id AND p.role = c.role
    UNION ALL
    SELECT max(r.expires_at + coalesce((SELECT p.grace FROM policy_check p WHERE p.policy_id = c.policy_id AND p.role = c.role AND p.kind = 'CONTACT_EMAIL'), 0) * interval '1 microsecond')
      FROM traceback_contact t JOIN claim k ON k.customer_id = t.customer_id AND k.kind = 'CONTACT_EMAIL' AND k.subject = t.contact_id
        JOIN check_result r ON r.customer_id = k.customer_id AND r.kind = k.kind AND r.subject = k.subject AND r.claim_digest = k.digest
      WHERE t.customer_id = c.id AND t.is_primary AND r.to_entry IS NULL AND r.result = 'PASS'
    UNION ALL
    SELECT max(r.expires_at + coalesce((SELECT p.grace FROM policy_check p WHERE p.policy_id = c.policy_id AND p.role = c.role AND p.kind = 'CONTACT_PHONE'), 0) * interval '1 microsecond')
      FROM traceback_contact t JOIN claim k ON k.customer_id = t.customer_id AND k.kind = 'CONTACT_PHONE' AND k.subject = t.contact_id
        JOIN check_result r ON r.customer_id = k.customer_id AND r.kind = k.kind AND r.subject = k.subject AND r.claim_digest = k.digest
      WHERE t.customer_id = c.id AND t.is_primary AND r.to_entry IS NULL AND r.result = 'PASS') u) AS until
FROM customer c;

-- The gate looks at what others committed. From REPEATABLE READ up a transaction looks at the past instead, and a row that was
-- only locked meanwhile does not fail it: two such writers could each see what the other took away. Both are refused.
CREATE FUNCTION vouch_gate_isolation() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
    RAISE EXCEPTION 'gate:isolation' USING ERRCODE = '23514', CONSTRAINT = 'isolation';
  END IF;
END $$;
CREATE OR REPLACE FUNCTION vouch_gate_customer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM vouch_gate_isolation();
  IF NOT EXISTS (SELECT 1 FROM gate_facts g WHERE g.customer_id = NEW.id AND g.checks_missing = NEW.checks_missing
      AND g.high_open = NEW.high_open AND g.clauses_missing = NEW.clauses_missing AND g.primary_contacts = NEW.primary_contacts)
    OR NEW.active_until <= NEW.last_at
    OR EXISTS (SELECT 1 FROM gate_until u WHERE u.customer_id = NEW.id AND NEW.active_until > u.until) THEN
    RAISE EXCEPTION 'gate:activation_facts' USING ERRCODE = '23514', CONSTRAINT = 'activation_facts';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION vouch_gate_fact_of(who uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE word text; ends timestamptz;
BEGIN
  SELECT c.state, c.active_until INTO word, ends FROM customer c WHERE c.id = who FOR UPDATE;
  IF word IS DISTINCT FROM 'ACTIVE' THEN RETURN; END IF;
  PERFORM vouch_gate_isolation();
  IF EXISTS (SELECT 1 FROM gate_facts g JOIN gate_until u ON u.customer_id = g.customer_id WHERE g.customer_id = who
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1 OR ends > u.until)) THEN
    RAISE EXCEPTION 'gate:fact_under_active' USING ERRCODE = '23514', CONSTRAINT = 'fact_under_active';
  END IF;
END $$;

-- What comes under a rule, and the rule itself, wait for each other: the lock is the one that a reference takes.
CREATE OR REPLACE FUNCTION vouch_agreement_clause_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM vouch_gate_isolation();
  PERFORM 1 FROM agreement a WHERE a.id = NEW.agreement_id AND a.state = 'PREPARED' FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'gate:agreement_clause_frozen' USING ERRCODE = '23514', CONSTRAINT = 'agreement_clause_frozen';
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION vouch_policy_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM vouch_gate_isolation();
  PERFORM 1 FROM policy p WHERE p.id = NEW.policy_id FOR UPDATE;
  IF EXISTS (SELECT 1 FROM customer c WHERE c.policy_id = NEW.policy_id) THEN
    RAISE EXCEPTION 'gate:policy_frozen' USING ERRCODE = '23514', CONSTRAINT = 'policy_frozen';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER merkle_hash_truncate BEFORE TRUNCATE ON merkle_hash FOR EACH STATEMENT EXECUTE FUNCTION vouch_append_only('merkle_hash_append_only');
