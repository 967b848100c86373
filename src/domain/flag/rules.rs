//! All flags of a profile at once.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{email, lodging, script, spoof};
use crate::domain::check::Kind;
use crate::domain::customer_file::CustomerFile;
use crate::domain::digest::Digest;
use crate::domain::finding::{Code, Raise, subject_of};
use crate::domain::pii::Pii;
use crate::domain::profile::{AddressKind, ClaimKey, Profile};

/// Words and figures of the flags, as the policy has them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FlagRules {
    /// Domains where anybody gets a mailbox.
    pub free_mail: BTreeSet<String>,
    /// Names of firms and offices that callers pretend to be.
    pub brands: Vec<String>,
    /// A firm registered less than so many days ago is new; 0 asks nothing.
    pub recent_registration_days: u32,
    /// A register's record changed less than so many days ago may have been taken over; 0 asks
    /// nothing.
    pub registry_changed_days: u32,
}

/// What is known from outside; absent is unknown, and raises nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    /// The country in which an address database puts the sign-up.
    pub signup_country: Option<String>,
    /// The registrable domain of each host in a mailbox or website.
    pub registrable: BTreeMap<String, String>,
    /// Registrable domains on a list of disposable mail.
    pub disposable: BTreeSet<String>,
}

/// One red flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// What was found.
    pub code: Code,
    /// The field it is about, as a path of the profile.
    pub field: String,
    /// The text it was found in: another text is another finding.
    pub text: Pii<String>,
    /// The stable reason.
    pub reason: &'static str,
    /// What it rests on.
    pub evidence: BTreeMap<String, String>,
}

impl Flag {
    pub(super) fn new(code: Code, field: &str, text: &str, reason: &'static str) -> Self {
        let evidence = BTreeMap::from([
            ("field".to_owned(), format!("profile.{field}")),
            ("reason".to_owned(), reason.to_owned()),
        ]);
        let (field, text) = (field.to_owned(), Pii::new(text.to_owned()));
        Self { code, field, text, reason, evidence }
    }

    pub(super) fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.evidence.insert(key.to_owned(), value.into());
        self
    }

    /// Whether it was guessed from words, so that an ordinary text may look so.
    pub fn is_guess(&self) -> bool {
        matches!(self.reason, "WORD_OF_LODGING" | "NUMBERED_AND_OF_NO_NAME")
    }

    /// That nothing but the customer's own word supports who it is.
    pub fn uncorroborated(p: &Profile) -> Self {
        let name = p.legal_name.expose();
        Self::new(Code::UncorroboratedId, "legal_name", name, "NO_SOURCE_SUPPORTS_IT")
    }

    /// What to raise of it for the customer with this key.
    pub fn raise(self, key: &ClaimKey) -> Raise {
        let digest: Digest = key.digest(self.code.as_str(), self.text.expose());
        let subject = subject_of(&self.field, digest, self.reason);
        Raise { code: self.code, subject, evidence: Pii::new(self.evidence) }
    }
}

/// Every red flag of the profile.
pub fn flags(p: &Profile, outside: &Outside, rules: &FlagRules) -> Vec<Flag> {
    let mut out = Vec::new();
    address(p, &mut out);
    signup(p, outside, &mut out);
    out.extend(email::flags(p, outside, rules));
    out.extend(spoof::flags(p, rules));
    let said = p.call_script.expose();
    if let Some(heard) = script::hear(said, &own_names(p), &rules.brands) {
        let mut flag = Flag::new(Code::ScriptRedFlag, "call_script", said, heard.reason);
        for (sign, phrases) in heard.signs {
            flag = flag.with(sign, phrases.join("; "));
        }
        out.push(flag);
    }
    out
}

/// Every name that is the customer's own.
fn own_names(p: &Profile) -> Vec<&str> {
    let names = std::iter::once(&p.legal_name).chain(&p.trade_names).chain(&p.trademarks);
    names.map(|name| name.expose().as_str()).filter(|name| !name.trim().is_empty()).collect()
}

fn address(p: &Profile, out: &mut Vec<Flag>) {
    let Some(a) = &p.physical_address else { return };
    let lines: Vec<&str> = a.lines.iter().map(|line| line.expose().as_str()).collect();
    let text = format!("{} {}", lines.join(" "), a.postal_code.expose());
    let flag = |reason| Flag::new(Code::AddrLodging, "physical_address", &text, reason);
    if a.kind == Some(AddressKind::Lodging) {
        out.push(flag("KIND_LODGING"));
    } else if let Some(word) = lines.iter().find_map(|line| lodging::word(line)) {
        out.push(flag("WORD_OF_LODGING").with("word", word));
    }
}

fn signup(p: &Profile, outside: &Outside, out: &mut Vec<Flag>) {
    let Some(it) = &p.signup else { return };
    let claimed = p.physical_address.as_ref().map(|a| a.country.as_str()).unwrap_or_default();
    if let Some(seen) = &outside.signup_country
        && !claimed.is_empty()
        && !same_place(seen, claimed)
    {
        let text = format!("{} {claimed}", it.ip.expose());
        let flag = Flag::new(Code::IpGeoMismatch, "signup.ip", &text, "OTHER_COUNTRY");
        out.push(flag.with("signed_up_in", seen).with("claimed", claimed));
    }
    if let Some(method) = it.payment_method.filter(|method| method.is_anonymous()) {
        let flag = Flag::new(
            Code::AnonPayment,
            "signup.payment_method",
            method.as_str(),
            "NOBODY_BEHIND_IT",
        );
        out.push(flag.with("payment_method", method.as_str()));
    }
}

/// Territories of the United States have country codes of their own in address databases.
fn same_place(seen: &str, claimed: &str) -> bool {
    const US: [&str; 6] = ["US", "PR", "GU", "VI", "AS", "MP"];
    seen == claimed || US.contains(&seen) && US.contains(&claimed)
}

/// What was looked at before: flags that are guessed take no ACTIVE customer down over a text that was
/// there already, because a word was learned since.
pub fn looked_at(file: &CustomerFile) -> BTreeSet<Code> {
    let claims = file.claim_rows();
    let looked = |kind: Kind| {
        claims.iter().filter(|claim| claim.kind == kind).all(|c| file.live_check(c).is_some())
    };
    let rows =
        [(Code::AddrLodging, Kind::AddressKind), (Code::EmailDomainRisk, Kind::ContactEmail)];
    rows.into_iter().filter(|(_, kind)| looked(*kind)).map(|(code, _)| code).collect()
}
