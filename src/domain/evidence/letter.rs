//! What a reviewer reads on a signed letter of authorisation, and what speaks against it.

use serde::{Deserialize, Serialize};

use super::carrier::{CarrierOfRecord, same_firm};
use crate::domain::ids::{CustomerId, EvidenceId, LoaReviewId, NumberId};
use crate::domain::number::Tn;
use crate::domain::pii::Pii;
use crate::domain::policy::EvidenceRules;
use crate::domain::time::{Span, Ts};
use crate::domain::words::words;

words! {
    /// Why a letter is not taken. Where another house has a word for the same, it stands behind.
    pub enum LetterFault as "letter reason" {
        /// Nobody signed it.
        Unsigned = "UNSIGNED",
        /// Signed too long before its review.
        TooOld = "TOO_OLD",
        /// Signed on a day that has not come.
        SignedInFuture = "SIGNED_IN_FUTURE",
        /// It is for, or by, somebody else.
        NameMismatch = "NAME_MISMATCH",
        /// Its service address is another one.
        AddressMismatch = "ADDRESS_MISMATCH",
        /// It does not name this number.
        NumberNotListed = "NUMBER_NOT_LISTED",
        /// Who signed may not sign for the subscriber.
        NotAuthorizedSigner = "NOT_AUTHORIZED_SIGNER",
        /// It names another carrier than the carrier of record.
        CarrierMismatch = "CARRIER_MISMATCH",
        /// It names another account than the bill (`incorrect_billing_information`).
        AccountMismatch = "ACCOUNT_MISMATCH",
        /// It cannot be read (`loa_file_invalid`).
        Illegible = "ILLEGIBLE",
        /// Something that a letter needs is not on it (`incomplete_documentation`).
        Incomplete = "INCOMPLETE",
        /// Its own end has passed.
        Expired = "EXPIRED",
        /// The subscriber took it back.
        Revoked = "REVOKED",
        /// The carrier's numbers cannot be shown by others (`ineligible_carrier`).
        IneligibleCarrier = "INELIGIBLE_CARRIER",
        /// The carrier says no (`carrier_rejected`).
        CarrierRejected = "CARRIER_REJECTED",
        /// The number is hosted elsewhere (`failed_number_already_hosted`).
        AlreadyHosted = "ALREADY_HOSTED",
        /// The subscriber could not be shown to have the number (`failed_ownership_verification`).
        OwnershipNotShown = "OWNERSHIP_NOT_SHOWN",
    }
}

impl LetterFault {
    /// What to do about it, for the customer.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Unsigned => "nobody signed it; have the subscriber sign",
            Self::TooOld => "it was signed too long ago; have it signed anew",
            Self::SignedInFuture => {
                "it is dated later than today; have it signed with its true date"
            }
            Self::NameMismatch => {
                "its names are not those of the subscriber and of the customer on record"
            }
            Self::AddressMismatch => "its service address is not the one on record",
            Self::NumberNotListed => "it does not list this number; have a letter that does signed",
            Self::NotAuthorizedSigner => "who signed may not sign for the subscriber",
            Self::CarrierMismatch => "it names another carrier than the one that serves the number",
            Self::AccountMismatch => "it names another account than the bill",
            Self::Illegible => "it cannot be read; upload a better copy",
            Self::Incomplete => "it lacks a name, a title, a date or the numbers",
            Self::Expired => "its own end date has passed; have a new one signed",
            Self::Revoked => "the subscriber took it back",
            Self::IneligibleCarrier => "numbers of this carrier cannot be shown by others",
            Self::CarrierRejected => "the carrier refused it",
            Self::AlreadyHosted => "the number is hosted elsewhere",
            Self::OwnershipNotShown => "the subscriber was not shown to have the number",
        }
    }
}

/// Numbers in a row, as a letter lists them; one number is its own first and last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Listed {
    /// The first.
    pub first: Tn,
    /// The last, not before the first.
    pub last: Tn,
}

impl Listed {
    /// Whether the number is one of them. Only a row inside one country's numbers of one length
    /// is a row.
    pub fn holds(self, tn: Tn) -> bool {
        self.first <= tn && tn <= self.last
    }
}

