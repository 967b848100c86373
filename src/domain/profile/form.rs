//! The form of a profile: every fault at once. What is empty is no fault here; what a role has to
//! fill in is said by its requirements.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::form_provider::{organised, provider, signup};
use super::kind::IdentifierKind;
use super::record::{Address, Contact, Identifier, Profile};
use super::region;
use crate::domain::check::{Verdict, identifier_form};
use crate::domain::date;
use crate::domain::fault::FieldFault;
use crate::domain::number::Tn;
use crate::domain::pii::Pii;

/// The longest name.
pub(super) const NAME: usize = 200;
/// The most items of a list.
pub(super) const ITEMS: usize = 20;

/// Everything that is wrong with the form of a profile. Paths are those of the profile itself,
/// such as `contacts[0].email`; no message repeats what was sent.
pub fn validate(p: &Profile) -> Vec<FieldFault> {
    let mut f = Faults(Vec::new());
    f.line("legal_name", p.legal_name.expose(), NAME);
    f.names("trade_names", &p.trade_names);
    f.names("previous_names", &p.previous_names);
    let formed = &p.incorporation_jurisdiction;
    if !formed.is_empty() && !region::is_jurisdiction(formed) {
        let how = "a US state such as US-DE, or an ISO 3166-1 country other than US";
        f.add("incorporation_jurisdiction", "BAD_JURISDICTION", how);
    }
    if let Some(a) = &p.physical_address {
        address(a, &mut f);
    }
    identifiers(&p.identifiers, &mut f);
    f.paragraph("nature_of_business", p.nature_of_business.expose(), 1_000);
    let naics = &p.naics;
    if !(naics.is_empty() || digits(naics) && (2..=6).contains(&naics.len())) {
        f.add("naics", "BAD_NAICS", "two to six digits");
    }
    let site = p.website.expose();
    f.line("website", site, 300);
    if !site.is_empty() && !is_url(site) {
        f.add("website", "BAD_URL", "give an address such as https://www.example.com");
    }
    contacts(&p.contacts, &mut f);
    alternate(p, &mut f);
    f.paragraph("intended_use", p.intended_use.expose(), 1_000);
    volume(p, &mut f);
    f.count("originating_ips", p.originating_ips.len());
    for (i, net) in p.originating_ips.iter().enumerate().take(ITEMS) {
        network(&format!("originating_ips[{i}]"), net.expose(), &mut f);
    }
    let shown = p.caller_name.expose();
    f.line("caller_name", shown, 15);
    if !shown.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
        f.add("caller_name", "BAD_CHARACTER", "letters, digits and signs of ASCII only");
    }
    owners(p, &mut f);
    f.paragraph("call_script", p.call_script.expose(), 10_000);
    organised(p, &mut f);
    provider(p, &mut f);
    signup(p, &mut f);
    f.0
}

pub(super) struct Faults(Vec<FieldFault>);

impl Faults {
    pub(super) fn add(
        &mut self,
        path: impl Into<String>,
        reason: &'static str,
        message: &'static str,
    ) {
        self.0.push(FieldFault::new(path, reason, message));
    }

    pub(super) fn count(&mut self, path: &str, len: usize) {
        if len > ITEMS {
            self.add(path, "TOO_MANY", "at most 20 items");
        }
    }

    pub(super) fn line(&mut self, path: &str, text: &str, max: usize) {
        self.text(path, text, max, false);
    }

    pub(super) fn paragraph(&mut self, path: &str, text: &str, max: usize) {
        self.text(path, text, max, true);
    }

    fn text(&mut self, path: &str, text: &str, max: usize, breaks: bool) {
        if text.chars().nth(max).is_some() {
            let message = format!("at most {max} characters");
            self.0.push(FieldFault::new(path, "TOO_LONG", message));
        }
        if text.chars().any(|c| is_hidden(c) && !(breaks && matches!(c, '\n' | '\r' | '\t'))) {
            let how = "control characters and marks that turn the direction are not allowed";
            self.add(path, "BAD_CHARACTER", how);
        }
    }

    pub(super) fn names(&mut self, path: &str, names: &[Pii<String>]) {
        self.count(path, names.len());
        for (i, name) in names.iter().enumerate().take(ITEMS) {
            let path = format!("{path}[{i}]");
            self.line(&path, name.expose(), NAME);
            if name.expose().trim().is_empty() {
                self.add(path, "REQUIRED", "an item of a list cannot be empty");
            }
        }
    }

    pub(super) fn date(&mut self, path: &str, text: &str) {
        if !text.is_empty() && date::read(text).is_none() {
            self.add(path, "BAD_DATE", "a day such as 2026-01-31");
        }
    }

    pub(super) fn country(&mut self, path: &str, text: &str) {
        if !text.is_empty() && !region::is_country(text) {
            self.add(path, "BAD_COUNTRY", "an ISO 3166-1 country in two capital letters");
        }
    }

