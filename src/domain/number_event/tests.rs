//! What events do, one by one and out of order.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::*;
use crate::domain::evidence::{Detail, Evidence, Kind as EvidenceKind};
use crate::domain::fixture::EVIDENCE;
use crate::domain::ids::{CustomerId, EvidenceId, NumberId};
use crate::domain::number::Tn;
use crate::domain::pii::Pii;
use crate::domain::policy::NumberLife;
use crate::domain::time::{Span, Ts};

const LIFE: NumberLife = NumberLife { aging_days: 45 };

fn day(n: i64) -> Ts {
    Ts(0).plus(Span::days(1_000 + n))
}

fn who(n: u128) -> CustomerId {
    CustomerId(Uuid::from_u128(n))
}

fn piece(n: u128, customer: u128, kind: EvidenceKind, since: Ts) -> Evidence {
    Evidence {
        id: EvidenceId(Uuid::from_u128(n)),
        number: NumberId(Uuid::from_u128(9)),
        customer: who(customer),
        kind,
        source: "OWN_OCN".to_owned(),
        detail: Detail {
            signed_at: Some(since),
            reference: Pii::new("E-1".to_owned()),
            ..Detail::default()
        },
        document: None,
        verified_at: since,
        expires_at: since.plus(Span::days(40)),
        revoked_at: None,
        by: "test".to_owned(),
    }
}

fn event(kind: Kind, at: Ts) -> NumberEvent {
    let toll_free = kind.toll_free();
    NumberEvent {
        kind,
        tn: Tn::parse(if toll_free { "+18007654321" } else { "+15072847100" }).unwrap(),
        at,
        reference: "E-1".to_owned(),
        customer: kind.gives().map(|_| who(1)),
        until: None,
        resporg: toll_free.then(|| "ABC01".parse().unwrap()),
        authorized_by: None,
        status: toll_free.then_some(TollFreeStatus::Working),
    }
}

struct Known {
    evidence: Vec<Evidence>,
    last: BTreeMap<Kind, Ts>,
    told: bool,
    stock: Option<StockSeen>,
    aging: Option<Aging>,
    now: Ts,
}

impl Known {
    fn of(evidence: Vec<Evidence>) -> Self {
        let last = BTreeMap::new();
        Self { evidence, last, told: false, stock: None, aging: None, now: day(10) }
    }

    fn judge(&self, event: &NumberEvent) -> Result<Option<Effect>, Refusal> {
        let ours = ["ABC01".parse().unwrap()];
        judge(
            event,
            &Seen {
                evidence: &self.evidence,
                last: &self.last,
                told: self.told,
                source: "OWN_OCN",
                stock: self.stock,
                aging: self.aging,
                ours: &ours,
                evidence_rules: &EVIDENCE,
                life: &LIFE,
                as_of: self.now,
                now: self.now,
            },
        )
    }

    fn does(&self, event: &NumberEvent) -> Effect {
        self.judge(event).unwrap().unwrap()
    }
}

#[test]
fn events_end_what_they_end() {
    use crate::domain::attestation::EvidenceKind::{
        AssignedByUs, Bill, Loa, PortedToUs, RangeAllocated, TollfreeResporg,
    };
    let ended =
        |event| EvidenceKind::ALL.into_iter().filter(|kind| ends(event, *kind)).collect::<Vec<_>>();
    let own = [AssignedByUs, RangeAllocated, PortedToUs];
    assert_eq!(ended(Kind::PortedOut), own);
    assert_eq!(ended(Kind::Unassigned), own);
    assert_eq!(ended(Kind::CarrierChanged), [Loa, Bill]);
    assert_eq!(ended(Kind::ResporgChanged), [TollfreeResporg]);
    assert_eq!(ended(Kind::Disconnected), EvidenceKind::ALL);
    assert_eq!(ended(Kind::Assigned), []);
}

