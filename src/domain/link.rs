//! What may link two customers: the same number, place, person, network or payment. Vouch keeps no
//! more of each than a keyed token (R3-20), so that two equal ones are found and nothing is read.

use serde::Serialize;

use super::customer::State;
use super::digest::Digest;
use super::flag::{host_of, shapes};
use super::identifier::normal;
use super::name::{Name, Schema};
use super::number::Tn;
use super::pii::Pii;
use super::profile::{Address, Identifier, Profile};
use super::words::words;

words! {
    /// What is the same.
    pub enum LinkKind as "kind of link" {
        /// An identifier.
        Identifier = "IDENTIFIER",
        /// The physical address, suite included.
        Address = "ADDRESS",
        /// A telephone number.
        Phone = "PHONE",
        /// A mailbox.
        Mailbox = "MAILBOX",
        /// The domain of a mailbox, unless anybody gets one there.
        MailDomain = "MAIL_DOMAIN",
        /// An owner or a person who signs.
        Person = "PERSON",
        /// The network of the sign-up, or of the calls.
        IpRange = "IP_RANGE",
        /// The card or bank account, by its token.
        Payment = "PAYMENT",
        /// The name, as it is spelled.
        Name = "NAME",
        /// The name, as it looks.
        NameShape = "NAME_SHAPE",
    }
}

impl LinkKind {
    /// Whether it links two customers by itself. Names alone do not: they only show who looks like
    /// whom.
    pub const fn links(self) -> bool {
        !matches!(self, Self::Name | Self::NameShape)
    }
}

/// Something that another customer may have too.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// What it is.
    pub kind: LinkKind,
    /// Its normal form.
    pub text: Pii<String>,
    /// The field of the profile that it stands in.
    pub field: String,
}

/// A link as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LinkToken {
    /// What it is.
    pub kind: LinkKind,
    /// The keyed token of its normal form.
    pub token: Digest,
    /// The field of the profile that it stands in.
    pub field: String,
}

/// Everything in a profile that another customer may have too, once each. `domain` gives the
/// registrable domain of a host, or nothing where anybody gets a mailbox.
pub fn links(p: &Profile, domain: impl Fn(&str) -> Option<String>) -> Vec<Link> {
    let mut out = Links(Vec::new());
    for (index, id) in p.identifiers.iter().enumerate() {
        out.add(LinkKind::Identifier, format!("identifiers[{index}]"), Some(identifier(id)));
    }
    if let Some(a) = &p.physical_address {
        out.add(LinkKind::Address, "physical_address".to_owned(), address(a));
    }
    for (index, contact) in p.contacts.iter().enumerate() {
        let field = |part: &str| format!("contacts[{index}].{part}");
        out.add(LinkKind::Phone, field("phone"), contact.tn().map(Tn::e164));
        let mail = contact.email.expose().trim().to_lowercase();
        out.add(LinkKind::Mailbox, field("email"), Some(mail));
        let host = host_of(contact.email.expose());
        out.add(LinkKind::MailDomain, field("email"), host.and_then(|host| domain(&host)));
        if contact.authorized_signer {
            out.add(LinkKind::Person, field("name"), person(contact.name.expose(), ""));
        }
    }
    out.add(LinkKind::Phone, "alternate_phone".to_owned(), p.alternate_tn().map(Tn::e164));
    for (index, owner) in p.beneficial_owners.iter().enumerate() {
        let field = format!("beneficial_owners[{index}].name");
        out.add(LinkKind::Person, field, person(owner.name.expose(), owner.birth_date.expose()));
    }
    for (index, net) in p.originating_ips.iter().enumerate() {
        let field = format!("originating_ips[{index}]");
        out.add(LinkKind::IpRange, field, network(net.expose()));
    }
    if let Some(it) = &p.signup {
        out.add(LinkKind::IpRange, "signup.ip".to_owned(), network(it.ip.expose()));
        let token = it.payment_token.expose().trim().to_owned();
        out.add(LinkKind::Payment, "signup.payment_token".to_owned(), Some(token));
    }
    names(p, &mut out);
    let mut list = out.0;
    list.sort();
    list.dedup_by(|a, b| a.kind == b.kind && a.text == b.text);
    list
}

