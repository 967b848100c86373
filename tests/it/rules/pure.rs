//! The rules that the decision alone keeps, each under its number. Random facts come from the
//! oracle's generator; what a rule promises is stated here again, without the oracle.

use std::collections::BTreeSet;

use prost::Message as _;
use vouch::domain::attestation::{
    Answer, Attest as Level, AttestationPolicy, Call, Cap, CustomerFacts, Disposition as Action,
    Freshness, NumberFacts, OnStale, PlainFacts, Reason, Shown, TrunkAuth, TrunkFacts, TrunkKind,
    TrunkMode, decide, when_dead,
};
use vouch::domain::evidence::{Approval, Detail, Evidence, Kind, Loan, grants};
use vouch::domain::ids::{CustomerId, EvidenceId, NumberId, Origid};
use vouch::domain::number::{Category, Tn};
use vouch::domain::time::{Span, Ts};
use vouch::wire::pb::FILE_DESCRIPTOR_SET;

use crate::oracle::adapter;
use crate::oracle::generate::{self, Dice};
use crate::oracle::model::{Case, Number};
use crate::oracle::words::{Attest, Category as Gate, Disposition};

const ROUNDS: u64 = 40_000;

/// Runs `check` on random cases; it says whether the rule had anything to say on the case, and
/// that has to happen often.
fn on_random_cases(seed: u64, check: impl Fn(&mut Dice, Case) -> bool) {
    let mut dice = Dice::new(seed);
    let mut met = 0_u64;
    for _ in 0..ROUNDS {
        let case = generate::case(&mut dice);
        met += u64::from(check(&mut dice, case));
    }
    println!("{met} of {ROUNDS} cases met the rule (seed {seed})");
    assert!(met >= ROUNDS / 50, "the rule was hardly ever met: {met}");
}

fn judged(case: &Case) -> &Number {
    case.diverting.as_ref().unwrap_or(&case.orig)
}

fn active(case: &Case, id: &str) -> bool {
    case.customers.get(id).is_some_and(|c| c.state == "ACTIVE" && case.now < c.active_until)
}

#[test]
fn rule_02_a_level_needs_an_active_owner_and_an_active_holder() {
    on_random_cases(2, |_, case| {
        let answer = adapter::decide(&case);
        if answer.attest == Attest::None {
            return false;
        }
        let trunk = case.trunk.as_ref().expect("a level without a trunk");
        assert!(active(&case, &trunk.owner), "{answer:?} for an inactive owner: {case:?}");
        if matches!(answer.attest, Attest::A | Attest::B) {
            let whose = case.customers.iter().find(|(_, c)| c.origid == answer.origid);
            let (holder, _) = whose.expect("the origid is a customer's");
            assert!(active(&case, holder), "{answer:?} for an inactive holder: {case:?}");
        }
        true
    });
}

#[test]
fn rule_02_suspension_turns_everything_of_the_customer_to_none() {
    on_random_cases(202, |_, case| {
        let before = adapter::decide(&case);
        let Some(owner) = case.trunk.as_ref().map(|trunk| trunk.owner.clone()) else {
            return false;
        };
        if before.attest == Attest::None {
            return false;
        }
        let mut suspended = case.clone();
        if let Some(customer) = suspended.customers.get_mut(&owner) {
            "SUSPENDED".clone_into(&mut customer.state);
        }
        let after = adapter::decide(&suspended);
        assert_eq!(after.attest, Attest::None, "still {after:?}: {suspended:?}");
        assert_eq!((after.valid_until, after.origid.as_str()), (0, ""), "{suspended:?}");

        // One microsecond after the last active one it is as if it were suspended.
        let mut ended = case;
        if let Some(customer) = ended.customers.get_mut(&owner) {
            customer.active_until = ended.now;
        }
        assert_eq!(adapter::decide(&ended).attest, Attest::None, "{ended:?}");
        true
    });
}

