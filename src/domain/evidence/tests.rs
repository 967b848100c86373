//! Grants against a second reading of the table in `decision.md` section 1.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::attestation::KindSet;
use crate::domain::fixture::EVIDENCE as RULES;
use crate::domain::ids::{CustomerId, EvidenceId, NumberId};
use crate::domain::time::{Span, Ts};

fn who(n: u128) -> CustomerId {
    CustomerId(Uuid::from_u128(n))
}

fn row(n: u128, kind: Kind, expires: i64) -> Evidence {
    Evidence {
        id: EvidenceId(Uuid::from_u128(n)),
        number: NumberId(Uuid::from_u128(9)),
        customer: who(1),
        kind,
        source: "test".to_owned(),
        detail: Detail::default(),
        document: None,
        verified_at: Ts(1),
        expires_at: Ts(expires),
        revoked_at: None,
        by: "user:1".to_owned(),
    }
}

fn approved(mut rows: Vec<Evidence>, until: i64) -> Vec<Evidence> {
    let members: Vec<EvidenceId> = rows.iter().map(|r| r.id).collect();
    for row in rows.iter_mut().filter(|r| r.kind == Kind::Loa) {
        row.detail.approval = Some(Approval { members: members.clone(), until: Ts(until) });
    }
    rows
}

#[test]
fn a_bundle_needs_every_member_and_its_approval() {
    let whole = vec![row(1, Kind::Loa, 90), row(2, Kind::Bill, 50), row(3, Kind::Callback, 70)];
    let full = |rows: &[Evidence]| grant(who(1), rows).map(|g| (g.full_until, g.partial_until));
    assert_eq!(full(&whole), Some((Ts::NEVER, Ts(90))), "no approval");
    let good = approved(whole.clone(), 60);
    assert_eq!(full(&good), Some((Ts(50), Ts(90))));
    assert_eq!(full(&approved(whole, 40)), Some((Ts(40), Ts(90))));
    for gone in 0..3 {
        let mut less = good.clone();
        less.remove(gone);
        assert_eq!(full(&less).map(|(full, _)| full), Some(Ts::NEVER), "without member {gone}");
        let mut revoked = good.clone();
        revoked[gone].revoked_at = Some(Ts(5));
        assert_eq!(full(&revoked).map(|(full, _)| full), Some(Ts::NEVER));
    }
    let mut other = good;
    other[1].id = EvidenceId(Uuid::from_u128(77));
    assert_eq!(full(&other).map(|(full, _)| full), Some(Ts::NEVER), "another bill");
}

#[test]
fn own_word_gives_nothing() {
    assert_eq!(grant(who(1), &[row(1, Kind::CustomerSelfCert, 90)]), None);
    assert_eq!(letter_kind("Acme, Inc.", "ACME INC"), Kind::CustomerSelfCert);
    assert_eq!(letter_kind("", "ACME INC"), Kind::CustomerSelfCert);
    assert_eq!(letter_kind("Globex Corporation", "ACME INC"), Kind::Loa);
    let mut pending = row(1, Kind::AssignedByUs, 90);
    pending.verified_at = Ts::NEVER;
    assert_eq!(grant(who(1), &[pending]), None);
    assert_eq!(grant(who(2), &[row(1, Kind::AssignedByUs, 90)]), None);
}

#[test]
fn lives() {
    let now = Ts(0).plus(Span::days(1_000));
    let dated =
        |days: i64| Detail { signed_at: Some(now.minus(Span::days(days))), ..Detail::default() };
    let until = |kind, detail: &Detail| expires(kind, detail, &RULES, now);
    assert_eq!(until(Kind::Loa, &dated(30)), Ok(now.plus(Span::days(335))));
    assert_eq!(until(Kind::Loa, &dated(31)), Err(EvidenceRefusal::TooOld));
    assert_eq!(until(Kind::Loa, &dated(-1)), Err(EvidenceRefusal::Future));
    assert_eq!(until(Kind::Loa, &Detail::default()), Err(EvidenceRefusal::NoDate));
    assert_eq!(until(Kind::Bill, &dated(29)), Ok(now.plus(Span::days(1))));
    assert_eq!(until(Kind::Bill, &dated(30)), Err(EvidenceRefusal::TooOld));
    assert_eq!(until(Kind::Callback, &dated(0)), Ok(now.plus(Span::days(45))));
    assert_eq!(until(Kind::AssignedByUs, &dated(0)), Err(EvidenceRefusal::NotHandedIn));
    let soon = now.plus(Span::days(1));
    assert_eq!(feed_expires(Some(soon), now, &RULES), soon);
    assert_eq!(feed_expires(None, now, &RULES), now.plus(Span::days(2)));
}

