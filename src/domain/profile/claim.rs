//! What a profile claims, claim by claim. A check names the digest of the claim it checked, so an
//! edit of another field leaves it standing and an edit of this one makes it worthless.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::Profile;
use super::record::Identifier;
use crate::domain::check::Kind;
use crate::domain::digest::Digest;
use crate::domain::pii::Pii;

/// Goes into the digests of one customer's claims. Without it a nine-digit tax number could be
/// found from its digest by trying them all; it is derived from the customer's data key and goes
/// with that key when the customer is erased (rule 10).
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct ClaimKey([u8; 32]);

impl ClaimKey {
    /// The key from its bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest of one of the customer's texts under a label, of which nothing can be read.
    pub fn digest(&self, label: &str, text: &str) -> Digest {
        let parts: [&[u8]; 3] = [&self.0, label.as_bytes(), text.as_bytes()];
        Digest::of_parts(parts)
    }
}

impl fmt::Debug for ClaimKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[claim key]")
    }
}

/// One thing a profile says that a check can verify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The check that verifies it.
    pub kind: Kind,
    /// Which of several; unique within the kind, and without personal data.
    pub subject: String,
    /// What is claimed, in one spelling.
    pub text: Pii<String>,
}

impl Claim {
    /// What a check of this claim is bound to.
    pub fn digest(&self, key: &ClaimKey) -> Digest {
        key.digest(self.kind.as_str(), self.text.expose())
    }
}

/// Everything a profile claims, ordered by kind. What is empty claims nothing.
pub fn claims(p: &Profile) -> Vec<Claim> {
    let mut out = Claims(Vec::new());
    let legal = p.legal_name.expose();
    for id in &p.identifiers {
        out.add(Kind::IdentifierForm, id.subject(), &[&spelled(id)]);
    }
    names(p, &mut out);
    if let Some(a) = &p.physical_address {
        let lines: Vec<&str> = a.lines.iter().map(|line| line.expose().as_str()).collect();
        let kind = a.kind.map_or("", super::AddressKind::as_str);
        let place = [a.city.expose(), a.region.expose(), a.postal_code.expose(), &a.country];
        let parts = lines.into_iter().chain(place.map(String::as_str)).chain([kind]);
        out.add(Kind::AddressKind, String::new(), &parts.collect::<Vec<_>>());
    }
    contacts(p, &mut out);
    if let Some(tn) = p.alternate_tn() {
        out.add(Kind::AlternatePhone, String::new(), &[&tn.e164()]);
    }
    if !legal.trim().is_empty() {
        organisation(p, legal, &mut out);
    }
    let mut list = out.0;
    list.sort_by(|a, b| (a.kind, &a.subject).cmp(&(b.kind, &b.subject)));
    list
}

struct Claims(Vec<Claim>);

impl Claims {
    /// Adds a claim unless all its parts are empty. Parts are kept apart by a character that no
    /// field may hold.
    fn add(&mut self, kind: Kind, subject: String, parts: &[&str]) {
        let parts: Vec<String> = parts.iter().map(|part| one_spelling(part)).collect();
        if parts.iter().any(|part| !part.is_empty()) {
            self.0.push(Claim { kind, subject, text: Pii::new(parts.join("\u{1f}")) });
        }
    }
}

