-- ACTIVE carries the instant at which it ends. The counters say that nothing is missing; they do not say until when. So the
-- database also refuses an end that lies beyond what the stored facts carry: an ACTIVE row whose active_until was put off,
-- and a fact whose end was drawn nearer under it.

-- How long past its own end a required check still carries ACTIVE, in microseconds, as the policy's text has it.
ALTER TABLE policy_check ADD COLUMN grace INTEGER NOT NULL DEFAULT 0;
DROP TRIGGER policy_check_update;
UPDATE policy_check SET grace = coalesce((SELECT json_extract(j.value, '$.grace_days') * 86400000000
  FROM policy p JOIN json_each(p.body, '$.roles.' || policy_check.role || '.checks') j
  WHERE p.id = policy_check.policy_id AND json_extract(j.value, '$.kind') = policy_check.kind
    AND json_extract(j.value, '$.on_expiry') = 'CAP_B'), 0);
CREATE TRIGGER policy_check_update BEFORE UPDATE ON policy_check BEGIN SELECT RAISE(ABORT, 'gate:policy_frozen'); END;

-- The latest instant until which the facts can carry ACTIVE; what is missing altogether is gate_facts' to say.
CREATE VIEW gate_until AS
SELECT c.id AS customer_id, (SELECT min(u.until) FROM (
    SELECT (SELECT max(CASE WHEN r.result = 'PASS' THEN r.expires_at + p.grace ELSE r.override_until END) FROM check_result r
        WHERE r.customer_id = k.customer_id AND r.kind = k.kind AND r.subject = k.subject AND r.claim_digest = k.digest AND r.to_entry IS NULL AND (r.result = 'PASS' OR (p.overridable AND r.override_until IS NOT NULL))) AS until
      FROM policy_check p JOIN claim k ON k.customer_id = c.id AND k.kind = p.kind
      WHERE p.policy_id = c.policy_id AND p.role = c.role AND p.every_claim
    UNION ALL
    SELECT (SELECT max(CASE WHEN r.result = 'PASS' THEN r.expires_at + p.grace ELSE r.override_until END) FROM claim k JOIN check_result r ON r.customer_id = k.customer_id AND r.kind = k.kind AND r.subject = k.subject AND r.claim_digest = k.digest
        WHERE k.customer_id = c.id AND k.kind = p.kind AND r.to_entry IS NULL AND (r.result = 'PASS' OR (p.overridable AND r.override_until IS NOT NULL)))
      FROM policy_check p WHERE p.policy_id = c.policy_id AND p.role = c.role AND NOT p.every_claim
    UNION ALL
    SELECT (SELECT max(a.valid_until) FROM agreement a JOIN agreement_clause x ON x.agreement_id = a.id
        WHERE a.customer_id = c.id AND a.state = 'EXECUTED' AND a.to_entry IS NULL AND x.clause = p.clause AND x.version >= p.min_version)
      FROM policy_clause p WHERE p.policy_id = c.policy_id AND p.role = c.role
    UNION ALL
    SELECT max(r.expires_at + coalesce((SELECT p.grace FROM policy_check p WHERE p.policy_id = c.policy_id AND p.role = c.role AND p.kind = 'CONTACT_EMAIL'), 0))
      FROM traceback_contact t JOIN claim k ON k.customer_id = t.customer_id AND k.kind = 'CONTACT_EMAIL' AND k.subject = t.contact_id
        JOIN check_result r ON r.customer_id = k.customer_id AND r.kind = k.kind AND r.subject = k.subject AND r.claim_digest = k.digest
      WHERE t.customer_id = c.id AND t.is_primary AND r.to_entry IS NULL AND r.result = 'PASS'
    UNION ALL
    SELECT max(r.expires_at + coalesce((SELECT p.grace FROM policy_check p WHERE p.policy_id = c.policy_id AND p.role = c.role AND p.kind = 'CONTACT_PHONE'), 0))
      FROM traceback_contact t JOIN claim k ON k.customer_id = t.customer_id AND k.kind = 'CONTACT_PHONE' AND k.subject = t.contact_id
        JOIN check_result r ON r.customer_id = k.customer_id AND r.kind = k.kind AND r.subject = k.subject AND r.claim_digest = k.digest
      WHERE t.customer_id = c.id AND t.is_primary AND r.to_entry IS NULL AND r.result = 'PASS') u) AS until
FROM customer c;

