//! The names before. They say nothing of when a rule came into force, so that a certificate is
//! looked at by all of them.

use super::check as is;
use super::rule::{Check, For, Lint, Place, Severity, Source};
use crate::domain::certificate::record::Certificate;

struct Rule {
    code: &'static str,
    of: For,
    source: Source,
    severity: Severity,
    check: Check,
}

const fn end(code: &'static str, check: Check) -> Rule {
    Rule { code, of: For::End, source: Source::Atis, severity: Severity::Error, check }
}

const fn issuer(code: &'static str, check: Check) -> Rule {
    Rule { of: For::Issuers, ..end(code, check) }
}

const fn middle(code: &'static str, check: Check) -> Rule {
    Rule { of: For::Middle, ..end(code, check) }
}

const fn root(code: &'static str, check: Check) -> Rule {
    Rule { of: For::Root, ..end(code, check) }
}

const fn policy(code: &'static str, of: For, severity: Severity, check: Check) -> Rule {
    Rule { code, of, source: Source::Policy, severity, check }
}

const fn practice(code: &'static str, of: For, severity: Severity, check: Check) -> Rule {
    Rule { code, of, source: Source::Practice, severity, check }
}

const RULES: &[Rule] = &[
    end("e_sti_version", is::version),
    issuer("e_sti_ca_version", is::version),
    end("e_sti_serial_number", serial),
    issuer("e_sti_ca_serial_number", serial),
    end("e_sti_signature_algorithm", is::signature_sha256),
    issuer("e_sti_ca_signature_algorithm", is::signature_sha256),
    end("e_sti_subject_public_key", is::key_256),
    issuer("e_sti_ca_subject_public_key", is::key_256),
    end("e_sti_subject", is::subject_whole),
    issuer("e_sti_ca_subject", is::subject_whole),
    end("e_sti_issuer_dn", is::issuer_whole),
    issuer("e_sti_ca_issuer_dn", is::issuer_whole),
    end("e_sti_subject_cn", is::common_name_spc),
    issuer("e_sti_ca_subject_cn", is::common_name),
    end("e_sti_basic_constraints", is::basic),
    issuer("e_sti_ca_basic_constraints", is::basic),
    end("e_sti_key_usage", is::key_usage_end_whole),
    issuer("e_sti_ca_key_usage", is::key_usage_issuer_whole),
    end("e_sti_subject_key_identifier", is::subject_key_id),
    issuer("e_sti_ca_subject_key_identifier", is::subject_key_id),
    end("e_sti_authority_key_identifier", is::authority_key_id),
    middle("e_sti_ca_authority_key_identifier", is::authority_key_id),
    root("e_sti_root_authority_key_identifier", is::authority_key_id_root),
    end("e_sti_certificate_policies", is::policy_single),
    middle("e_sti_ca_certificate_policies", is::policy_single),
    root("e_sti_root_certificate_policies", is::policies_none),
    end("e_sti_crl_distribution", is::crl_point),
    middle("e_sti_ca_crl_distribution", is::crl_point),
    end("e_sti_extension_unknown", is::extensions_former),
    middle("e_sti_ca_extension_unknown", is::extensions_former),
    root("e_sti_root_extension_unknown", is::extensions_former),
    end("e_sti_tn_auth_list", tn_auth_list),
    practice("n_sti_certificate_policy_critical", For::End, Severity::Notice, is::policy_critical),
    practice(
        "n_sti_ca_certificate_policy_critical",
        For::Middle,
        Severity::Notice,
        is::policy_critical,
    ),
    practice("n_pki_ca_key_usage", For::Issuers, Severity::Notice, is::key_usage_single),
    practice("w_pki_spc_length", For::End, Severity::Warn, is::spc_length),
    policy("e_cp1_3_ambiguous_identifier", For::End, Severity::Error, is::ambiguous),
    policy("e_cp1_3_subject_sn", For::End, Severity::Error, is::subject_serial_once),
    policy("w_cp1_3_subject_rdn_unknown", For::End, Severity::Warn, is::end_attributes),
    policy("w_cp1_3_ca_subject_rdn_unknown", For::Issuers, Severity::Warn, is::issuer_attributes),
];

fn serial(c: &Certificate) -> Option<String> {
    is::serial(c).or_else(|| is::serial_size(c)).map(|_| {
        "STI certificates shall include a Serial Number field containing an integer greater than zero. The serial number shall contain at least 64 bits of output from a Cryptographically Secure PseudoRandom Number Generator (CSPRNG)".to_owned()
    })
}

fn tn_auth_list(c: &Certificate) -> Option<String> {
    match &c.tn_auth_list {
        None => Some("STI certificate shall contain TNAuthorizationList extension".to_owned()),
        Some(_) => is::tn_auth_list(c),
    }
}

/// What is odd about a certificate by every rule, in the names before.
pub fn former(certificate: &Certificate) -> Vec<Lint> {
    let place = Place::of(certificate);
    RULES
        .iter()
        .filter(|rule| rule.of.includes(place))
        .filter_map(|rule| {
            let details = (rule.check)(certificate)?;
            Some(Lint {
                code: rule.code.to_owned(),
                severity: rule.severity,
                source: rule.source,
                details,
            })
        })
        .collect()
}