/// Numbers in the order of their digits, with those that follow each other told as rows.
pub fn rows(numbers: &[Tn]) -> Vec<Listed> {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut rows: Vec<Listed> = Vec::new();
    for tn in sorted {
        match rows.last_mut() {
            // A row never leaves its exchange: the digits before the last four stay.
            Some(row)
                if row.last.as_u64() + 1 == tn.as_u64()
                    && row.first.as_u64() / 10_000 == tn.as_u64() / 10_000 =>
            {
                row.last = tn;
            }
            Some(_) | None => rows.push(Listed { first: tn, last: tn }),
        }
    }
    rows
}

/// What stands on the signed letter, as the reviewer read it. Sealed at rest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// The day of the signature.
    pub signed_at: Option<Ts>,
    /// Who has the numbers, and for whom it is signed.
    pub subscriber: Pii<String>,
    /// Who may show them.
    pub grantee: Pii<String>,
    /// Who signed.
    pub signer: Pii<String>,
    /// As what.
    pub title: Pii<String>,
    /// The carrier that serves the numbers; empty if it does not say.
    pub carrier: Pii<String>,
    /// The account there; empty if it does not say.
    pub account: Pii<String>,
    /// Its own end, if it has one.
    pub ends_at: Option<Ts>,
    /// The numbers.
    pub numbers: Vec<Listed>,
}

/// What a letter is compared with.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The number it has to list.
    pub number: Tn,
    /// The customer's legal name.
    pub legal_name: &'a str,
    /// The subscriber, as it was said when the letter was handed in.
    pub subscriber: &'a str,
    /// Who serves the number, if somebody looked it up.
    pub carrier: Option<&'a CarrierOfRecord>,
    /// The account on the customer's bill for the number; empty where there is none.
    pub account: &'a str,
}

/// Everything that speaks against a letter and that can be seen without eyes.
pub fn letter_faults(
    read: &Reading,
    expected: Expected<'_>,
    rules: &EvidenceRules,
    now: Ts,
) -> Vec<LetterFault> {
    let said = |text: &Pii<String>| !text.as_str().trim().is_empty();
    let whole = [&read.subscriber, &read.grantee, &read.signer, &read.title].into_iter().all(said);
    let days = |n: u32| Span::days(i64::from(n));
    let too_old = |at: Ts| {
        now.since(at) > days(rules.loa_signed_within_days) || now >= at.plus(days(rules.loa_days))
    };
    let names = same_firm(read.subscriber.as_str(), expected.subscriber)
        && same_firm(read.grantee.as_str(), expected.legal_name);
    let carrier = expected.carrier.filter(|_| said(&read.carrier));
    let tests = [
        (!whole || read.signed_at.is_none() || read.numbers.is_empty(), LetterFault::Incomplete),
        (read.signed_at.is_some_and(|at| at > now), LetterFault::SignedInFuture),
        (read.signed_at.is_some_and(|at| at <= now && too_old(at)), LetterFault::TooOld),
        (read.ends_at.is_some_and(|at| at <= now), LetterFault::Expired),
        (!names, LetterFault::NameMismatch),
        (!read.numbers.iter().any(|row| row.holds(expected.number)), LetterFault::NumberNotListed),
        (
            carrier.is_some_and(|known| !same_firm(&known.name, read.carrier.as_str())),
            LetterFault::CarrierMismatch,
        ),
        (
            said(&read.account)
                && !expected.account.is_empty()
                && bare(read.account.as_str()) != bare(expected.account),
            LetterFault::AccountMismatch,
        ),
    ];
    tests.into_iter().filter(|(holds, _)| *holds).map(|(_, fault)| fault).collect()
}

/// An account number without what people put between its signs.
fn bare(account: &str) -> String {
    let signs = account.chars().filter(|c| c.is_alphanumeric());
    signs.flat_map(char::to_uppercase).collect()
}

words! {
    /// What a reviewer decided.
    pub enum LetterDecision as "letter decision" {
        /// The letter counts.
        Accepted = "ACCEPTED",
        /// It does not.
        Rejected = "REJECTED",
    }
}