#[test]
fn a_port_out_leaves_partial_evidence_to_who_had_it() {
    let known = Known::of(vec![
        piece(1, 1, EvidenceKind::AssignedByUs, day(0)),
        piece(2, 1, EvidenceKind::Loa, day(0)),
        piece(3, 2, EvidenceKind::Callback, day(0)),
    ]);
    let done = known.does(&event(Kind::PortedOut, day(5)));
    assert_eq!(done.ends, [EvidenceId(Uuid::from_u128(1))]);
    let left =
        New { customer: who(1), kind: EvidenceKind::PortedOut, since: day(5), until: day(35) };
    assert_eq!((done.adds, done.rests), (vec![left], None));

    // Of what had run out by then nothing is left.
    let mut stale = known;
    stale.evidence[0].expires_at = day(5);
    assert_eq!(stale.does(&event(Kind::PortedOut, day(5))).adds, []);
}

#[test]
fn what_is_older_undoes_nothing() {
    let mut known = Known::of(vec![
        piece(1, 1, EvidenceKind::AssignedByUs, day(6)),
        piece(2, 2, EvidenceKind::Bill, day(3)),
    ]);
    // Given anew after the event: only what is older than the event ends.
    let done = known.does(&event(Kind::Disconnected, day(5)));
    assert_eq!(done.ends, [EvidenceId(Uuid::from_u128(2))]);
    let assigned = event(Kind::Assigned, day(5));
    assert_eq!(known.judge(&assigned), Err(Refusal::NewerKnown));
    known.evidence.clear();
    known.last = BTreeMap::from([(Kind::PortedOut, day(6))]);
    assert_eq!(known.judge(&assigned), Err(Refusal::NewerKnown));
    assert_eq!(known.judge(&event(Kind::Assigned, day(6))), Err(Refusal::NewerKnown));
    assert!(known.judge(&event(Kind::Assigned, day(7))).is_ok());
    // A change of control is nothing to an assignment.
    known.last = BTreeMap::from([(Kind::CarrierChanged, day(6))]);
    assert!(known.judge(&assigned).is_ok());
    // In stock since later: an older rest does not begin.
    known.stock = Some(StockSeen { customer: Some(who(1)), as_of: day(7) });
    let done = known.does(&event(Kind::Disconnected, day(6)));
    assert_eq!((done.rests, done.stock), (None, Stocked::Keep));
}

#[test]
fn what_was_given_up_rests() {
    let mut known = Known::of(vec![piece(1, 1, EvidenceKind::AssignedByUs, day(0))]);
    known.stock = Some(StockSeen { customer: Some(who(1)), as_of: day(0) });
    for kind in [Kind::Disconnected, Kind::Unassigned] {
        let done = known.does(&event(kind, day(5)));
        let rest = Aging { customer: Some(who(1)), since: day(5), until: day(50) };
        assert_eq!((done.rests, done.stock), (Some(rest), Stocked::Empty), "{kind}");
    }
    known.evidence.clear();
    known.stock = Some(StockSeen { customer: None, as_of: day(5) });
    known.aging = Some(Aging { customer: Some(who(1)), since: day(5), until: day(50) });
    let to = |customer: u128, at| NumberEvent {
        customer: Some(who(customer)),
        ..event(Kind::Assigned, at)
    };
    assert_eq!(known.judge(&to(2, day(9))), Err(Refusal::Aging(day(50))));
    assert!(known.does(&to(1, day(9))).wakes);
    known.now = Ts(day(50).0 - 1);
    assert_eq!(known.judge(&to(2, day(49))), Err(Refusal::Aging(day(50))));
    known.now = day(50);
    assert_eq!(known.does(&to(2, day(49))).stock, Stocked::Assign(who(2)));
}

#[test]
fn our_own_number_changes_its_carrier_by_a_port_alone() {
    let mut known = Known::of(vec![
        piece(1, 1, EvidenceKind::AssignedByUs, day(0)),
        piece(2, 1, EvidenceKind::Bill, day(0)),
    ]);
    let changed = event(Kind::CarrierChanged, day(5));
    assert_eq!(known.judge(&changed), Err(Refusal::Ours));
    known.evidence.remove(0);
    assert_eq!(known.does(&changed).ends, [EvidenceId(Uuid::from_u128(2))]);
}

