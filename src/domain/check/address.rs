//! Places that are no premises, told from the words of an address (R3-04). Only clear words count:
//! an address that passes here has not been verified.

use crate::domain::profile::AddressKind;

/// The kind of mail drop or other place that the lines of an address name, if they do.
pub fn mailbox<'a>(lines: impl IntoIterator<Item = &'a str>) -> Option<AddressKind> {
    lines.into_iter().find_map(of_line)
}

fn of_line(line: &str) -> Option<AddressKind> {
    let mut text = String::with_capacity(line.len());
    let mut after_digit = None;
    for c in line.chars().flat_map(char::to_uppercase) {
        let digit = c.is_ascii_digit();
        match c {
            // "P.O." and "P.M.B." are one word.
            '.' | '\'' => continue,
            _ if !c.is_alphanumeric() => text.push(' '),
            _ => {
                if after_digit.is_some_and(|was| was != digit) {
                    text.push(' ');
                }
                text.push(c);
            }
        }
        after_digit = c.is_alphanumeric().then_some(digit);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let says = |phrase: &[&str]| words.windows(phrase.len()).any(|w| w == phrase);
    let numbered = |phrase: &[&str]| {
        words.windows(phrase.len() + 1).any(|w| {
            w.starts_with(phrase) && w.last().is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
        })
    };
    let any = |phrases: &[&[&str]]| phrases.iter().any(|p| says(p));
    let only_a_box = matches!(words.as_slice(), ["BOX", n] | ["BOX", "NO", n]
        if n.bytes().all(|b| b.is_ascii_digit()) || n.len() == 1);
    if only_a_box || any(PO_BOX) || POB.iter().any(|p| numbered(p)) {
        Some(AddressKind::PoBox)
    } else if any(MAIL_DROP) || numbered(&["PMB"]) {
        Some(AddressKind::MailForwarding)
    } else if numbered(&["BOX"]) && !words.iter().any(|word| ON_A_ROUTE.contains(word)) {
        Some(AddressKind::PoBox)
    } else if says(&["VIRTUAL", "OFFICE"]) {
        Some(AddressKind::VirtualOffice)
    } else if any(&[&["REGISTERED", "AGENT"], &["REGISTERED", "AGENTS"]]) {
        Some(AddressKind::RegisteredAgent)
    } else {
        None
    }
}

const PO_BOX: &[&[&str]] = &[
    &["PO", "BOX"],
    &["P", "O", "BOX"],
    &["POBOX"],
    &["POST", "OFFICE", "BOX"],
    &["POST", "BOX"],
    &["POSTAL", "BOX"],
    &["POSTBOX"],
    &["PO", "DRAWER"],
    &["P", "O", "DRAWER"],
    &["LOCK", "BOX"],
    &["LOCKBOX"],
    &["GENERAL", "DELIVERY"],
    &["POSTE", "RESTANTE"],
    &["APARTADO", "POSTAL"],
    &["CASE", "POSTALE"],
    &["POSTFACH"],
    &["POSTBUS"],
];

/// Words of a box that count before its number only; a bank's lock box is written LB.
const POB: &[&[&str]] = &[&["POB"], &["P", "O", "B"], &["PO", "B"], &["PO"], &["LB"]];

/// A box on a carrier's route stands before the premises; any other one is a drop, with whatever it is
/// written: a department of a bank, a unit of the army, a street.
const ON_A_ROUTE: [&str; 9] = ["RR", "RURAL", "RFD", "RT", "RTE", "ROUTE", "HC", "HCR", "CONTRACT"];

const MAIL_DROP: &[&[&str]] = &[
    &["PRIVATE", "MAIL", "BOX"],
    &["PRIVATE", "MAILBOX"],
    &["UPS", "STORE"],
    &["MAIL", "BOXES", "ETC"],
    &["MAILBOX"],
    &["MAIL", "BOX"],
    &["MAIL", "DROP"],
    &["MAIL", "STOP", "PMB"],
    &["POSTNET"],
    &["POSTALANNEX"],
    &["POSTAL", "ANNEX"],
    &["PAK", "MAIL"],
    &["MAIL", "FORWARDING"],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_drops() {
        for line in [
            "PO Box 12",
            "P.O. Box 12",
            "p. o. box 9",
            "P O Box 9",
            "POB 77",
            "P.O.B. 77",
            "POBox77",
            "Post Office Box 5",
            "Box 12",
            "BOX #12",
            "Suite 4, PO BOX 99",
            "General Delivery",
            "Postfach 12 34",
            "Box # 63, Cordova",
            "CMR 411 Box 3568",
            "Department 1480 Box 4110",
            "613 S. Main, PO 123",
            "1950 Stemmons Fwy LB # 842467",
        ] {
            assert_eq!(mailbox([line]), Some(AddressKind::PoBox), "{line}");
        }
        for line in ["123 Main St PMB 4", "PMB#400", "The UPS Store #1234", "Mail Boxes Etc."] {
            assert_eq!(mailbox([line]), Some(AddressKind::MailForwarding), "{line}");
        }
        assert_eq!(mailbox(["1 Main St", "Virtual Office 3"]), Some(AddressKind::VirtualOffice));
    }

    #[test]
    fn premises() {
        for line in [
            "12 Box Hill Road",
            "400 Boxwood Ave",
            "1 Post Office Square",
            "77 Mailer Street",
            "PO Valley Road 3",
            "RR 2 Box 152",
            "RR2 BOX 348",
            "HC 992 Box 88",
            "Highway Contract Rte 46 Box # 992",
            "Route Box # 100",
            "100 Po Street",
            "9 Lockbourne Road",
            "350 Fifth Avenue, Suite 4120",
        ] {
            assert_eq!(mailbox([line]), None, "{line}");
        }
    }
}