/// What a reviewer said of one letter for one number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterReview {
    /// Its id.
    pub id: LoaReviewId,
    /// The letter as it was handed in.
    pub evidence: EvidenceId,
    /// For which number.
    pub number: NumberId,
    /// Whose.
    pub customer: CustomerId,
    /// What was decided.
    pub decision: LetterDecision,
    /// What speaks against it; none where it was accepted.
    pub reasons: Vec<LetterFault>,
    /// What was read.
    pub reading: Reading,
    /// What the reviewer says beside.
    pub note: Pii<String>,
    /// When.
    pub at: Ts,
    /// Who.
    pub by: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Ts = Ts(1_780_000_000_000_000);

    fn tn(text: &str) -> Tn {
        Tn::parse(text).unwrap()
    }

    fn text(text: &str) -> Pii<String> {
        Pii::new(text.to_owned())
    }

    fn rules() -> EvidenceRules {
        crate::domain::fixture::policy().evidence
    }

    fn good() -> Reading {
        Reading {
            signed_at: Some(NOW.minus(Span::days(3))),
            subscriber: text("Blue Ridge Dental, P.C."),
            grantee: text("Heron Lake Supply LLC"),
            signer: text("Ann Berg"),
            title: text("President"),
            carrier: text("Great Lakes Telephone"),
            account: text("GL-100 200"),
            ends_at: Some(NOW.plus(Span::days(90))),
            numbers: rows(&[tn("+12126647600"), tn("+12126647601"), tn("+12126647602")]),
        }
    }

    fn faults(read: &Reading) -> Vec<LetterFault> {
        let carrier = CarrierOfRecord {
            name: "Great Lakes Telephone Co".to_owned(),
            ocn: "0123".to_owned(),
            source: "NANPA".to_owned(),
            as_of: NOW,
        };
        let expected = Expected {
            number: tn("+12126647601"),
            legal_name: "HERON LAKE SUPPLY, LLC",
            subscriber: "Blue Ridge Dental PC",
            carrier: Some(&carrier),
            account: "gl100200",
        };
        letter_faults(read, expected, &rules(), NOW)
    }

    #[test]
    fn a_sound_letter_has_no_fault() {
        assert_eq!(faults(&good()), []);
        let silent = Reading { carrier: text(""), account: text(""), ends_at: None, ..good() };
        assert_eq!(faults(&silent), []);
    }

    #[test]
    fn each_fault_that_can_be_computed_is_found_alone() {
        use LetterFault as F;
        let signed = |days: i64| Some(NOW.minus(Span::days(days)));
        let rows: [(Reading, F); 11] = [
            (Reading { signed_at: Some(Ts(NOW.0 + 1)), ..good() }, F::SignedInFuture),
            (Reading { signed_at: Some(Ts(NOW.minus(Span::days(30)).0 - 1)), ..good() }, F::TooOld),
            (Reading { signed_at: None, ..good() }, F::Incomplete),
            (Reading { title: text(" "), ..good() }, F::Incomplete),
            (Reading { ends_at: Some(NOW), ..good() }, F::Expired),
            (Reading { subscriber: text("Blue Ridge Vet PC"), ..good() }, F::NameMismatch),
            (Reading { grantee: text("Heron Lake Trading LLC"), ..good() }, F::NameMismatch),
            (Reading { numbers: rows(&[tn("+12126647603")]), ..good() }, F::NumberNotListed),
            (Reading { carrier: text("Prairie Telephone"), ..good() }, F::CarrierMismatch),
            (Reading { account: text("GL-100-201"), ..good() }, F::AccountMismatch),
            (Reading { signed_at: signed(400), ..good() }, F::TooOld),
        ];
        for (read, fault) in rows {
            assert_eq!(faults(&read), [fault], "{fault}");
        }
        assert_eq!(faults(&Reading { signed_at: signed(30), ..good() }), [], "30 days are allowed");
    }

    #[test]
    fn numbers_in_a_row_are_one_row_inside_one_exchange() {
        let told = |numbers: &[&str]| -> Vec<(String, String)> {
            let numbers: Vec<Tn> = numbers.iter().map(|n| tn(n)).collect();
            rows(&numbers).into_iter().map(|r| (r.first.e164(), r.last.e164())).collect()
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            told(&["+12126650000", "+12126649999", "+12126649998", "+12126649998", "+12126640001"]),
            [
                pair("+12126640001", "+12126640001"),
                pair("+12126649998", "+12126649999"),
                pair("+12126650000", "+12126650000"),
            ]
        );
        assert_eq!(told(&[]), []);
    }
}
