//! The carrier of record: who serves a number, as somebody else than the customer says, and what a
//! bill is worth beside it.

use serde::{Deserialize, Serialize};

use super::record::{Detail, Evidence, Kind};
use crate::domain::name::{Name, Schema};
use crate::domain::number_event::{Kind as Event, ends};
use crate::domain::time::{Span, Ts};

/// Who serves a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarrierOfRecord {
    /// The carrier's name.
    pub name: String,
    /// Its operating company number; empty if not known.
    pub ocn: String,
    /// Who said so: a list and its publisher, a look-up, an order.
    pub source: String,
    /// When it was so, by the source's own date.
    pub as_of: Ts,
}

impl CarrierOfRecord {
    /// Whether this is another carrier than the one before: by the numbers where both have one,
    /// since one carrier has many names.
    pub fn differs(&self, before: &Self) -> bool {
        if self.ocn.is_empty() || before.ocn.is_empty() {
            !same_firm(&self.name, &before.name)
        } else {
            self.ocn != before.ocn
        }
    }

    /// Whether it ends a paper about a number that was never ours: a bill of another carrier, of
    /// whatever day, and where the carrier has changed (`moved`) every paper from before.
    pub fn outdates(&self, piece: &Evidence, moved: bool) -> bool {
        let paper = ends(Event::CarrierChanged, piece.kind);
        let others =
            piece.kind == Kind::Bill && !same_firm(&self.name, piece.detail.carrier.as_str());
        paper && (others || (moved && piece.since() <= self.as_of))
    }

    /// Whether it was looked up too long ago to say who serves the number now.
    pub fn is_old(&self, max_age_days: u32, now: Ts) -> bool {
        now.since(self.as_of) > Span::days(i64::from(max_age_days))
    }
}

/// Whether two texts name one firm: the same words, whatever their legal form and spelling. Nothing
/// that only resembles is the same.
pub fn same_firm(one: &str, two: &str) -> bool {
    let folded = |name: &str| Name::read(name, Schema::Firm).ok().map(|n| n.joined());
    match (folded(one), folded(two)) {
        (Some(one), Some(two)) => one == two,
        (Some(_) | None, _) => false,
    }
}

/// Whether two texts name one legal person: one firm, and of one legal form where both tell it. Heron
/// Lake LLC and Heron Lake Inc are two.
fn same_person(one: &str, two: &str) -> bool {
    let forms = (legal_form(one), legal_form(two));
    let apart = matches!(forms, (Some(one), Some(two)) if one != two);
    same_firm(one, two) && !apart
}

/// The kind of firm that a name ends with, where it tells one.
fn legal_form(name: &str) -> Option<&'static str> {
    let plain = name.to_uppercase().replace(['.', ','], " ");
    let words: Vec<&str> = plain.split_whitespace().collect();
    let spelled = words.iter().rev().take_while(|word| word.chars().count() == 1).count();
    let (head, tail) = words.split_at(words.len() - spelled);
    let last = if spelled > 1 { tail.concat() } else { (*words.last()?).to_owned() };
    match (last.as_str(), head) {
        ("LLC" | "LC", _) | (_, [.., "LIMITED", "LIABILITY", "COMPANY" | "CO"]) => Some("LLC"),
        ("INC" | "INCORPORATED" | "CORP" | "CORPORATION", _) => Some("CORPORATION"),
        ("LLP", _) => Some("LLP"),
        ("LP", _) | (_, [.., "LIMITED", "PARTNERSHIP"]) => Some("LP"),
        _ => None,
    }
}

/// What a bill lacks to stand beside a letter and a call-back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BillFault {
    /// Nobody but the customer has said who serves the number, or too long ago.
    CarrierUnknown,
    /// Another carrier serves the number.
    CarrierMismatch,
    /// It is made out to somebody else than the verified legal name.
    NameMismatch,
}