#[test]
fn rule_03_a_rests_on_full_evidence_that_is_live_now() {
    on_random_cases(3, |_, mut case| {
        if adapter::decide(&case).attest != Attest::A {
            return false;
        }
        let live = judged(&case).grants.iter().any(|grant| case.now < grant.full_until);
        assert!(live, "A without full evidence: {case:?}");
        let now = case.now;
        for number in std::iter::once(&mut case.orig).chain(&mut case.diverting) {
            for grant in &mut number.grants {
                grant.full_until = grant.full_until.min(now);
            }
        }
        assert_ne!(adapter::decide(&case).attest, Attest::A, "A on what has ended: {case:?}");
        true
    });
}

#[test]
fn rule_03_neither_own_word_nor_approval_replaces_evidence() {
    let [us, _] = customers();
    let letter = row(us, Kind::Loa);
    let bill = row(us, Kind::Bill);
    let callback = row(us, Kind::Callback);
    let approve = |mut rows: Vec<Evidence>| {
        let members = rows.iter().map(|row| row.id).collect();
        rows[0].detail.approval = Some(Approval { members, until: Ts::FOREVER });
        rows
    };

    let own_word = [row(us, Kind::CustomerSelfCert)];
    assert_eq!(level(us, &own_word, &[]), (Level::None, Reason::TnUnknown));
    let own_words = approve(vec![row(us, Kind::CustomerSelfCert), row(us, Kind::CustomerSelfCert)]);
    assert_eq!(level(us, &own_words, &[]), (Level::None, Reason::TnUnknown));

    let bundle = vec![letter.clone(), bill.clone(), callback.clone()];
    assert_eq!(level(us, &bundle, &[]), (Level::B, Reason::PartialEvidence));
    assert_eq!(level(us, &approve(bundle), &[]), (Level::A, Reason::FullEvidence));
    for short in [
        vec![letter.clone()],
        vec![letter.clone(), bill.clone()],
        vec![letter, callback.clone()],
        vec![bill, callback],
    ] {
        assert_eq!(level(us, &approve(short), &[]), (Level::B, Reason::PartialEvidence));
    }
}

#[test]
fn rule_04_a_claim_without_verified_evidence_touches_nobody_else() {
    let [us, other] = customers();
    for kind in Kind::ALL {
        let mine = row(us, kind);
        let alone = answer(us, std::slice::from_ref(&mine), &[]);
        let mut handed_in = row(other, Kind::AssignedByUs);
        handed_in.verified_at = Ts::NEVER;
        let mut taken_back = row(other, Kind::DelegateCert);
        taken_back.revoked_at = Some(NOW);
        let rows = [mine, handed_in, taken_back, row(other, Kind::CustomerSelfCert)];
        assert_eq!(answer(us, &rows, &[]), alone, "{kind:?}");
    }
}

#[test]
fn rule_04_verified_claims_of_two_customers_conflict_unless_lent() {
    let [us, other] = customers();
    let both = [row(us, Kind::DelegateCert), row(other, Kind::TollfreeResporg)];
    assert_eq!(level(us, &both, &[]), (Level::B, Reason::TnConflict));
    assert_eq!(level(other, &both, &[]), (Level::B, Reason::TnConflict));
    let lent = [Loan { holder: other, delegate: us }];
    assert_eq!(level(us, &both, &lent), (Level::A, Reason::FullEvidence));
    assert_eq!(level(other, &both, &lent), (Level::A, Reason::FullEvidence));

    let fed = [row(us, Kind::PortedToUs), row(other, Kind::DelegateCert)];
    assert_eq!(level(us, &fed, &[]), (Level::A, Reason::FullEvidence));
    assert_eq!(level(other, &fed, &[]), (Level::B, Reason::TnConflict));

    // Time alone never ends a conflict.
    let mut ended = row(other, Kind::TollfreeResporg);
    ended.expires_at = NOW.minus(Span::days(300));
    let rows = [row(us, Kind::DelegateCert), ended];
    assert_eq!(level(us, &rows, &[]), (Level::B, Reason::TnConflict));
}

