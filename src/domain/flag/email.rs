//! Mailboxes: thrown away after use, free for anybody, or of another firm (R2-09, R6-18).

use std::collections::BTreeSet;

use super::rules::{Flag, FlagRules, Outside};
use crate::domain::finding::Code;
use crate::domain::profile::Profile;

/// Parts of domain names under which mailboxes are made to be thrown away.
const THROWN: &[&str] = &[
    "tempmail",
    "temp-mail",
    "tempemail",
    "throwaway",
    "trashmail",
    "trash-mail",
    "10minute",
    "guerrilla",
    "mailinator",
    "disposable",
    "fakemail",
    "burnermail",
    "yopmail",
    "sharklasers",
    "maildrop",
    "spamgourmet",
    "getnada",
    "dropmail",
    "mohmal",
    "emailondeck",
    "mintemail",
    "onetimemail",
    "nospam",
];

/// The host of a mailbox or website, in small letters.
pub fn host_of(text: &str) -> Option<String> {
    let text = text.trim();
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = match rest {
        Some(rest) => rest.split(['/', '?', '#', ':']).next()?,
        None => text.rsplit_once('@')?.1,
    };
    (!host.is_empty()).then(|| host.trim_end_matches('.').to_ascii_lowercase())
}

pub(super) fn flags(p: &Profile, outside: &Outside, rules: &FlagRules) -> Vec<Flag> {
    let registrable =
        |host: &str| outside.registrable.get(host).map_or(host, String::as_str).to_owned();
    let site = host_of(p.website.expose()).map(|host| registrable(&host));
    let mut out = Vec::new();
    let mut told = BTreeSet::new();
    for (index, contact) in p.contacts.iter().enumerate() {
        let mail = contact.email.expose();
        let Some(host) = host_of(mail) else { continue };
        let domain = registrable(&host);
        if !told.insert(domain.clone()) {
            continue;
        }
        let field = format!("contacts[{index}].email");
        let flag = |code, reason| Flag::new(code, &field, &domain, reason).with("domain", &domain);
        if outside.disposable.contains(&domain) || outside.disposable.contains(&host) {
            out.push(flag(Code::EmailDomainRisk, "DISPOSABLE"));
        } else if let Some(part) = THROWN.iter().find(|part| domain.contains(**part)) {
            out.push(flag(Code::EmailDomainRisk, "NAMED_TO_BE_THROWN_AWAY").with("part", *part));
        } else if numbered(&domain) && !named(p, &domain) {
            out.push(flag(Code::EmailDomainRisk, "NUMBERED_AND_OF_NO_NAME"));
        }
        if rules.free_mail.contains(&domain) {
            out.push(flag(Code::EmailNotCompanyDomain, "FREE_MAIL"));
        } else if let Some(site) = site.as_ref().filter(|site| **site != domain) {
            out.push(flag(Code::EmailNotCompanyDomain, "NOT_THE_WEBSITE").with("website", site));
        }
    }
    out
}

/// A word with three digits or more behind it, as scripts name domains they buy in rows.
fn numbered(domain: &str) -> bool {
    let label = domain.split('.').next().unwrap_or_default();
    let bare = label.trim_end_matches(|c: char| c.is_ascii_digit());
    label.len() - bare.len() >= 3 && bare.chars().any(char::is_alphabetic)
}

/// Whether the domain says the firm's name, or a part of it.
fn named(p: &Profile, domain: &str) -> bool {
    let label = domain.split('.').next().unwrap_or_default();
    let bare: String = label.chars().filter(char::is_ascii_alphabetic).collect();
    let names = std::iter::once(&p.legal_name).chain(&p.trade_names);
    names.into_iter().any(|name| {
        let lower = name.expose().to_lowercase();
        let joined: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
        let mut words = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() >= 4);
        !bare.is_empty() && joined.contains(&bare) || words.any(|word| bare.contains(word))
    })
}
