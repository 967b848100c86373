//! The names in use today. Those of issuers end in `_ca`, those of roots in `_root`.

use super::check as is;
use super::rule::{Check, For, Lint, Place, Severity, Since, Source};
use crate::domain::certificate::record::Certificate;

/// How a rule's name ends.
#[derive(Clone, Copy)]
enum Named {
    /// `_ca` for issuers.
    ByPlace,
    /// As it stands.
    Plain,
}

struct Rule {
    code: &'static str,
    named: Named,
    of: For,
    since: Since,
    source: Source,
    severity: Severity,
    check: Check,
}

const fn atis(code: &'static str, of: For, since: Since, check: Check) -> Rule {
    let (source, severity) = (Source::Atis, Severity::Error);
    Rule { code, named: Named::ByPlace, of, since, source, severity, check }
}

const fn plain(code: &'static str, of: For, since: Since, check: Check) -> Rule {
    Rule { named: Named::Plain, ..atis(code, of, since, check) }
}

const fn policy(code: &'static str, of: For, since: Since, check: Check) -> Rule {
    Rule { source: Source::Policy, ..atis(code, of, since, check) }
}

const fn internet(code: &'static str, of: For, severity: Severity, check: Check) -> Rule {
    Rule { source: Source::Rfc5280, severity, ..plain(code, of, Since::ALWAYS, check) }
}

const RULES: &[Rule] = &[
    atis("e_atis_version", For::Everybody, Since::ATIS_3, is::version),
    atis("e_atis_serial_number", For::Everybody, Since::ATIS_3, is::serial),
    atis("e_atis_serial_number_size", For::Everybody, Since::ATIS_5, is::serial_size),
    atis("e_atis_signature_algorithm", For::Everybody, Since::ATIS_3, is::signature),
    atis("e_atis_subject_public_key", For::Everybody, Since::ATIS_3, is::key),
    atis("e_atis_subject_dn", For::Everybody, Since::ATIS_3, is::subject),
    atis("e_atis_subject_c_iso", For::Everybody, Since::ATIS_5, is::country),
    policy("e_atis_subject_c_us", For::Everybody, Since::POLICY_1_4, is::country_us),
    atis("e_atis_subject_o_required", For::Everybody, Since::ATIS_4, is::organization),
    atis("e_atis_subject_cn", For::Everybody, Since::ATIS_3, is::common_name),
    plain("e_atis_subject_cn_root", For::Root, Since::ATIS_5, is::common_name_root),
    atis("e_atis_subject_cn_spc", For::End, Since::ATIS_4, is::common_name_spc),
    policy("e_us_cp_subject_sn_shall", For::AllButRoot, Since::POLICY_1_3, is::subject_serial),
    atis("e_atis_ext_basic_constraints", For::Everybody, Since::ATIS_3, is::basic),
    plain("e_atis_ext_key_usage", For::Everybody, Since::ATIS_3, is::key_usage),
    plain("e_atis_ext_key_usage_ee", For::End, Since::ATIS_3, is::key_usage_end),
    plain("e_atis_ext_key_usage_ca", For::Issuers, Since::ATIS_3, is::key_usage_issuer),
    internet("e_incorrect_ku_encoding", For::Everybody, Severity::Error, is::key_usage_encoding),
    atis("e_atis_subject_key_identifier", For::Everybody, Since::ATIS_3, is::subject_key_id),
    atis(
        "e_atis_subject_key_identifier_size",
        For::Everybody,
        Since::ATIS_4,
        is::subject_key_id_size,
    ),
    internet(
        "w_ext_subject_key_identifier_missing_sub_cert",
        For::End,
        Severity::Warn,
        is::subject_key_id_missing,
    ),
    internet(
        "e_ext_subject_key_identifier_missing_ca",
        For::Issuers,
        Severity::Error,
        is::subject_key_id_missing,
    ),
    atis(
        "e_atis_ext_authority_key_identifier",
        For::AllButRoot,
        Since::ATIS_3,
        is::authority_key_id,
    ),
    plain(
        "e_atis_ext_authority_key_identifier_root",
        For::Root,
        Since::ATIS_4,
        is::authority_key_id_root,
    ),
    internet(
        "e_ext_authority_key_identifier_missing",
        For::Everybody,
        Severity::Error,
        is::authority_key_id_missing,
    ),
    internet(
        "e_ext_authority_key_identifier_no_key_identifier",
        For::Everybody,
        Severity::Error,
        is::authority_key_id_empty,
    ),
    atis("e_atis_ext_certificate_policies", For::AllButRoot, Since::ATIS_3, is::policies),
    plain("e_atis_ext_certificate_policies_root", For::Root, Since::ATIS_5, is::policies_none),
    policy("e_shaken_certificate_policies_id", For::AllButRoot, Since::POLICY_1_3, is::policy),
    atis("e_atis_ext_crl_distribution", For::AllButRoot, Since::ATIS_3, is::crl_point),
    atis("e_atis_ext_crl_distribution_struct", For::AllButRoot, Since::ATIS_4, is::crl_issuer),
    plain("e_atis_ext_crl_distribution_root", For::Root, Since::ATIS_5, is::crl_none),
    atis("e_atis_ext_not_specified", For::Everybody, Since::ATIS_5, is::extensions),
    atis("e_atis_tn_auth_list", For::End, Since::ATIS_3, is::tn_auth_list),
    atis("e_atis_tn_auth_list", For::Issuers, Since::ATIS_5, is::tn_auth_list_none),
    atis("e_atis_tn_auth_list_spc_format", For::End, Since::ATIS_5, is::spc_format),
];

/// What is odd about a certificate by the rules that held when it was issued, in the names of
/// today.
pub fn current(certificate: &Certificate) -> Vec<Lint> {
    let place = Place::of(certificate);
    let rules = RULES
        .iter()
        .filter(|rule| rule.of.includes(place) && rule.since.holds(place, certificate.not_before));
    rules
        .filter_map(|rule| {
            let details = (rule.check)(certificate)?;
            let code = match (rule.named, place) {
                (Named::Plain, _) | (Named::ByPlace, Place::End) => rule.code.to_owned(),
                (Named::ByPlace, Place::Middle | Place::Root) => format!("{}_ca", rule.code),
            };
            Some(Lint { code, severity: rule.severity, source: rule.source, details })
        })
        .collect()
}