#[test]
fn rule_05_a_gated_number_never_gets_a_level() {
    let stopped =
        [Gate::Invalid, Gate::Unallocated, Gate::Unused, Gate::SubscriberDno, Gate::NotAssignable];
    on_random_cases(5, |dice, mut case| {
        let levelled = adapter::decide(&case).attest != Attest::None;
        let gate = *dice.one(&stopped);
        let ingress = case.trunk.as_ref().is_some_and(|t| {
            use crate::oracle::words::TrunkKind::{GatewayIngress, ProviderIngress};
            matches!(t.kind, ProviderIngress | GatewayIngress)
        });
        match &mut case.diverting {
            Some(diverting) if !ingress && dice.percent(50) => diverting.category = gate,
            _ => case.orig.category = gate,
        }
        let answer = adapter::decide(&case);
        assert_eq!(answer.attest, Attest::None, "{answer:?} for {gate:?}: {case:?}");
        if levelled {
            use crate::oracle::words::Word as _;
            let words: Vec<&str> = answer.reasons.iter().map(|reason| reason.word()).collect();
            assert_eq!(words, [gate.word()], "{case:?}");
        }
        levelled
    });
}

#[test]
fn rule_06_signer_cannot_ask_for_a_level() {
    let set = prost_types::FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).expect("descriptors");
    let service = set
        .file
        .iter()
        .flat_map(|file| &file.service)
        .find(|service| service.name() == "AttestationService")
        .expect("the service is there");
    let mut open: Vec<String> =
        service.method.iter().map(|method| method.input_type().to_owned()).collect();
    assert!(open.len() >= 5, "methods went missing: {open:?}");
    let mut seen = BTreeSet::new();
    while let Some(name) = open.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let Some(message) = set.file.iter().find_map(|file| {
            let own = name.strip_prefix(&format!(".{}.", file.package()))?;
            file.message_type.iter().find(|message| message.name() == own)
        }) else {
            assert!(name.starts_with(".google.protobuf."), "{name} is not described");
            continue;
        };
        for field in &message.field {
            assert!(
                !field.type_name().ends_with(".AttestLevel")
                    && !field.name().contains("level")
                    && !(field.name().contains("attest")),
                "{name} asks for a level in {}",
                field.name()
            );
            if field.r#type() == prost_types::field_descriptor_proto::Type::Message {
                open.push(field.type_name().to_owned());
            }
        }
    }
    assert!(seen.contains(".vouch.v1.Call"), "the call itself was not looked at: {seen:?}");
}

#[test]
fn rule_07_without_proof_of_freshness_nothing_is_a_and_then_nothing_is_signed() {
    on_random_cases(7, |dice, mut case| {
        let levelled = adapter::decide(&case).attest != Attest::None;
        case.freshness.age = case.policy.a_bound + dice.between(0, 3);
        assert_ne!(adapter::decide(&case).attest, Attest::A, "{case:?}");
        case.freshness.age = case.policy.service_bound + dice.between(0, 3);
        assert_eq!(adapter::decide(&case).attest, Attest::None, "{case:?}");
        case.freshness.age = 0;
        case.freshness.loaded = false;
        assert_eq!(adapter::decide(&case).attest, Attest::None, "{case:?}");
        levelled
    });
}

#[test]
fn rule_13_emergency_is_never_rejected() {
    on_random_cases(13, |dice, mut case| {
        let plain = adapter::decide(&case);
        dice.one(&["911", "933"]).to_owned().clone_into(&mut case.dest);
        let answer = adapter::decide(&case);
        assert!(
            matches!(answer.disposition, Disposition::SendEmergency | Disposition::PassThrough),
            "{answer:?}: {case:?}"
        );
        assert_eq!(answer.attest, plain.attest, "the level stays what it is: {case:?}");
        if answer.disposition == Disposition::PassThrough {
            assert!(case.signed, "nothing to pass on: {case:?}");
        }
        matches!(plain.disposition, Disposition::Reject | Disposition::SendUnsigned)
    });
}