#[test]
fn a_toll_free_number_is_whose_the_controlling_organisation_says() {
    let known = Known::of(Vec::new());
    let record = event(Kind::ResporgRecord, day(5));
    let given = known.does(&record).adds;
    let until = known.now.plus(Span::days(2));
    let kind = EvidenceKind::TollfreeResporg;
    assert_eq!(given, [New { customer: who(1), kind, since: day(5), until }]);
    let spare = NumberEvent { status: Some(TollFreeStatus::Spare), ..record.clone() };
    assert_eq!(known.judge(&spare), Err(Refusal::NotWorking));
    let other = NumberEvent { resporg: Some("XYZ99".parse().unwrap()), ..record };
    assert_eq!(known.judge(&other), Err(Refusal::NotOurResporg));
    let letter = NumberEvent { kind: Kind::ResporgAuthorization, ..other.clone() };
    assert_eq!(known.judge(&letter), Err(Refusal::NotControlling));
    let theirs = NumberEvent { authorized_by: other.resporg, ..letter };
    assert_eq!(known.does(&theirs).adds, given);

    // Where the registry says otherwise, what it carried ends.
    let known = Known::of(vec![piece(1, 1, kind, day(0))]);
    for told in [spare, other] {
        let done = known.does(&told);
        assert_eq!((done.ends.len(), done.adds.len()), (1, 0));
    }
    assert_eq!(known.does(&event(Kind::ResporgChanged, day(5))).ends.len(), 1);
}

#[test]
fn what_was_told_before_is_renewed_and_never_revived() {
    let mut known = Known::of(vec![piece(1, 1, EvidenceKind::PortedToUs, day(0))]);
    known.told = true;
    let again = event(Kind::PortedIn, day(0));
    assert_eq!(known.judge(&again), Ok(None), "not later than it is");
    known.evidence[0].expires_at = day(11);
    let done = known.does(&again);
    assert!(done.renews);
    assert_eq!((done.adds[0].since, done.adds[0].until), (day(0), day(12)));
    known.evidence.clear();
    assert_eq!(known.judge(&again), Ok(None));
    assert_eq!(known.judge(&event(Kind::PortedOut, day(5))), Ok(None));
}

#[test]
fn a_told_event_moves_only_what_it_gave_itself() {
    let mut known = Known::of(vec![piece(1, 1, EvidenceKind::AssignedByUs, day(0))]);
    (known.told, known.evidence[0].expires_at) = (true, day(11));
    let again = event(Kind::Assigned, day(0));
    let other = NumberEvent { reference: "E-2".to_owned(), ..again.clone() };
    assert_eq!(known.judge(&other), Ok(None), "another event gave that");
    let foreign = NumberEvent { customer: Some(who(2)), ..again.clone() };
    assert_eq!(known.judge(&foreign), Err(Refusal::ReferenceUsed));
    // The end is told again, and it is sooner.
    let sooner = NumberEvent { until: Some(Ts(day(10).0 + 1)), ..again.clone() };
    assert_eq!(known.does(&sooner).adds[0].until, Ts(day(10).0 + 1));
    let over = NumberEvent { until: Some(day(10)), ..again };
    let done = known.does(&over);
    assert_eq!((done.ends.len(), done.adds.len()), (1, 0));
    known.evidence[0].source = "WHOLESALE Prairie".to_owned();
    assert_eq!(known.judge(&over), Ok(None), "another feed gave that");
}

#[test]
fn an_event_says_what_it_lacks() {
    let now = day(10);
    for kind in Kind::ALL {
        let whole =
            NumberEvent { authorized_by: Some("ABC01".parse().unwrap()), ..event(*kind, day(5)) };
        assert_eq!(whole.faults(now), [], "{kind}");
    }
    let bare = NumberEvent {
        customer: None,
        reference: String::new(),
        until: Some(day(5)),
        ..event(Kind::Assigned, day(11))
    };
    let want = [("at", "FUTURE"), ("reference", "REQUIRED"), ("customer_id", "REQUIRED")];
    assert_eq!(bare.faults(now), [want.as_slice(), &[("until", "BEFORE_START")]].concat());
    let local = NumberEvent {
        tn: Tn::parse("+15072847100").unwrap(),
        resporg: None,
        status: None,
        reference: "x".repeat(65),
        ..event(Kind::ResporgAuthorization, day(5))
    };
    let want = [
        ("reference", "TOO_LONG"),
        ("number", "NOT_TOLL_FREE"),
        ("resporg", "REQUIRED"),
        ("status", "REQUIRED"),
        ("authorized_by", "REQUIRED"),
    ];
    assert_eq!(local.faults(now), want);
}
