//! Names that pretend to be somebody else: a known brand, or a name that looks like another one
//! (`SPOOF_NAME`). What looks alike is said by the skeletons of Unicode (UTS 39).

use std::collections::BTreeSet;

use unicode_security::confusable_detection::skeleton;

use super::rules::{Flag, FlagRules};
use crate::domain::finding::Code;
use crate::domain::profile::Profile;

/// Words that a swindler puts behind a brand.
const BEHIND: &[&str] = &[
    "SUPPORT",
    "SERVICE",
    "SERVICES",
    "SECURITY",
    "BILLING",
    "CUSTOMER",
    "CARE",
    "DEPARTMENT",
    "DEPT",
    "REFUND",
    "REFUNDS",
    "HELP",
    "HELPDESK",
    "DESK",
    "TEAM",
    "OFFICIAL",
    "ACCOUNT",
    "ACCOUNTS",
    "VERIFICATION",
    "FRAUD",
    "ALERT",
    "ALERTS",
    "CENTER",
    "CENTRE",
    "INC",
    "LLC",
    "LTD",
    "CORP",
    "CO",
    "COM",
    "USA",
    "US",
    "ONLINE",
    "THE",
    "OF",
    "AND",
    "COMPANY",
    "CORPORATION",
    "OFFICE",
];

/// What a name looks like, whatever it is written with: letters and digits that are confused become
/// one. Several, because capitals are confused with other signs than small letters.
pub fn shapes(name: &str) -> BTreeSet<String> {
    let upper = name.to_uppercase();
    let lower = name.to_lowercase();
    [name, &upper, &lower]
        .iter()
        .map(|text| shape(text))
        .filter(|s| s.chars().count() >= 3)
        .collect()
}

fn shape(text: &str) -> String {
    let bare: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    // Once more after the case: a sign may have become a letter that is confused itself.
    let once: String = skeleton(&bare).flat_map(char::to_lowercase).collect();
    skeleton(&once).filter(|c| c.is_alphanumeric()).collect()
}

/// How a name is spelled, folded by case and punctuation alone.
pub(super) fn spelling(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether `name` looks like `other` and is written with other signs.
pub fn spoofed(name: &str, other: &str) -> bool {
    spelling(name) != spelling(other) && !shapes(name).is_disjoint(&shapes(other))
}

pub(super) fn flags(p: &Profile, rules: &FlagRules) -> Vec<Flag> {
    let mut shown = vec![("legal_name".to_owned(), &p.legal_name)];
    let list = p.trade_names.iter().enumerate();
    shown.extend(list.map(|(index, name)| (format!("trade_names[{index}]"), name)));
    shown.push(("caller_name".to_owned(), &p.caller_name));
    let found = shown.into_iter().filter_map(|(field, name)| {
        let name = name.expose();
        let (brand, reason) = rules.brands.iter().find_map(|b| Some((b, pretends(name, b)?)))?;
        Some(Flag::new(Code::SpoofName, &field, name, reason).with("brand", brand))
    });
    found.collect()
}

/// Whether a name is the brand's, alone or with words that go with any firm.
fn pretends(name: &str, brand: &str) -> Option<&'static str> {
    let left: String = name
        .split_whitespace()
        .filter(|word| {
            let bare: String =
                word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect();
            !BEHIND.contains(&bare.as_str())
        })
        .collect::<Vec<_>>()
        .join(" ");
    if left.trim().is_empty() {
        None
    } else if spelling(&left) == spelling(brand) || spelling(name) == spelling(brand) {
        Some("NAME_OF_A_BRAND")
    } else if !shapes(&left).is_disjoint(&shapes(brand)) {
        Some("LOOKS_LIKE_A_BRAND")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_alike() {
        for (name, other) in [
            ("PayPaI", "PayPal"),
            ("HER0N LAKE SUPPLY", "Heron Lake Supply"),
            ("\u{410}mazon", "Amazon"),
            ("Micros\u{43e}ft", "Microsoft"),
            ("Modem Design", "Modern Design"),
            ("Wa1mart", "Walmart"),
        ] {
            assert!(spoofed(name, other), "{name}");
        }
        for (name, other) in [
            ("Heron Lake, Supply", "HERON LAKE SUPPLY"),
            ("Heron Lake", "Heron Lane"),
            ("Cedar Point", "Cedar Pond"),
            ("", "x"),
        ] {
            assert!(!spoofed(name, other), "{name}");
        }
    }

    #[test]
    fn brands_alone_or_with_words_of_any_firm() {
        for name in
            ["Amazon", "AMAZON SUPPORT LLC", "Amaz0n Security", "The Amazon Refund Department"]
        {
            assert!(pretends(name, "Amazon").is_some(), "{name}");
        }
        for name in
            ["Amazonas Coffee", "Amazon River Tours", "Support Services LLC", "Apple Creek Dental"]
        {
            assert_eq!(pretends(name, "Amazon"), None, "{name}");
            assert_eq!(pretends(name, "Apple"), None, "{name}");
        }
    }
}
