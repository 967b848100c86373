//! The one table of names: what each engine calls a constraint, and the name the rest of Vouch sees.
//! `PostgreSQL` gives the name, `SQLite` only the columns. A test compares it with the real schema.

/// Unique keys: the name, and how `SQLite` lists the columns.
pub(super) const UNIQUE: &[(&str, &str)] = &[
    ("agreement_clause_pkey", "agreement_clause.agreement_id, agreement_clause.clause"),
    ("agreement_pkey", "agreement.id"),
    ("api_key_pkey", "api_key.id"),
    ("app_user_login", "app_user.login"),
    ("app_user_pkey", "app_user.id"),
    ("block_objection_pkey", "block_objection.id"),
    ("call_lane_pkey", "call_lane.lane"),
    ("call_lock_pkey", "call_lock.customer_id"),
    ("call_send_pkey", "call_send.id"),
    ("carrier_of_record_live", "carrier_of_record.number_id"),
    ("carrier_of_record_pkey", "carrier_of_record.number_id, carrier_of_record.from_entry"),
    ("certificate_proof_pkey", "certificate_proof.id"),
    ("challenge_pkey", "challenge.id"),
    ("check_result_pkey", "check_result.id"),
    ("claim_pkey", "claim.customer_id, claim.kind, claim.subject"),
    ("client_name", "client.name"),
    ("client_pkey", "client.id"),
    ("customer_key_pkey", "customer_key.customer_id"),
    ("customer_origid", "customer.origid"),
    ("customer_pkey", "customer.id"),
    ("delegation_live", "delegation.number_id, delegation.holder, delegation.delegate"),
    ("delegation_pkey", "delegation.id"),
    ("document_pkey", "document.id"),
    ("evidence_pkey", "evidence.id"),
    ("finding_pkey", "finding.id"),
    ("idempotency_pkey", "idempotency.principal, idempotency.call, idempotency.request_id"),
    ("inventory_live", "inventory.tn"),
    ("inventory_pkey", "inventory.tn, inventory.from_entry"),
    ("job_pkey", "job.id"),
    ("journal_head_pkey", "journal_head.id"),
    ("journal_order_entry", "journal_order.entry"),
    ("journal_order_pkey", "journal_order.seq"),
    ("journal_pending_pkey", "journal_pending.entry"),
    ("journal_pkey", "journal.id"),
    ("journal_subject_rev", "journal.subject, journal.subject_rev"),
    ("link_token_pkey", "link_token.kind, link_token.token, link_token.customer_id"),
    ("list_entry_pkey", "list_entry.list, list_entry.ref, list_entry.from_entry"),
    ("list_version_live", "list_version.list"),
    ("list_version_pkey", "list_version.id"),
    ("loa_review_pkey", "loa_review.id"),
    ("merkle_hash_pkey", "merkle_hash.idx"),
    (
        "number_certificate_evidence_pkey",
        "number_certificate_evidence.certificate_id, number_certificate_evidence.evidence_id",
    ),
    (
        "number_certificate_link_pkey",
        "number_certificate_link.certificate_id, number_certificate_link.revocation_key",
    ),
    ("number_certificate_pkey", "number_certificate.id"),
    ("number_claim_live", "number_claim.customer_id, number_claim.number_id"),
    ("number_aging_live", "number_aging.number_id"),
    ("number_aging_pkey", "number_aging.number_id, number_aging.from_entry"),
    (
        "number_claim_pkey",
        "number_claim.number_id, number_claim.customer_id, number_claim.from_entry",
    ),
    ("number_dispute_pkey", "number_dispute.id"),
    (
        "number_event_pkey",
        "number_event.number_id, number_event.kind, number_event.source, number_event.reference",
    ),
    ("number_import_pkey", "number_import.operation_id"),
    (
        "number_import_result_pkey",
        "number_import_result.operation_id, number_import_result.first_result",
    ),
    ("number_state_pkey", "number_state.id"),
    ("number_state_tn", "number_state.tn"),
    ("operation_pkey", "operation.id"),
    ("origid_retired_pkey", "origid_retired.origid"),
    ("policy_check_pkey", "policy_check.policy_id, policy_check.role, policy_check.kind"),
    ("policy_clause_pkey", "policy_clause.policy_id, policy_clause.role, policy_clause.clause"),
    ("policy_name_version", "policy.name, policy.version"),
    ("policy_pkey", "policy.id"),
    ("profile_revision_live", "profile_revision.customer_id"),
    ("profile_revision_pkey", "profile_revision.customer_id, profile_revision.rev"),
    ("proposal_pkey", "proposal.id"),
    ("store_meta_pkey", "store_meta.id"),
    ("traceback_contact_pkey", "traceback_contact.customer_id, traceback_contact.contact_id"),
    ("traceback_contact_primary", "traceback_contact.customer_id"),
    ("trunk_origid", "trunk.origid"),
    ("trunk_pkey", "trunk.id"),
    ("trunk_uid", "trunk.uid"),
];

/// Checks and gates: `CHECK` constraints, and the names that triggers raise.
pub(super) const GATES: &[&str] = &[
    "activation_facts",
    "activation_gate",
    "agreement_clause_frozen",
    "agreement_document_frozen",
    "agreement_executed_dated",
    "agreement_state",
    "block_objection_decided",
    "block_objection_state",
    "block_objection_two_people",
    "certificate_proof_state",
    "challenge_state",
    "check_override_pair",
    "check_result_word",
    "check_superseded_closed",
    "customer_cap",
    "customer_key_whole",
    "customer_role",
    "customer_state",
    "delegation_not_self",
    "fact_under_active",
    "finding_resolved_whole",
    "finding_severity",
    "finding_state",
    "inventory_source",
    "isolation",
    "job_running_leased",
    "job_state",
    "journal_append_only",
    "journal_head_one",
    "journal_leaf",
    "journal_order_append_only",
    "journal_order_seq",
    "journal_rev",
    "loa_review_decision",
    "merkle_hash_append_only",
    "merkle_hash_size",
    "no_replace",
    "no_truncate",
    "number_cap",
    "number_dispute_state",
    "number_dispute_two_people",
    "number_import_over",
    "number_import_phase",
    "number_import_results",
    "operation_state",
    "operation_two_people",
    "origid_retired_of_one",
    "policy_frozen",
    "profile_revision_frozen",
    "proposal_state",
    "proposal_two_people",
    "store_meta_one",
    "trunk_auth",
    "trunk_kind",
    "trunk_mode",
];

/// The name behind what an engine said about a unique key; `unknown` where the table has none.
pub(super) fn unique(engine_says: &str) -> &'static str {
    UNIQUE
        .iter()
        .find(|(name, columns)| *name == engine_says || *columns == engine_says)
        .map_or("unknown", |(name, _columns)| name)
}

/// The name behind what an engine said about a check; `unknown` where the table has none.
pub(super) fn gate(engine_says: &str) -> &'static str {
    GATES.iter().copied().find(|name| *name == engine_says).unwrap_or("unknown")
}

/// Every name, for the test that compares this table with the schema.
pub fn all() -> (Vec<&'static str>, Vec<&'static str>) {
    (UNIQUE.iter().map(|(name, _columns)| *name).collect(), GATES.to_vec())
}
