//! Calls about numbers on the wire.

use crate::domain::attestation::EvidenceKind;
use crate::domain::command::number::{
    AddEvidence, DelegateNumber, GivenNumber, Numbers, RevokeDelegation, RevokeEvidence,
};
use crate::domain::command::write::{Write, etag_of};
use crate::domain::evidence::{Evidence, State};
use crate::domain::ids::CustomerId;
use crate::domain::number::{Category, Tn};
use crate::domain::number_file::{Delegation, NumberFile};
use crate::domain::number_range::{BadRange, EXCHANGE, TnRange};
use crate::domain::pii::Pii;
use crate::domain::time::Ts;
use crate::wire::pb;
use crate::wire::time::{to_optional, to_timestamp};
use crate::wire::validate::{Faults, Reader};

super::choice::pairs! {
    Category = NumberCategory { Unspecified; Assignable, Invalid, Unallocated, Unused, SubscriberDno,
        NotAssignable, AllocationUnknown }
    EvidenceKind = EvidenceKind { Unspecified; AssignedByUs, RangeAllocated, PortedToUs,
        TollfreeResporg, DelegateCert, Loa, Bill, Callback, PortedOut, CustomerSelfCert }
    State = EvidenceState { Unspecified; Live, Pending, Expired, Revoked }
}

/// Most numbers of one request, and most ranges.
pub const MAX_NUMBERS: usize = 1_000;
/// Most numbers that one request claims, those of its ranges among them: an exchange.
pub const MAX_CLAIMED: u64 = EXCHANGE;
/// What is kept of a number as it was given.
const MAX_GIVEN: usize = 64;
/// Longest reference, name of a party or of a carrier.
const MAX_TEXT: usize = 200;

/// Reads ranges, each into its numbers. Nothing is laid out before it is known to be few enough.
fn read_ranges(r: &mut Reader, ranges: Vec<pb::NumberRange>, beside: usize) -> Vec<GivenNumber> {
    let mut read = Vec::new();
    for (nth, range) in r.list("ranges", ranges, MAX_NUMBERS).into_iter().enumerate() {
        let count = if range.count == 0 { String::new() } else { range.count.to_string() };
        match TnRange::read(&range.start, &range.end, &count) {
            Ok(_) if range.end.trim().is_empty() && range.count == 0 => {
                let open = BadRange::Open;
                r.item("ranges", nth, |r| r.fault("", open.reason(), open.to_string()));
            }
            Ok(range) => read.push(range),
            Err(bad) => r.item("ranges", nth, |r| r.fault("", bad.reason(), bad.to_string())),
        }
    }
    let claimed = beside as u64 + read.iter().map(|range| range.count()).sum::<u64>();
    if claimed > MAX_CLAIMED {
        let message = format!("at most {MAX_CLAIMED} numbers at once; import a file of them");
        r.fault("ranges", "TOO_MANY", message);
        return Vec::new();
    }
    let given = |tn: Tn| GivenNumber { given: Pii::new(tn.e164()), tn: Ok(tn) };
    read.into_iter().flat_map(TnRange::numbers).map(given).collect()
}

/// Reads a list of numbers; a bad one is told in its own result, not as a fault.
fn read_numbers(r: &mut Reader, numbers: Vec<String>) -> Vec<GivenNumber> {
    let read = |text: String| GivenNumber {
        tn: Tn::parse(&text),
        given: Pii::new(text.chars().take(MAX_GIVEN).collect()),
    };
    r.list("numbers", numbers, MAX_NUMBERS).into_iter().map(read).collect()
}

impl TryFrom<pb::ClaimNumbersRequest> for Numbers {
    type Error = Faults;

    fn try_from(m: pb::ClaimNumbersRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write =
            Write { validate_only: m.validate_only, ..r.write("ClaimNumbers", &m.request_id, &m) };
        let customer = r.id("customer_id", &m.customer_id);
        if m.numbers.is_empty() && m.ranges.is_empty() {
            r.required("numbers");
        }
        let mut numbers = read_numbers(&mut r, m.numbers);
        let ranges = read_ranges(&mut r, m.ranges, numbers.len());
        numbers.extend(ranges);
        r.finish(customer.map(|customer| Self { write, customer, numbers }))
    }
}