    fn phone(&mut self, path: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Err(bad) = Tn::parse(text) {
            self.0.push(FieldFault::new(path, bad.reason(), bad.to_string()));
        }
    }
}

/// Characters that are not seen, or that make text read otherwise than it is stored.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{feff}' | '\u{200b}' | '\u{200e}' | '\u{200f}')
        || ('\u{2028}'..='\u{202e}').contains(&c)
        || ('\u{2060}'..='\u{2069}').contains(&c)
        || ('\u{fff9}'..='\u{fffb}').contains(&c)
        || ('\u{e0000}'..='\u{e007f}').contains(&c)
}

fn digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

fn address(a: &Address, f: &mut Faults) {
    if a.lines.len() > 4 {
        f.add("physical_address.lines", "TOO_MANY", "at most 4 lines");
    }
    for (i, line) in a.lines.iter().enumerate().take(4) {
        let path = format!("physical_address.lines[{i}]");
        f.line(&path, line.expose(), 120);
        if line.expose().trim().is_empty() {
            f.add(path, "REQUIRED", "an item of a list cannot be empty");
        }
    }
    f.line("physical_address.city", a.city.expose(), 120);
    f.line("physical_address.region", a.region.expose(), 60);
    f.line("physical_address.postal_code", a.postal_code.expose(), 16);
    if !a.country.is_empty() && !region::is_country(&a.country) {
        let how = "an ISO 3166-1 country in two capital letters";
        f.add("physical_address.country", "BAD_COUNTRY", how);
    }
    if a.country != "US" {
        return;
    }
    let (state, zip) = (a.region.expose(), a.postal_code.expose());
    if !state.is_empty() && !region::is_state(state) {
        let how = "the two letters of a state or territory";
        f.add("physical_address.region", "BAD_STATE", how);
    }
    let (five, more) = zip.split_once('-').map_or((zip.as_str(), None), |(z, m)| (z, Some(m)));
    let well = five.len() == 5 && digits(five) && more.is_none_or(|m| m.len() == 4 && digits(m));
    if !zip.is_empty() && !well {
        let how = "five digits, or five and four: 12345-6789";
        f.add("physical_address.postal_code", "BAD_POSTAL_CODE", how);
    }
}

fn identifiers(list: &[Identifier], f: &mut Faults) {
    f.count("identifiers", list.len());
    let mut seen = BTreeSet::new();
    for (i, id) in list.iter().enumerate().take(ITEMS) {
        let path = format!("identifiers[{i}]");
        let value = format!("{path}.value");
        let before = f.0.len();
        f.line(&value, id.value.expose(), 40);
        if id.value.expose().trim().is_empty() {
            f.add(&value, "REQUIRED", "an identifier has a value");
        }
        if f.0.len() == before {
            let form = identifier_form(id);
            if form.result == Verdict::Fail {
                f.add(value, form.reason, form.message);
            }
        }
        let place = &id.issuing_region;
        let fits = match id.kind {
            IdentifierKind::StateRegistration => region::is_us_state(place),
            IdentifierKind::ForeignRegistration | IdentifierKind::ForeignTaxId => {
                place != "US" && region::is_country(place)
            }
            IdentifierKind::Ein
            | IdentifierKind::Lei
            | IdentifierKind::Duns
            | IdentifierKind::Frn
            | IdentifierKind::Rmd
            | IdentifierKind::Filer499
            | IdentifierKind::Ocn
            | IdentifierKind::Ssn
            | IdentifierKind::Itin
            | IdentifierKind::CaBn
            | IdentifierKind::UkCrn
            | IdentifierKind::UkVat
            | IdentifierKind::EuVat
            | IdentifierKind::AuAbn
            | IdentifierKind::AuAcn
            | IdentifierKind::Uei
            | IdentifierKind::Spc
            | IdentifierKind::Resporg => place.is_empty(),
        };
        if !fits {
            let how = "US-DE for a state's, a country for a foreign one, empty for the others";
            f.add(format!("{path}.issuing_region"), "BAD_REGION", how);
        }
        if !seen.insert((id.kind, place)) {
            f.add(path, "DUPLICATE", "one identifier of a kind and region");
        }
    }
}

fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.and_then(|r| r.split(['/', '?', '#']).next()).unwrap_or_default();
    text.chars().all(|c| c.is_ascii_graphic()) && is_host(host)
}

/// A name of at least two labels, the last of letters.
fn is_host(host: &str) -> bool {
    let label = |l: &str| {
        (1..=63).contains(&l.len())
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    let top = host.rsplit('.').next().unwrap_or_default();
    let lettered = top.starts_with("xn--") || top.bytes().all(|b| b.is_ascii_alphabetic());
    host.len() <= 253 && host.contains('.') && host.split('.').all(label) && lettered
}

fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b);
    (1..=64).contains(&local.len())
        && local.bytes().all(plain)
        && local.split('.').all(|part| !part.is_empty())
        && is_host(host)
}