/// Compares a bill with the carrier of record and the customer's legal name.
pub fn bill_faults(
    bill: &Detail,
    legal_name: &str,
    carrier: Option<&CarrierOfRecord>,
) -> Vec<BillFault> {
    let by_carrier = match carrier {
        None => Some(BillFault::CarrierUnknown),
        Some(carrier) if same_firm(&carrier.name, bill.carrier.as_str()) => None,
        Some(_) => Some(BillFault::CarrierMismatch),
    };
    let same = same_person(bill.party.as_str(), legal_name);
    let by_name = (!same).then_some(BillFault::NameMismatch);
    by_carrier.into_iter().chain(by_name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{CustomerId, EvidenceId, NumberId};
    use crate::domain::pii::Pii;

    #[test]
    fn a_carrier_outdates_the_papers_of_another() {
        let record = CarrierOfRecord { as_of: Ts(5), ..carrier("Prairie Telephone", "") };
        let paper = |kind, name: &str, day| Evidence {
            id: EvidenceId(uuid::Uuid::nil()),
            number: NumberId(uuid::Uuid::nil()),
            customer: CustomerId(uuid::Uuid::nil()),
            kind,
            source: "test".to_owned(),
            detail: Detail {
                signed_at: Some(Ts(day)),
                carrier: Pii::new(name.to_owned()),
                ..Detail::default()
            },
            document: None,
            verified_at: Ts(day),
            expires_at: Ts(99),
            revoked_at: None,
            by: "test".to_owned(),
        };
        let told = |piece: &Evidence| [false, true].map(|moved| record.outdates(piece, moved));
        assert_eq!(told(&paper(Kind::Bill, "Prairie Telephone", 6)), [false, false]);
        assert_eq!(told(&paper(Kind::Bill, "Prairie Telephone", 5)), [false, true]);
        assert_eq!(told(&paper(Kind::Bill, "Another Carrier", 6)), [true, true], "of any day");
        assert_eq!(told(&paper(Kind::Loa, "", 5)), [false, true]);
        assert_eq!(told(&paper(Kind::Loa, "", 6)), [false, false]);
        assert_eq!(told(&paper(Kind::Callback, "", 1)), [false, false]);
    }

    fn carrier(name: &str, ocn: &str) -> CarrierOfRecord {
        CarrierOfRecord {
            name: name.to_owned(),
            ocn: ocn.to_owned(),
            source: "NANPA".to_owned(),
            as_of: Ts(0),
        }
    }

    #[test]
    fn a_bill_names_the_carrier_and_the_customer() {
        let bill = |carrier: &str, party: &str| Detail {
            carrier: Pii::new(carrier.to_owned()),
            party: Pii::new(party.to_owned()),
            ..Detail::default()
        };
        let served = carrier("Great Lakes Telephone Co.", "0123");
        let good = bill("GREAT LAKES TELEPHONE COMPANY", "Heron Lake Supply, LLC");
        let name = "Heron Lake Supply LLC";
        assert_eq!(bill_faults(&good, name, Some(&served)), []);
        assert_eq!(bill_faults(&good, name, None), [BillFault::CarrierUnknown]);
        let other = bill("Prairie Telephone", "Heron Lake Supplies International LLC");
        let both = [BillFault::CarrierMismatch, BillFault::NameMismatch];
        assert_eq!(bill_faults(&other, name, Some(&served)), both);
        assert_eq!(bill_faults(&bill("", ""), name, Some(&served)), both);
    }

    #[test]
    fn firms_of_two_forms_are_two() {
        let llc = "Heron Lake Supply, L.L.C.";
        for one in [
            "Heron Lake Supply LLC",
            "HERON LAKE SUPPLY",
            "Heron Lake Supply Limited Liability Company",
        ] {
            assert!(same_person(one, llc), "{one}");
        }
        for two in ["Heron Lake Supply Inc", "Heron Lake Supply, Corp.", "Heron Lake Supply L.P."] {
            assert!(!same_person(two, llc) && same_firm(two, llc), "{two}");
        }
        assert!(same_person("Heron Lake Supply Inc.", "Heron Lake Supply Corporation"));
    }

    #[test]
    fn a_carrier_is_told_by_its_number_first() {
        let one = carrier("Great Lakes Telephone Co.", "0123");
        assert!(!carrier("GLT", "0123").differs(&one));
        assert!(carrier("Great Lakes Telephone Co.", "0999").differs(&one));
        assert!(!carrier("Great Lakes Telephone Company", "").differs(&one));
        assert!(carrier("Prairie Telephone", "").differs(&one));
        let day = Ts(0).plus(Span::days(30));
        assert!(!one.is_old(30, day) && one.is_old(30, Ts(day.0 + 1)));
    }
}