impl TryFrom<pb::ReleaseNumbersRequest> for Numbers {
    type Error = Faults;

    fn try_from(m: pb::ReleaseNumbersRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("ReleaseNumbers", &m.request_id, &m);
        let customer = r.id("customer_id", &m.customer_id);
        if m.numbers.is_empty() {
            r.required("numbers");
        }
        let numbers = read_numbers(&mut r, m.numbers);
        r.finish(customer.map(|customer| Self { write, customer, numbers }))
    }
}

impl TryFrom<pb::AddEvidenceRequest> for AddEvidence {
    type Error = Faults;

    fn try_from(m: pb::AddEvidenceRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("AddEvidence", &m.request_id, &m);
        let customer = r.id("customer_id", &m.customer_id);
        let number = r.tn("number", &m.number);
        let kind = r.choice("kind", m.kind);
        let document = r.optional_id("document_id", &m.document_id);
        let reference = Pii::new(r.line("reference", &m.reference, MAX_TEXT));
        let signed = r.optional_time("sign_time", m.sign_time);
        let party = Pii::new(r.line("party", &m.party, MAX_TEXT));
        let carrier = r.line("carrier", &m.carrier, MAX_TEXT);
        let account = Pii::new(r.line("account", &m.account, MAX_TEXT));
        match kind {
            Some(EvidenceKind::Loa | EvidenceKind::Bill) => {
                let missing = [
                    ("document_id", m.document_id.is_empty()),
                    ("sign_time", m.sign_time.is_none()),
                    ("party", m.party.trim().is_empty()),
                    ("carrier", kind == Some(EvidenceKind::Bill) && m.carrier.trim().is_empty()),
                ];
                for (field, _) in missing.into_iter().filter(|(_, missing)| *missing) {
                    r.required(field);
                }
            }
            Some(EvidenceKind::CustomerSelfCert) | None => {}
            Some(_) => r.fault(
                "kind",
                "NOT_BY_HAND",
                "only LOA, BILL and CUSTOMER_SELF_CERT are handed in; the others come from feeds \
                 and challenges",
            ),
        }
        let read = || {
            Some(Self {
                write,
                customer: customer?,
                number: number?,
                kind: kind?,
                document,
                reference,
                signed,
                party,
                carrier,
                account,
            })
        };
        r.finish(read())
    }
}

impl TryFrom<pb::RevokeEvidenceRequest> for RevokeEvidence {
    type Error = Faults;

    fn try_from(m: pb::RevokeEvidenceRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("RevokeEvidence", &m.request_id, &m);
        let evidence = r.id("evidence_id", &m.evidence_id);
        let reason = r.reason(&m.reason);
        r.finish(evidence.map(|evidence| Self { write, evidence, reason }))
    }
}

impl TryFrom<pb::DelegateNumberRequest> for DelegateNumber {
    type Error = Faults;

    fn try_from(m: pb::DelegateNumberRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("DelegateNumber", &m.request_id, &m);
        let holder = r.id("customer_id", &m.customer_id);
        let number = r.tn("number", &m.number);
        let delegate = r.id("delegate_id", &m.delegate_id);
        if holder.is_some() && holder == delegate {
            r.fault("delegate_id", "SAME_CUSTOMER", "a number is lent to another customer");
        }
        let read = || Some(Self { write, holder: holder?, number: number?, delegate: delegate? });
        r.finish(read())
    }
}

impl TryFrom<pb::RevokeDelegationRequest> for RevokeDelegation {
    type Error = Faults;

    fn try_from(m: pb::RevokeDelegationRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("RevokeDelegation", &m.request_id, &m);
        let delegation = r.id("delegation_id", &m.delegation_id);
        r.finish(delegation.map(|delegation| Self { write, delegation }))
    }
}