fn contacts(list: &[Contact], f: &mut Faults) {
    f.count("contacts", list.len());
    let mut seen = BTreeSet::new();
    for (i, c) in list.iter().enumerate().take(ITEMS) {
        let path = |field: &str| format!("contacts[{i}].{field}");
        f.line(&path("name"), c.name.expose(), NAME);
        if c.name.expose().trim().is_empty() {
            f.add(path("name"), "REQUIRED", "a contact has the name of a person or desk");
        }
        f.line(&path("role_title"), c.role_title.expose(), 120);
        f.line(&path("department"), c.department.expose(), 120);
        let email = c.email.expose();
        f.line(&path("email"), email, 254);
        if !email.is_empty() && !is_email(email) {
            f.add(path("email"), "BAD_EMAIL", "give an address such as name@example.com");
        }
        f.phone(&path("phone"), c.phone.expose());
        if c.id.is_some_and(|id| !seen.insert(id)) {
            f.add(path("contact_id"), "DUPLICATE", "another contact has this id");
        }
    }
}

fn alternate(p: &Profile, f: &mut Faults) {
    f.phone("alternate_phone", p.alternate_phone.expose());
    let Some(tn) = p.alternate_tn() else { return };
    if p.contacts.iter().any(|c| c.tn() == Some(tn)) {
        let how = "another number than that of every contact";
        f.add("alternate_phone", "ALTERNATE_PHONE_SAME", how);
    }
}

fn volume(p: &Profile, f: &mut Faults) {
    let Some(v) = p.declared_volume else { return };
    let rows = [
        ("peak_cps", v.peak_cps, 100_000, "at most 100,000"),
        ("concurrent_paths", v.concurrent_paths, 10_000_000, "at most 10,000,000"),
        ("calls_per_day", v.calls_per_day, 1_000_000_000, "at most 1,000,000,000"),
        (
            "distinct_caller_ids",
            v.distinct_caller_ids.unwrap_or_default(),
            10_000_000,
            "at most 10,000,000",
        ),
    ];
    for (field, value, max, how) in rows {
        if value > max {
            f.add(format!("declared_volume.{field}"), "OUT_OF_RANGE", how);
        }
    }
}

/// An address or a network of public addresses, not wider than /24 or /64 (R6-17).
fn network(path: &str, text: &str, f: &mut Faults) {
    let (addr, width) = text.split_once('/').map_or((text, None), |(a, w)| (a, Some(w)));
    let Ok(ip) = addr.parse::<IpAddr>() else {
        return f.add(path, "BAD_CIDR", "an IP address or network such as 203.0.113.0/28");
    };
    let (most, narrowest) = if ip.is_ipv4() { (24, 32) } else { (64, 128) };
    let bits = match width {
        None => Some(narrowest),
        Some(w) => w.parse::<u32>().ok().filter(|bits| digits(w) && *bits <= narrowest),
    };
    let Some(bits) = bits else {
        return f.add(path, "BAD_CIDR", "an IP address or network such as 203.0.113.0/28");
    };
    if bits < most {
        f.add(path, "CIDR_TOO_WIDE", "not wider than /24 (IPv4) or /64 (IPv6)");
    }
    if has_host_bits(ip, narrowest - bits) {
        f.add(path, "CIDR_HOST_BITS", "the bits behind the width of a network are zero");
    }
    if !is_public(ip) {
        f.add(path, "ADDRESS_NOT_PUBLIC", "private and reserved addresses reach nobody");
    }
}

fn has_host_bits(ip: IpAddr, free: u32) -> bool {
    let value = match ip {
        IpAddr::V4(v4) => u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits(),
    };
    value.trailing_zeros() < free && value != 0
}

pub(super) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_broadcast()
                || v4.is_multicast()
                || a == 0
                || a >= 240
                || a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(v6) => {
            let first = v6.segments().first().copied().unwrap_or_default();
            (0x2000..0x4000).contains(&first)
        }
    }
}

fn owners(p: &Profile, f: &mut Faults) {
    f.count("beneficial_owners", p.beneficial_owners.len());
    for (i, owner) in p.beneficial_owners.iter().enumerate().take(ITEMS) {
        let path = |field: &str| format!("beneficial_owners[{i}].{field}");
        f.line(&path("name"), owner.name.expose(), NAME);
        if owner.name.expose().trim().is_empty() {
            f.add(path("name"), "REQUIRED", "an owner has a name");
        }
        if !(1..=100).contains(&owner.share_percent) {
            f.add(path("share_percent"), "OUT_OF_RANGE", "from 1 to 100");
        }
        f.date(&path("birth_date"), owner.birth_date.expose());
        f.country(&path("nationality"), owner.nationality.expose());
    }
    let shares = p.beneficial_owners.iter().map(|o| u64::from(o.share_percent)).sum::<u64>();
    if shares > 100 {
        f.add("beneficial_owners", "SHARES_OVER_100", "shares add up to 100 percent at most");
    }
}