DROP TRIGGER gate_customer_insert;
DROP TRIGGER gate_customer_update;
CREATE TRIGGER gate_customer_insert AFTER INSERT ON customer WHEN NEW.state = 'ACTIVE' BEGIN
  SELECT RAISE(ABORT, 'gate:activation_facts') WHERE NOT EXISTS (SELECT 1 FROM gate_facts g WHERE g.customer_id = NEW.id
    AND g.checks_missing = NEW.checks_missing AND g.high_open = NEW.high_open AND g.clauses_missing = NEW.clauses_missing
    AND g.primary_contacts = NEW.primary_contacts) OR NEW.active_until <= NEW.last_at
    OR EXISTS (SELECT 1 FROM gate_until u WHERE u.customer_id = NEW.id AND NEW.active_until > u.until);
END;
CREATE TRIGGER gate_customer_update AFTER UPDATE ON customer WHEN NEW.state = 'ACTIVE' AND (OLD.state <> 'ACTIVE' OR OLD.id <> NEW.id OR OLD.role <> NEW.role OR OLD.policy_id IS NOT NEW.policy_id
  OR OLD.checks_missing <> NEW.checks_missing OR OLD.high_open <> NEW.high_open OR OLD.clauses_missing <> NEW.clauses_missing
  OR OLD.primary_contacts <> NEW.primary_contacts OR OLD.active_until <> NEW.active_until) BEGIN
  SELECT RAISE(ABORT, 'gate:activation_facts') WHERE NOT EXISTS (SELECT 1 FROM gate_facts g WHERE g.customer_id = NEW.id
    AND g.checks_missing = NEW.checks_missing AND g.high_open = NEW.high_open AND g.clauses_missing = NEW.clauses_missing
    AND g.primary_contacts = NEW.primary_contacts) OR NEW.active_until <= NEW.last_at
    OR EXISTS (SELECT 1 FROM gate_until u WHERE u.customer_id = NEW.id AND NEW.active_until > u.until);
END;

DROP TRIGGER gate_check_result_insert;
CREATE TRIGGER gate_check_result_insert AFTER INSERT ON check_result BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id JOIN gate_until u ON u.customer_id = c.id
    WHERE c.id IN (NEW.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1 OR c.active_until > u.until);
END;
DROP TRIGGER gate_check_result_update;
CREATE TRIGGER gate_check_result_update AFTER UPDATE ON check_result BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id JOIN gate_until u ON u.customer_id = c.id
    WHERE c.id IN (NEW.customer_id, OLD.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1 OR c.active_until > u.until);
END;
DROP TRIGGER gate_check_result_delete;
CREATE TRIGGER gate_check_result_delete AFTER DELETE ON check_result BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id JOIN gate_until u ON u.customer_id = c.id
    WHERE c.id IN (OLD.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1 OR c.active_until > u.until);
END;
DROP TRIGGER gate_finding_insert;
CREATE TRIGGER gate_finding_insert AFTER INSERT ON finding BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id JOIN gate_until u ON u.customer_id = c.id
    WHERE c.id IN (NEW.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1 OR c.active_until > u.until);
END;
DROP TRIGGER gate_finding_update;
CREATE TRIGGER gate_finding_update AFTER UPDATE ON finding BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id JOIN gate_until u ON u.customer_id = c.id
    WHERE c.id IN (NEW.customer_id, OLD.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1 OR c.active_until > u.until);
END;
DROP TRIGGER gate_finding_delete;
CREATE TRIGGER gate_finding_delete AFTER DELETE ON finding BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id JOIN gate_until u ON u.customer_id = c.id
    WHERE c.id IN (OLD.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1 OR c.active_until > u.until);
END;
DROP TRIGGER gate_claim_insert;
CREATE TRIGGER gate_claim_insert AFTER INSERT ON claim BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id JOIN gate_until u ON u.customer_id = c.id
    WHERE c.id IN (NEW.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1 OR c.active_until > u.until);
END;
DROP TRIGGER gate_claim_update;
CREATE TRIGGER gate_claim_update AFTER UPDATE ON claim BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id JOIN gate_until u ON u.customer_id = c.id
    WHERE c.id IN (NEW.customer_id, OLD.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1 OR c.active_until > u.until);
END;
DROP TRIGGER gate_claim_delete;
CREATE TRIGGER gate_claim_delete AFTER DELETE ON claim BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id JOIN gate_until u ON u.customer_id = c.id
    WHERE c.id IN (OLD.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1 OR c.active_until > u.until);
END;
DROP TRIGGER gate_traceback_contact_insert;
CREATE TRIGGER gate_traceback_contact_insert AFTER INSERT ON traceback_contact BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id JOIN gate_until u ON u.customer_id = c.id
    WHERE c.id IN (NEW.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1 OR c.active_until > u.until);
END;
DROP TRIGGER gate_traceback_contact_update;
CREATE TRIGGER gate_traceback_contact_update AFTER UPDATE ON traceback_contact BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id JOIN gate_until u ON u.customer_id = c.id
    WHERE c.id IN (NEW.customer_id, OLD.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1 OR c.active_until > u.until);