struct Links(Vec<Link>);

impl Links {
    fn add(&mut self, kind: LinkKind, field: String, text: Option<String>) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.0.push(Link { kind, text: Pii::new(text), field });
        }
    }
}

/// The kind and the normal form; a person's number is its token.
fn identifier(id: &Identifier) -> String {
    let value = id.value.expose();
    let plain = || value.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_uppercase();
    let normal = if id.token.expose().is_empty() {
        id.kind.form().and_then(|kind| normal(kind, value).ok()).unwrap_or_else(plain)
    } else {
        id.token.expose().clone()
    };
    format!("{} {} {normal}", id.kind, id.issuing_region)
}

/// The lines and the postal code, with the usual short forms.
fn address(a: &Address) -> Option<String> {
    const SHORT: &[(&str, &str)] = &[
        ("STREET", "ST"),
        ("AVENUE", "AVE"),
        ("ROAD", "RD"),
        ("DRIVE", "DR"),
        ("LANE", "LN"),
        ("BOULEVARD", "BLVD"),
        ("COURT", "CT"),
        ("PLACE", "PL"),
        ("PARKWAY", "PKWY"),
        ("HIGHWAY", "HWY"),
        ("SUITE", "STE"),
        ("UNIT", "STE"),
        ("APARTMENT", "STE"),
        ("APT", "STE"),
        ("NORTH", "N"),
        ("SOUTH", "S"),
        ("EAST", "E"),
        ("WEST", "W"),
    ];
    let lines =
        a.lines.iter().map(|line| line.expose().to_uppercase()).collect::<Vec<_>>().join(" ");
    let marked = lines.replace('#', " STE ").replace(['.', '\''], "");
    let words = marked.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let short = |word: &str| {
        SHORT.iter().find(|(long, _)| *long == word).map_or(word, |(_, short)| short).to_owned()
    };
    let mut street: Vec<String> = words.map(short).collect();
    // "Suite #4" is said twice.
    street.dedup();
    let code: String = a.postal_code.expose().chars().filter(|c| c.is_alphanumeric()).collect();
    let code = if a.country == "US" { code.chars().take(5).collect() } else { code.to_uppercase() };
    (!street.is_empty()).then(|| format!("{} {} {code}", a.country, street.join(" ")))
}

/// The words of a person's name in the order of the alphabet, and the day of birth where it is said.
fn person(name: &str, born: &str) -> Option<String> {
    let name = Name::read(name, Schema::Person).ok()?;
    let mut words: Vec<String> = name.core().map(str::to_owned).collect();
    words.sort_unstable();
    (words.len() >= 2).then(|| format!("{} {born}", words.join(" ")).trim().to_owned())
}

/// The /24 or /64 around an address or network.
fn network(text: &str) -> Option<String> {
    let ip = text.split('/').next()?.trim().parse::<std::net::IpAddr>().ok()?;
    Some(match ip {
        std::net::IpAddr::V4(v4) => std::net::Ipv4Addr::from_bits(v4.to_bits() & !0xFF).to_string(),
        std::net::IpAddr::V6(v6) => {
            std::net::Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).to_string()
        }
    })
}

fn names(p: &Profile, out: &mut Links) {
    let list = p.trade_names.iter().enumerate();
    let named = list.map(|(index, name)| (format!("trade_names[{index}]"), name));
    for (field, name) in std::iter::once(("legal_name".to_owned(), &p.legal_name)).chain(named) {
        let name = name.expose();
        let spelled: String =
            name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        out.add(LinkKind::Name, field.clone(), Some(spelled));
        for shape in shapes(name) {
            out.add(LinkKind::NameShape, field.clone(), Some(shape));
        }
    }
}

/// Whether a customer in that state is one that others should not be linked to: turned down, ended,
/// or stopped for a cause that facts alone do not cure.
pub fn is_tainted(state: &State) -> bool {
    match state {
        State::Suspended { reason, .. } => !reason.lifts_by_facts(),
        State::Rejected { .. } | State::Terminated { .. } => true,
        State::Draft
        | State::Submitted { .. }
        | State::InReview { .. }
        | State::Verified { .. }
        | State::Active(_)
        | State::Legacy => false,
    }
}
