//! Scripts that sound like the calls that are traced back: a declared script is read for signs, each
//! a handful of phrases with a meaning. One sign alone is ordinary; what swindles have in common is
//! something to fear or to gain, and a push to act now or somebody else's name.

use std::collections::BTreeMap;

/// The phrases of each sign, in small letters without punctuation.
const SIGNS: &[(Sign, &[&str])] = &[
    (
        Sign::Authority,
        &[
            "social security administration",
            "social security number",
            "your social security",
            "internal revenue",
            "federal reserve",
            "federal agent",
            "federal officer",
            "legal department",
            "available officer",
            "with officer",
            "an officer",
            "is officer",
            "cbp officer",
            "investigation officer",
            "magistrate",
            "grand jury",
            "law enforcement",
            "customs and border",
            "border protection",
            "court has",
            "department of treasury",
            "legal consequences",
            "state assigned",
        ],
    ),
    (
        Sign::Threat,
        &[
            "suspend your",
            "been suspended",
            "suspended due",
            "suspended your",
            "suspending your",
            "suspension notice",
            "be suspended",
            "warrant",
            "arrest",
            "arrested",
            "legal action",
            "legal actions",
            "enforcement action",
            "enforcement actions",
            "lawsuit",
            "disconnection",
            "disconnections",
            "interruption of service",
            "stop the interruption",
            "service interruption today",
            "deactivated",
            "disabled your",
            "locked your",
            "final attempt",
            "final notice",
            "final call",
            "final courtesy call",
            "last notice",
            "last attempt",
            "close out your file",
            "pressing charges",
            "case against",
            "under your name",
            "filed on your",
            "forced to",
            "ignoring this",
            "not pressing",
            "your case file",
            "about your case",
            "this case",
        ],
    ),
    (
        Sign::Fraud,
        &[
            "suspicious",
            "fraudulent",
            "unusual activity",
            "unauthorized",
            "breached",
            "hijack",
            "hacked",
            "compromised",
            "illegal activities",
            "illegal activity",
            "identity theft",
            "security breach",
            "hackers",
            "virus",
            "contraband",
            "security reason",
        ],
    ),
    (
        Sign::Order,
        &[
            "order placed",
            "order place",
            "order has been placed",
            "been placed",
            "pre authorized",
            "preauthorized",
            "not authorize",
            "not authorized",
            "don't authorize",
            "didn't authorize",
            "not approve",
            "to authorize",
            "authorize this",
            "authorize the",
            "will be charged",
            "amount charged",
            "charge of",
            "incoming charge",
            "be deducted",
            "cancel your order",
            "cancel the order",
            "cancel this order",
            "auto renew",
            "auto renewal",
            "authorize a payment",
            "billed on",
            "not made any such",
            "did not place",
        ],
    ),
    (
        Sign::Lure,
        &[
            "you qualify",
            "you now qualify",
            "may qualify",
            "qualified for",
            "qualified to",
            "qualifies for",
            "interest rate",
            "interest rates",
            "rate reduction",
            "percent discount",
            "50 discount",
            "discount on your",
            "50 off",
            "off in order",
            "complimentary",
            "reward card",
            "your reward",
            "reward along",
            "rebate",
            "be reimbursed",
            "reimbursement",
            "you have been selected",
            "been chosen",
            "is drawn to",
            "limited time",
            "loan forgiveness",
            "debt elimination",
            "debt relief",
            "extended warranty",
            "car's warranty",
            "vehicle's warranty",
            "warranty specialist",
            "final expense",
            "gift card",
            "cash prize",
            "lower your rate",
            "lower your interest",
            "pre approved",
            "preapproved",
            "repayment options",
            "hardship program",
            "hardship programs",
            "eligibility programs",
            "relief payment",
            "student loan repayment",
            "promotional department",
            "business listing",
            "free vacation",
            "free cruise",
            "is eligible for up to",
            "to start your claim",
            "service department",
            "extend your warranty",
        ],
    ),
    (
        Sign::Push,
        &[
            "press 1",
            "press one",
            "press 2",
            "press two",
            "press 9",
            "press nine",
            "call us back",
            "call back",
            "stay on the line",
            "do not hang up",
            "don't hang up",
            "immediately",
            "within 24 hours",
            "within 30 minutes",
            "next 24 hours",
            "right away",
            "as soon as possible",
            "urgent",
            "last chance",
            "act now",
            "hold for the",
            "now is your chance",
            "kindly",
        ],
    ),
    (Sign::Removal, &["do not call list", "to be removed", "be removed from"]),
    (
        Sign::Robot,
        &["artificial intelligent", "artificial intelligence", "notification bot", "prerecorded"],
    ),
];