END;
DROP TRIGGER gate_traceback_contact_delete;
CREATE TRIGGER gate_traceback_contact_delete AFTER DELETE ON traceback_contact BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id JOIN gate_until u ON u.customer_id = c.id
    WHERE c.id IN (OLD.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1 OR c.active_until > u.until);
END;
DROP TRIGGER gate_agreement_insert;
CREATE TRIGGER gate_agreement_insert AFTER INSERT ON agreement BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id JOIN gate_until u ON u.customer_id = c.id
    WHERE c.id IN (NEW.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1 OR c.active_until > u.until);
END;
DROP TRIGGER gate_agreement_update;
CREATE TRIGGER gate_agreement_update AFTER UPDATE ON agreement BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id JOIN gate_until u ON u.customer_id = c.id
    WHERE c.id IN (NEW.customer_id, OLD.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1 OR c.active_until > u.until);
END;
DROP TRIGGER gate_agreement_delete;
CREATE TRIGGER gate_agreement_delete AFTER DELETE ON agreement BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id JOIN gate_until u ON u.customer_id = c.id
    WHERE c.id IN (OLD.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1 OR c.active_until > u.until);
END;

-- OR REPLACE deletes the row in the way without firing any DELETE trigger, unless the connection asked for that. The row could
-- be another customer's fact, or one that is never to be rewritten, so it is refused before it is replaced.
CREATE TRIGGER no_replace_check_result BEFORE INSERT ON check_result WHEN EXISTS (SELECT 1 FROM check_result x WHERE x.id = NEW.id) BEGIN
  SELECT RAISE(ABORT, 'gate:no_replace'); END;
CREATE TRIGGER no_replace_check_result_id BEFORE UPDATE OF id ON check_result WHEN OLD.id <> NEW.id BEGIN
  SELECT RAISE(ABORT, 'gate:no_replace'); END;
CREATE TRIGGER no_replace_agreement BEFORE INSERT ON agreement WHEN EXISTS (SELECT 1 FROM agreement x WHERE x.id = NEW.id) BEGIN
  SELECT RAISE(ABORT, 'gate:agreement_document_frozen'); END;
CREATE TRIGGER no_replace_agreement_clause BEFORE INSERT ON agreement_clause WHEN EXISTS (SELECT 1 FROM agreement_clause x WHERE x.agreement_id = NEW.agreement_id AND x.clause = NEW.clause) BEGIN
  SELECT RAISE(ABORT, 'gate:agreement_clause_frozen'); END;
CREATE TRIGGER no_replace_profile_revision BEFORE INSERT ON profile_revision WHEN EXISTS (SELECT 1 FROM profile_revision x WHERE x.customer_id = NEW.customer_id AND (x.rev = NEW.rev OR (x.to_entry IS NULL AND NEW.to_entry IS NULL))) BEGIN
  SELECT RAISE(ABORT, 'gate:profile_revision_frozen'); END;
CREATE TRIGGER no_replace_policy_check BEFORE INSERT ON policy_check WHEN EXISTS (SELECT 1 FROM policy_check x WHERE x.policy_id = NEW.policy_id AND x.role = NEW.role AND x.kind = NEW.kind) BEGIN
  SELECT RAISE(ABORT, 'gate:policy_frozen'); END;
CREATE TRIGGER no_replace_policy_clause BEFORE INSERT ON policy_clause WHEN EXISTS (SELECT 1 FROM policy_clause x WHERE x.policy_id = NEW.policy_id AND x.role = NEW.role AND x.clause = NEW.clause) BEGIN
  SELECT RAISE(ABORT, 'gate:policy_frozen'); END;
CREATE TRIGGER no_replace_journal BEFORE INSERT ON journal WHEN EXISTS (SELECT 1 FROM journal x WHERE x.id = NEW.id)
  OR EXISTS (SELECT 1 FROM journal x WHERE x.subject = NEW.subject AND x.subject_rev = NEW.subject_rev) BEGIN
  SELECT RAISE(ABORT, 'gate:journal_append_only'); END;
CREATE TRIGGER no_replace_journal_order BEFORE INSERT ON journal_order WHEN EXISTS (SELECT 1 FROM journal_order x WHERE x.seq = NEW.seq)
  OR EXISTS (SELECT 1 FROM journal_order x WHERE x.entry = NEW.entry) BEGIN
  SELECT RAISE(ABORT, 'gate:journal_order_append_only'); END;
CREATE TRIGGER no_replace_merkle_hash BEFORE INSERT ON merkle_hash WHEN EXISTS (SELECT 1 FROM merkle_hash x WHERE x.idx = NEW.idx) BEGIN
  SELECT RAISE(ABORT, 'gate:merkle_hash_append_only'); END;
