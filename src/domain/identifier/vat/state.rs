//! From the prefix to the rule of its state.

use super::{east, north, south, uk, west};
use crate::domain::identifier::digits::{bare, digits, exactly};
use crate::domain::identifier::form::BadForm;

/// A state's rule: from what stands after the prefix to its normal form.
type Rule = fn(&str) -> Option<String>;

const STATES: [(&str, Rule); 30] = [
    ("AT", west::at),
    ("BE", west::be),
    ("BG", east::bg),
    ("CY", south::cy),
    ("CZ", east::cz),
    ("DE", west::de),
    ("DK", north::dk),
    ("EE", north::ee),
    ("EL", south::el),
    ("ES", south::es),
    ("EU", non_union),
    ("FI", north::fi),
    ("FR", west::fr),
    ("HR", east::hr),
    ("HU", east::hu),
    ("IE", west::ie),
    ("IM", import),
    ("IT", south::it),
    ("LT", north::lt),
    ("LU", west::lu),
    ("LV", north::lv),
    ("MT", south::mt),
    ("NL", west::nl),
    ("PL", east::pl),
    ("PT", south::pt),
    ("RO", east::ro),
    ("SE", north::se),
    ("SI", east::si),
    ("SK", east::sk),
    ("XI", uk::number),
];

/// The normal form keeps the prefix. Greece is EL, and people write GR; some write a prefix twice.
pub(in crate::domain::identifier) fn eu(text: &str) -> Result<String, BadForm> {
    const PREFIX: BadForm = BadForm::new("VAT_STATE", "begin with the two letters of the state");
    let code = bare(text);
    let (written, rest) = code.split_at_checked(2).ok_or(PREFIX)?;
    let state = if written == "GR" { "EL" } else { written };
    let (_, rule) = STATES.iter().find(|(prefix, _)| *prefix == state).ok_or(PREFIX)?;
    let twice = rest.strip_prefix(written).unwrap_or(rest);
    rule(rest)
        .or_else(|| rule(twice))
        .map(|number| format!("{state}{number}"))
        .ok_or(BadForm::new("VAT_CHECK", "it does not fit the state's rule; compare it with VIES"))
}

/// The states' three digits of ISO 3166-1, and 900 for Northern Ireland: those who run a one-stop
/// shop.
const SHOPS: [&str; 28] = [
    "040", "056", "100", "191", "196", "203", "208", "233", "246", "250", "276", "300", "348",
    "372", "380", "428", "440", "442", "470", "528", "616", "620", "642", "703", "705", "724",
    "752", "900",
];

fn of_shop(text: &str) -> bool {
    digits(text).is_some() && SHOPS.iter().any(|shop| text.starts_with(shop))
}

/// A firm from outside that registered with one state; the rule of the last digit is not public.
fn non_union(text: &str) -> Option<String> {
    (exactly::<9>(text).is_some() && of_shop(text)).then(|| text.to_owned())
}

fn import(text: &str) -> Option<String> {
    (exactly::<10>(text).is_some() && of_shop(text)).then(|| text.to_owned())
}