impl pb::Evidence {
    /// A piece of evidence as it counts at `now`.
    pub fn of(evidence: &Evidence, now: Ts) -> Self {
        Self {
            evidence_id: evidence.id.to_string(),
            customer_id: evidence.customer.to_string(),
            kind: pb::EvidenceKind::from(evidence.kind).into(),
            state: pb::EvidenceState::from(evidence.state(now)).into(),
            source: evidence.source.clone(),
            reference: evidence.detail.reference.expose().clone(),
            document_id: evidence.document.map(|id| id.to_string()).unwrap_or_default(),
            verify_time: to_optional(evidence.verified_at),
            expire_time: to_optional(evidence.expires_at),
        }
    }
}

impl From<&Delegation> for pb::Delegation {
    fn from(delegation: &Delegation) -> Self {
        Self {
            delegation_id: delegation.id.to_string(),
            holder_id: delegation.holder.to_string(),
            delegate_id: delegation.delegate.to_string(),
            create_time: Some(to_timestamp(delegation.at)),
        }
    }
}

impl pb::Number {
    /// A number as one customer may see it at `now`: its own evidence and loans, nobody else's.
    pub fn of(file: &NumberFile, customer: CustomerId, now: Ts) -> Self {
        let evidence = file.evidence.iter().filter(|e| e.customer == customer);
        let delegations =
            file.delegations.iter().filter(|d| d.holder == customer || d.delegate == customer);
        let grant = file.grant(customer);
        Self {
            number_id: file.id.to_string(),
            number: file.tn.e164(),
            customer_id: customer.to_string(),
            category: pb::NumberCategory::from(file.facts.category).into(),
            foreign: file.facts.foreign,
            cap: pb::AttestLevel::from(file.facts.cap).into(),
            evidence: evidence.map(|e| pb::Evidence::of(e, now)).collect(),
            delegations: delegations.map(Into::into).collect(),
            full_until: grant.and_then(|g| to_optional(g.full_until)),
            partial_until: grant.and_then(|g| to_optional(g.partial_until)),
            conflict: file.contested(customer),
            etag: etag_of(file.revision),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::number::BadTn;
    use crate::wire::choice::assert_words;

    const ID: &str = "0198c9a0-0000-7000-8000-000000000001";

    #[test]
    fn words_are_the_same() {
        assert_eq!(assert_words::<Category>("NUMBER_CATEGORY_"), 7);
        assert_eq!(assert_words::<State>("EVIDENCE_STATE_"), 4);
        assert_eq!(assert_words::<EvidenceKind>("EVIDENCE_KIND_"), 10);
    }

    fn claim(numbers: Vec<String>) -> Result<Numbers, Faults> {
        Numbers::try_from(pb::ClaimNumbersRequest {
            request_id: "r".to_owned(),
            customer_id: ID.to_owned(),
            numbers,
            validate_only: true,
            ranges: Vec::new(),
        })
    }

    fn claim_ranges(ranges: &[(&str, &str, u64)]) -> Result<Numbers, Vec<(String, String)>> {
        let range = |(start, end, count): &(&str, &str, u64)| pb::NumberRange {
            start: (*start).to_owned(),
            end: (*end).to_owned(),
            count: *count,
        };
        let read = Numbers::try_from(pb::ClaimNumbersRequest {
            request_id: "r".to_owned(),
            customer_id: ID.to_owned(),
            numbers: vec!["+12126640000".to_owned()],
            validate_only: false,
            ranges: ranges.iter().map(range).collect(),
        });
        let told = |faults: Faults| {
            faults.as_slice().iter().map(|f| (f.path.clone(), f.reason.to_string())).collect()
        };
        read.map_err(told)
    }

    #[test]
    fn a_range_is_its_numbers() {
        let read =
            claim_ranges(&[("+12126647664", "+12126647665", 0), ("+12126650000", "", 1)]).unwrap();
        let given: Vec<_> = read.numbers.iter().map(|n| n.given.expose().as_str()).collect();
        assert_eq!(given, ["+12126640000", "+12126647664", "+12126647665", "+12126650000"]);
        assert_eq!(claim_ranges(&[("+12126640000", "", 9_999)]).unwrap().numbers.len(), 10_000);
    }

    #[test]
    fn every_bad_range_is_told_with_its_place() {
        let bad = claim_ranges(&[
            ("+12126647665", "+12126647664", 0),
            ("+12126647665", "", 1_000_000_000),
            ("+12126649999", "+12136640000", 0),
            ("+12126640000", "+12126640009", 10),
            ("+12126640000", "", 0),
            ("", "", 5),
        ]);
        let wanted = [
            ("ranges[0]", "RANGE_BACKWARDS"),
            ("ranges[1]", "RANGE_TOO_LONG"),
            ("ranges[2]", "RANGE_CROSSES_EXCHANGE"),
            ("ranges[3]", "RANGE_MIXED"),
            ("ranges[4]", "RANGE_OPEN"),
            ("ranges[5]", "TN_EMPTY"),
        ];
        let wanted = wanted.map(|(path, reason)| (path.to_owned(), reason.to_owned()));
        assert_eq!(bad.err().as_deref(), Some(wanted.as_slice()));
        let many = vec![("+12126640000", "", 10_000); 1_000];
        let refused = claim_ranges(&many).err();
        assert_eq!(refused, Some(vec![("ranges".to_owned(), "TOO_MANY".to_owned())]));
    }

    #[test]
    fn a_bad_number_does_not_refuse_the_others() {
        let huge = "7".repeat(10 << 20);
        let given = ["+1 (212) 664-7665", "911", "+1 212 \u{0665}55 0123", &huge];
        let read = claim(given.map(str::to_owned).into()).unwrap();
        assert!(read.write.validate_only);
        let read: Vec<_> = read.numbers.iter().map(|n| n.tn.map(Tn::digits)).collect();
        assert_eq!(read[0].as_deref(), Ok("12126647665"));
        assert_eq!(read[1..], [BadTn::TooShort, BadTn::BadCharacter, BadTn::TooLong].map(Err));
    }

    #[test]
    fn a_list_has_its_limits() {
        assert!(claim(Vec::new()).is_err());
        assert!(claim(vec!["+12126647665".to_owned(); 1_000]).is_ok());
        let faults = claim(vec!["+12126647665".to_owned(); 1_001]).unwrap_err();
        assert_eq!(faults.as_slice()[0].reason, "TOO_MANY");
    }

    #[test]
    fn evidence_by_hand_is_a_letter_a_bill_or_a_word() {
        let add = |kind: pb::EvidenceKind| {
            let read = AddEvidence::try_from(pb::AddEvidenceRequest {
                request_id: "r".to_owned(),
                customer_id: ID.to_owned(),
                number: "+12126647665".to_owned(),
                kind: kind.into(),
                ..pb::AddEvidenceRequest::default()
            });
            let paths = |faults: Faults| -> Vec<String> {
                faults.as_slice().iter().map(|f| f.path.clone()).collect()
            };
            read.err().map(paths).unwrap_or_default()
        };
        assert!(add(pb::EvidenceKind::CustomerSelfCert).is_empty());
        assert_eq!(add(pb::EvidenceKind::Loa), ["document_id", "sign_time", "party"]);
        assert_eq!(add(pb::EvidenceKind::Bill), ["document_id", "sign_time", "party", "carrier"]);
        assert_eq!(add(pb::EvidenceKind::AssignedByUs), ["kind"]);
        assert_eq!(add(pb::EvidenceKind::Unspecified), ["kind"]);
    }

    #[test]
    fn a_number_is_lent_to_another() {
        let request = pb::DelegateNumberRequest {
            request_id: "r".to_owned(),
            customer_id: ID.to_owned(),
            number: "+12126647665".to_owned(),
            delegate_id: ID.to_owned(),
        };
        let faults = DelegateNumber::try_from(request).unwrap_err();
        assert_eq!(faults.as_slice()[0].reason, "SAME_CUSTOMER");
    }
}