#[test]
fn rule_13_emergency_is_never_rejected_when_nothing_is_known() {
    let call = |dest| Call {
        trunk: "not a trunk at all",
        orig: Shown::Unreadable,
        dest,
        diverting: Some(Shown::Unreadable),
        signed: true,
    };
    let facts = PlainFacts::<CustomerId> {
        trunk: None,
        customers: [].into(),
        orig: NumberFacts {
            category: Category::Invalid,
            foreign: false,
            cap: Cap::B,
            grants: vec![],
        },
        diverting: None,
    };
    for on_stale in [OnStale::Reject, OnStale::SendUnsigned] {
        let policy = AttestationPolicy { on_stale, ..AttestationPolicy::default() };
        for (loaded, age) in [(false, Span(i64::MAX)), (true, Span(i64::MAX)), (true, Span::ZERO)] {
            for dest in ["911", "933"] {
                let freshness = Freshness { loaded, age };
                let answer = decide(&call(dest), &facts.view(), freshness, &policy, NOW);
                assert_eq!(answer.disposition, Action::SendEmergency, "{answer:?}");
                assert_eq!(when_dead(dest, on_stale).disposition, Action::SendEmergency);
            }
            let freshness = Freshness { loaded, age };
            let answer = decide(&call("+911"), &facts.view(), freshness, &policy, NOW);
            assert_ne!(answer.disposition, Action::SendEmergency, "+911 is not on the list");
        }
        assert_ne!(when_dead("+911", on_stale).disposition, Action::SendEmergency);
    }
}

const NOW: Ts = Ts(generate::NOW);

fn customers() -> [CustomerId; 2] {
    [1, 2].map(|n| CustomerId(uuid::Uuid::from_u128(n)))
}

/// A verified piece of evidence that is live for a year.
fn row(customer: CustomerId, kind: Kind) -> Evidence {
    let id = customer.0.as_u128() << 64 | kind as u128;
    Evidence {
        id: EvidenceId(uuid::Uuid::from_u128(id)),
        number: NumberId(uuid::Uuid::from_u128(7)),
        customer,
        kind,
        source: "OWN_OCN".to_owned(),
        detail: Detail::default(),
        document: None,
        verified_at: NOW.minus(Span::days(1)),
        expires_at: NOW.plus(Span::days(365)),
        revoked_at: None,
        by: "system:test".to_owned(),
    }
}

/// What a call on `owner`'s own trunk gets when these rows are all that is known of the number.
fn answer(owner: CustomerId, rows: &[Evidence], loans: &[Loan]) -> Answer {
    let good = |id: CustomerId| CustomerFacts {
        active: true,
        active_until: Ts::FOREVER,
        uncapped_until: Ts::FOREVER,
        cap: Cap::A,
        origid: Origid(id.0),
    };
    let facts = PlainFacts {
        trunk: Some(TrunkFacts {
            kind: TrunkKind::Customer,
            auth: TrunkAuth::Mtls,
            owner,
            foreign: false,
            mode: TrunkMode::Enforce,
            origid: Origid(uuid::Uuid::from_u128(9)),
        }),
        customers: customers().map(|id| (id, good(id))).into(),
        orig: NumberFacts {
            category: Category::Assignable,
            foreign: false,
            cap: Cap::A,
            grants: grants(rows, loans, |_| true),
        },
        diverting: None,
    };
    let call = Call {
        trunk: "t1",
        orig: Tn::parse("+12126647665").into(),
        dest: "+12125551212",
        diverting: None,
        signed: false,
    };
    let fresh = Freshness { loaded: true, age: Span::ZERO };
    decide(&call, &facts.view(), fresh, &AttestationPolicy::default(), NOW)
}

/// The level and the deciding reason of [`answer`].
fn level(owner: CustomerId, rows: &[Evidence], loans: &[Loan]) -> (Level, Reason) {
    let answer = answer(owner, rows, loans);
    (answer.attest, answer.reasons.first())
}