/// What a phrase is a sign of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    /// An office or the law is said to call.
    Authority,
    /// Something bad is said to happen soon.
    Threat,
    /// The one called is said to be a victim, or a suspect, of fraud.
    Fraud,
    /// An order, a charge or a refund that nobody asked for.
    Order,
    /// An offer that nobody asked for.
    Lure,
    /// To act now, by a key or a call back.
    Push,
    /// How to be taken off a list, as cold calls say.
    Removal,
    /// A machine says that it is one.
    Robot,
}

impl Sign {
    const fn word(self) -> &'static str {
        match self {
            Self::Authority => "authority",
            Self::Threat => "threat",
            Self::Fraud => "fraud",
            Self::Order => "order",
            Self::Lure => "lure",
            Self::Push => "push",
            Self::Removal => "removal",
            Self::Robot => "robot",
        }
    }

    /// Whether it is something to fear or to gain, and no mere way to talk.
    const fn is_hook(self) -> bool {
        match self {
            Self::Authority | Self::Threat | Self::Fraud | Self::Order | Self::Lure => true,
            Self::Push | Self::Removal | Self::Robot => false,
        }
    }
}

/// What was heard in a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The stable reason.
    pub reason: &'static str,
    /// The phrases found, by sign.
    pub signs: BTreeMap<&'static str, Vec<String>>,
}

/// Reads a script; `own` are the customer's names, which are no sign. None is an ordinary script,
/// or none at all.
pub fn hear(script: &str, own: &[&str], brands: &[String]) -> Option<Heard> {
    let letters = script.chars().filter(|c| c.is_alphabetic());
    let (latin, all) = letters
        .fold((0, 0), |(latin, all), c| (latin + usize::from(c.is_ascii_alphabetic()), all + 1));
    if all > 0 && latin * 2 < all {
        // Nothing is known of other scripts than Latin: a person who reads it has to.
        return Some(Heard { reason: "SCRIPT_NOT_READ", signs: BTreeMap::new() });
    }
    let text = plain(script);
    let has = |phrase: &str| text.contains(&format!(" {phrase} "));
    let mut signs = BTreeMap::new();
    let (mut hooks, mut pushes) = (0, 0);
    for (sign, phrases) in SIGNS {
        let found: Vec<String> = phrases
            .iter()
            .filter(|phrase| has(phrase))
            .map(|phrase| (*phrase).to_owned())
            .collect();
        if !found.is_empty() {
            if sign.is_hook() {
                hooks += 1;
            } else {
                pushes += 1;
            }
            signs.insert(sign.word(), found);
        }
    }
    let own: Vec<String> = own.iter().map(|name| plain(name)).collect();
    let names: Vec<String> = brands
        .iter()
        .map(|brand| plain(brand))
        .filter(|brand| has(brand.trim()) && !own.iter().any(|name| name.contains(brand.as_str())))
        .map(|brand| brand.trim().to_owned())
        .collect();
    let of_another = !names.is_empty();
    if of_another {
        signs.insert("name of another", names);
    }
    let flagged =
        hooks >= 2 || hooks == 1 && (pushes > 0 || of_another) || of_another && pushes >= 2;
    flagged.then_some(Heard { reason: "SOUNDS_LIKE_ROBOCALL", signs })
}

/// Words in small letters with one space around each.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(' ');
    for c in text.chars().flat_map(char::to_lowercase) {
        let c = if c == '\u{2019}' { '\'' } else { c };
        if c.is_ascii_alphanumeric() || c == '\'' {
            out.push(c);
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    if !out.ends_with(' ') {
        out.push(' ');
    }
    out
}
