//! Answers that nobody documented: however a body is changed, nothing passes without evidence.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use vouch::domain::check::{
    Compared, Coverage, Evidence, Failure, Found, Likeness, OtherName, RecordStanding, Told,
    Verdict, judge,
};
use vouch::domain::digest::Digest;
use vouch::domain::pii::Pii;
use vouch::domain::time::{Span, Ts};

const NOW: Ts = Ts(1_780_000_000_000_000);

fn text() -> impl Strategy<Value = Pii<String>> {
    prop_oneof![
        2 => Just(String::new()),
        4 => Just("EXAMPLE WIDGETS LLC".to_owned()),
        1 => Just("Example Widget Holding".to_owned()),
        1 => Just("Hudson Valley Dental".to_owned()),
        1 => Just("   ".to_owned()),
        1 => ".{0,24}",
    ]
    .prop_map(Pii::new)
}

fn told() -> impl Strategy<Value = Told> {
    let standing = prop_oneof![
        4 => Just(RecordStanding::Good),
        1 => Just(RecordStanding::Doubtful),
        1 => Just(RecordStanding::Ended),
    ];
    let other_name = prop_oneof![Just(OtherName::Fails), Just(OtherName::IsReviewed)];
    let found = (
        any::<bool>(),
        standing,
        "[A-Z_]{0,12}",
        proptest::option::weighted(0.8, text()),
        proptest::collection::vec(text(), 0..3),
        other_name,
    )
        .prop_map(|(exact, standing, reason, name, other_names, other_name)| {
            Told::Found(Found { exact, standing, reason, name, other_names, other_name })
        });
    let failure = prop_oneof![
        Just(Failure::Refused),
        Just(Failure::NotConfigured),
        Just(Failure::Quota),
        Just(Failure::LATER),
        Just(Failure::Schema),
        Just(Failure::Stale),
    ];
    prop_oneof![
        8 => found,
        1 => Just(Told::Nothing(Coverage::Complete)),
        1 => Just(Told::Nothing(Coverage::Partial)),
        1 => failure.prop_map(Told::Failed),
    ]
}

fn evidence() -> impl Strategy<Value = Evidence> {
    let often = |value: &'static str| prop_oneof![9 => Just(value.to_owned()), 1 => Just(String::new()), 1 => Just(" ".to_owned())];
    let compared = (text(), text(), prop::bool::weighted(0.9)).prop_map(|(asked, told, agrees)| {
        Compared { field: "name".to_owned(), asked, told, agrees }
    });
    (
        (often("US_CO"), prop_oneof![9 => Just(1_u32), 1 => Just(0)], often("GET /resource")),
        (
            -2_i64..100,
            proptest::option::weighted(0.9, Just(Digest::of(b"body"))),
            often("20201234567"),
        ),
        proptest::collection::vec(compared, 0..4),
        -3_i64..30,
    )
        .prop_map(
            |((source, adapter, request), (age, response_sha256, record), compared, life)| {
                Evidence {
                    source,
                    adapter,
                    request: Pii::new(request),
                    retrieved_at: if age < 0 { Ts::NEVER } else { NOW.minus(Span::hours(age)) },
                    source_as_of: None,
                    response_sha256,
                    record: Pii::new(record),
                    compared,
                    expires_at: NOW.plus(Span::days(life)),
                    raw: None,
                }
            },
        )
}

#[test]
fn nothing_passes_without_evidence_in_100_000_answers() {
    let mut counts = std::collections::BTreeMap::<Verdict, u64>::new();
    let asked = proptest::option::weighted(0.8, Just("Example Widgets, L.L.C."));
    let mut runner = TestRunner::new(Config { cases: 100_000, ..Config::default() });
    let seen = std::cell::RefCell::new(&mut counts);
    runner
        .run(&(told(), evidence(), asked), |(told, evidence, asked)| {
            let judged = judge(&told, &evidence, asked, Likeness::default(), NOW);
            *seen.borrow_mut().entry(judged.verdict).or_default() += 1;
            prop_assert!(!judged.reason.is_empty());
            if judged.verdict != Verdict::Pass {
                return Ok(());
            }
            let Told::Found(found) = &told else {
                return Err(TestCaseError::fail("a pass without a record"));
            };
            prop_assert!(found.exact && found.standing == RecordStanding::Good);
            prop_assert!(evidence.response_sha256.is_some() && evidence.retrieved_at > Ts::NEVER);
            prop_assert!(!evidence.record.expose().trim().is_empty());
            prop_assert!(!evidence.source.trim().is_empty() && evidence.adapter > 0);
            prop_assert!(
                !evidence.compared.is_empty() && evidence.compared.iter().all(|c| c.agrees)
            );
            prop_assert!(NOW < evidence.expires_at);
            if asked.is_some() {
                prop_assert_eq!(
                    found.name.as_ref().map(|n| n.expose().as_str()),
                    Some("EXAMPLE WIDGETS LLC")
                );
            }
            Ok(())
        })
        .unwrap();
    println!("{counts:?}");
    for verdict in [Verdict::Pass, Verdict::Fail, Verdict::Review, Verdict::Unavailable] {
        assert!(counts.get(&verdict).is_some_and(|n| *n > 1_000), "{verdict} is rare: {counts:?}");
    }
}