#[test]
fn an_inactive_link_takes_out_those_behind_it() {
    let loan = |a, b| Loan { holder: who(a), delegate: who(b) };
    let loans = [loan(1, 2), loan(2, 3), loan(3, 4), loan(4, 1), loan(9, 8)];
    assert_eq!(reach(who(1), &loans, |_| true), [who(2), who(3), who(4)]);
    assert_eq!(reach(who(1), &loans, |c| c != who(3)), [who(2), who(3)]);
    assert_eq!(reach(who(5), &loans, |_| true), []);
}

prop_compose! {
    fn any_row(id: u128)(
        kind in prop::sample::select(vec![0, 1, 2, 3, 4, 5, 5, 5, 6, 6, 6, 7, 7, 7, 8, 9]),
        customer in prop_oneof![6 => Just(1_u128), 1 => Just(2_u128)],
        expires in 1..100_i64,
        verified in prop::bool::weighted(0.9),
        revoked in prop::bool::weighted(0.1),
        approval in prop::option::weighted(
            0.9,
            (prop::collection::vec(0..8_u128, 6..40), 1..100_i64),
        ),
    ) -> Evidence {
        let approval = approval.map(|(ids, until)| Approval {
            members: ids.into_iter().map(|n| EvidenceId(Uuid::from_u128(n))).collect(),
            until: Ts(until),
        });
        Evidence {
            customer: who(customer),
            verified_at: if verified { Ts(1) } else { Ts::NEVER },
            revoked_at: revoked.then_some(Ts(3)),
            detail: Detail { approval, ..Detail::default() },
            ..row(id, Kind::ALL[kind], expires)
        }
    }
}

fn any_rows() -> impl Strategy<Value = Vec<Evidence>> {
    let rows = (0..8_u128).map(|id| prop::option::weighted(0.7, any_row(id)).boxed());
    rows.collect::<Vec<_>>().prop_map(|rows| rows.into_iter().flatten().collect())
}

/// The table read by instants: is it FULL, is it PARTIAL, at `t`?
fn at(rows: &[Evidence], t: Ts) -> (bool, bool) {
    let live: Vec<&Evidence> =
        rows.iter().filter(|r| r.customer == who(1) && r.state(t) == State::Live).collect();
    let live: Vec<&Evidence> = live.into_iter().filter(|r| r.revoked_at.is_none()).collect();
    let has = |kinds: &[Kind]| live.iter().any(|r| kinds.contains(&r.kind));
    let three = live.iter().filter(|r| r.kind == Kind::Loa).any(|loa| {
        loa.detail.approval.as_ref().is_some_and(|a| {
            let lives =
                |kind: Kind| live.iter().any(|r| r.kind == kind && a.members.contains(&r.id));
            t < a.until && a.members.contains(&loa.id) && lives(Kind::Bill) && lives(Kind::Callback)
        })
    });
    let alone = [
        Kind::AssignedByUs,
        Kind::RangeAllocated,
        Kind::PortedToUs,
        Kind::TollfreeResporg,
        Kind::DelegateCert,
    ];
    let partial = [Kind::Loa, Kind::Bill, Kind::Callback, Kind::PortedOut];
    (has(&alone) || three, has(&partial))
}

proptest! {
    #[test]
    fn a_grant_says_at_each_instant_what_the_table_says(rows in any_rows(), t in 5..110_i64) {
        let t = Ts(t);
        let given = grant(who(1), &rows);
        let (full, partial) = at(&rows, t);
        prop_assert_eq!(given.as_ref().is_some_and(|g| t < g.full_until), full);
        prop_assert_eq!(given.as_ref().is_some_and(|g| t < g.partial_until), partial);
        let kinds: KindSet = rows
            .iter()
            .filter(|r| r.customer == who(1) && r.verified_at != Ts::NEVER)
            .filter(|r| r.revoked_at.is_none() && r.kind != Kind::CustomerSelfCert)
            .map(|r| r.kind)
            .collect();
        prop_assert_eq!(given.map(|g| g.kinds).unwrap_or_default(), kinds);
    }

    #[test]
    fn grants_never_depend_on_the_order_of_rows(rows in any_rows()) {
        let mut turned = rows.clone();
        turned.reverse();
        let all = grants(&rows, &[], |_| true);
        let other = grants(&turned, &[], |_| true);
        let holders: Vec<CustomerId> = all.iter().map(|g| g.holder).collect();
        prop_assert!(holders.is_sorted());
        let kinds = |all: &[crate::domain::attestation::Grant]| {
            all.iter().map(|g| (g.holder, g.kinds, g.partial_until)).collect::<Vec<_>>()
        };
        prop_assert_eq!(kinds(&all), kinds(&other));
    }
}