/// Runs of white space are one space, and none at the ends; nothing else is folded, because a
/// check has to see the name as it will be used.
fn one_spelling(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An identifier without the separators people put in.
fn spelled(id: &Identifier) -> String {
    let text = if id.token.expose().is_empty() { &id.value } else { &id.token };
    let bare = text.expose().chars().filter(|c| !c.is_whitespace() && *c != '-');
    format!("{} {} {}", id.kind, id.issuing_region, bare.collect::<String>().to_uppercase())
}

impl Identifier {
    /// Which identifier it is, without its value.
    pub fn subject(&self) -> String {
        if self.issuing_region.is_empty() {
            self.kind.as_str().to_owned()
        } else {
            format!("{}:{}", self.kind, self.issuing_region)
        }
    }
}

/// Everyone whose name is screened: the organisation under all its names, its owners, and those
/// who may sign for it.
fn names(p: &Profile, out: &mut Claims) {
    out.add(Kind::Sanctions, "legal_name".to_owned(), &[p.legal_name.expose()]);
    let lists = [("trade_names", &p.trade_names), ("previous_names", &p.previous_names)];
    for (field, list) in lists {
        for (index, name) in list.iter().enumerate() {
            out.add(Kind::Sanctions, format!("{field}[{index}]"), &[name.expose()]);
        }
    }
    for (index, owner) in p.beneficial_owners.iter().enumerate() {
        let subject = format!("beneficial_owners[{index}]");
        out.add(Kind::Sanctions, subject, &[owner.name.expose()]);
    }
    for (index, name) in p.provider.iter().flat_map(|it| &it.affiliates).enumerate() {
        let subject = format!("provider.affiliates[{index}]");
        out.add(Kind::Sanctions, subject, &[name.expose()]);
    }
    for contact in p.contacts.iter().filter(|c| c.authorized_signer) {
        if let Some(id) = contact.id {
            out.add(Kind::Sanctions, id.to_string(), &[contact.name.expose()]);
        }
    }
}

fn contacts(p: &Profile, out: &mut Claims) {
    for contact in &p.contacts {
        let Some(id) = contact.id else { continue };
        out.add(Kind::ContactEmail, id.to_string(), &[contact.email.expose()]);
        if let Some(tn) = contact.tn() {
            out.add(Kind::ContactPhone, id.to_string(), &[&tn.e164()]);
        }
    }
}

fn organisation(p: &Profile, legal: &str, out: &mut Claims) {
    let mut registered: Vec<String> =
        p.identifiers.iter().filter(|i| i.kind.is_registration()).map(spelled).collect();
    registered.sort_unstable();
    let mut existence = vec![legal, p.incorporation_jurisdiction.as_str()];
    existence.extend(registered.iter().map(String::as_str));
    out.add(Kind::Existence, String::new(), &existence);

    if let Some(id) = p.tax_id() {
        out.add(Kind::TaxIdToName, String::new(), &[legal, &spelled(id)]);
    }

    let signers = p.contacts.iter().filter(|c| c.authorized_signer);
    let mut who: Vec<String> = signers
        .filter_map(|c| Some(format!("{} {} {}", c.id?, c.name.expose(), c.role_title.expose())))
        .collect();
    who.sort_unstable();
    if !who.is_empty() {
        let mut parts = vec![legal];
        parts.extend(who.iter().map(String::as_str));
        out.add(Kind::Representation, String::new(), &parts);
    }

    if !p.caller_name.expose().trim().is_empty() {
        let mut parts = vec![p.caller_name.expose().as_str(), legal];
        parts.extend(p.trade_names.iter().map(|name| name.expose().as_str()));
        parts.extend(p.trademarks.iter().map(|name| name.expose().as_str()));
        out.add(Kind::CallerName, String::new(), &parts);
    }

    let mut filed: Vec<String> =
        p.identifiers.iter().filter(|i| i.kind.is_provider()).map(spelled).collect();
    let roles = p.provider.iter().flat_map(|it| &it.rmd_roles);
    filed.extend(roles.map(|role| role.as_str().to_owned()));
    filed.sort_unstable();
    let mut parts = vec![legal];
    parts.extend(filed.iter().map(String::as_str));
    out.add(Kind::RmdRecord, String::new(), &parts);
    let below = p.provider.as_ref().map(|it| format!("{} {}", it.resale_depth, it.binds_resellers));
    let mut parts = vec![legal];
    parts.extend(below.as_deref());
    out.add(Kind::FlowDown, String::new(), &parts);
}
