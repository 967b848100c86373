//! What a source does that does not answer: how often it is tried, how long it is waited for, and when
//! it is left alone.

use std::collections::BTreeMap;
use std::time::Duration;

use vouch::clock::Clock;
use vouch::domain::check::{Breaker, Failure, Question, Source, Told, Verdict};
use vouch::domain::time::{Span, Ts};
use vouch::sources::exchange::{SourceSettings, Sources};

use super::bodies::cases;
use super::contract::page;
use super::outside::{Party, Says, settings, sources, verdict};

/// How often a question is tried, and when it is asked again, is the source's to say.
#[tokio::test]
async fn a_question_is_tried_again_as_the_source_allows() {
    let all = cases();
    let case = all.iter().find(|case| case.source == Source::UsCo).unwrap();
    let slow = |seconds: u32| {
        Says::Bytes(format!(
            "HTTP/1.1 429 Slow Down\r\nretry-after: {seconds}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        ))
    };
    let later = |span| Told::Failed(Failure::Retry { after: span });
    let rows = [
        (Says::Json(503, "{}".to_owned()), 3, later(None)),
        (slow(7), 1, later(Some(Span::secs(7)))),
        (slow(1), 3, later(Some(Span::secs(1)))),
        (slow(4_000_000), 1, later(Some(Span::hours(24)))),
        (Says::Json(403, "{}".to_owned()), 1, Told::Failed(Failure::Refused)),
        (Says::Json(200, "[7]".to_owned()), 1, Told::Failed(Failure::Schema)),
    ];
    for (says, asked, told) in rows {
        let party = Party::new(&case.book(says.clone())).await;
        let sources = sources(Source::UsCo, format!("http://127.0.0.1:{}", party.port));
        let answer = sources.ask(Source::UsCo, &case.question).await;
        assert_eq!((&answer.told, party.asked.lock().unwrap().len()), (&told, asked), "{says:?}");
        let raw = answer.evidence.raw.map(|raw| raw.expose().clone());
        let unread = told == Told::Failed(Failure::Schema);
        assert_eq!(raw, unread.then(|| "[7]".to_owned()), "{says:?}");
    }
}

/// No TLS where TLS has to be, and a host that nobody knows.
#[tokio::test]
async fn no_connection_is_no_answer() {
    let all = cases();
    let case = all.iter().find(|case| case.source == Source::UsCo).unwrap();
    let party = Party::new(&case.book(Says::Json(200, case.body.to_owned()))).await;
    for url in [format!("https://127.0.0.1:{}", party.port), "https://nowhere.invalid".to_owned()] {
        let answer = sources(Source::UsCo, url.clone()).ask(Source::UsCo, &case.question).await;
        let got = verdict(&answer, &case.question);
        assert_eq!(got, (Verdict::Unavailable, "RETRY".to_owned()), "{url}");
    }
}

/// What is asked on the way to the answer that matters may fail like that one.
#[tokio::test]
async fn a_step_before_the_answer_may_fail() {
    let mut shown = 0;
    for case in cases() {
        for (path, _) in case.before {
            for (says, reason) in [
                (Says::Json(403, "{}".to_owned()), "REFUSED"),
                (Says::Json(503, "{}".to_owned()), "RETRY"),
                (page("200 OK"), "SCHEMA"),
                (Says::Json(200, "7".to_owned()), "SCHEMA"),
            ] {
                let mut book = case.book(Says::Json(200, case.body.to_owned()));
                book.retain(|(known, _)| known != path);
                book.push((path, says.clone()));
                let party = Party::new(&book).await;
                let sources = sources(case.source, format!("http://127.0.0.1:{}", party.port));
                let answer = sources.ask(case.source, &case.question).await;
                let got = verdict(&answer, &case.question);
                let want = (Verdict::Unavailable, reason.to_owned());
                assert_eq!(got, want, "{} {path} {says:?}", case.source);
                shown += 1;
            }
        }
    }
    assert_eq!(shown, 5 * 4);
}

/// One that lets every request hang is not waited for longer than agreed, is counted, and after a few
/// questions left alone.
#[tokio::test]
async fn a_question_has_one_end_whatever_its_requests_take() {
    let all = cases();
    let case = all.iter().find(|case| case.source == Source::UsCo).unwrap();
    let party = Party::new(&case.book(Says::Silence)).await;
    let sources = sources(Source::UsCo, format!("http://127.0.0.1:{}", party.port));
    let sources = sources.within(Duration::from_millis(50));
    for _ in 0..5 {
        let answer = sources.ask(Source::UsCo, &case.question).await;
        assert_eq!(verdict(&answer, &case.question).1, "RETRY");
    }
    let status = sources.status().into_iter().find(|s| s.source == Source::UsCo).unwrap();
    assert_eq!(status.breaker, Breaker::Open);
    assert_eq!(status.outcomes.values().sum::<u64>(), 5);
    assert_eq!(status.last_failure.unwrap().1.as_str(), "RETRY");
}

/// Our own limit is no silence of theirs; and a dead host that a customer named says nothing about the
/// next one.
#[tokio::test]
async fn the_breaker_counts_the_silence_of_the_source_alone() {
    let all = cases();
    let of = |source| all.iter().find(|case| case.source == source).unwrap();
    let case = of(Source::UsCo);
    let party = Party::new(&case.book(Says::Json(200, case.body.to_owned()))).await;
    let url = format!("http://127.0.0.1:{}", party.port);
    let clock = Clock::movable(Ts::from_iso("2026-11-24T16:00:00Z").unwrap());
    let given = SourceSettings { per_minute: Some(1), ..settings(url) };
    let slow = Sources::new(&BTreeMap::from([(Source::UsCo, given)]), &clock).unwrap();
    let mut refused = 0;
    for number in 0..20 {
        let question = Question::of(&format!("2020123{number:04}"));
        let answer = slow.ask(Source::UsCo, &question).await;
        refused += usize::from(matches!(answer.told, Told::Failed(Failure::Retry { .. })));
    }
    assert!(refused > 5 && party.asked.lock().unwrap().len() + refused == 20, "{refused}");
    let closed = |sources: &Sources, source| {
        let status = sources.status().into_iter().find(|s| s.source == source).unwrap();
        assert_eq!(status.breaker, Breaker::Closed, "{source}");
    };
    closed(&slow, Source::UsCo);
    let case = of(Source::Rdap);
    let party = Party::new(&case.book(Says::Json(503, "{}".to_owned()))).await;
    let sources = sources(Source::Rdap, format!("http://127.0.0.1:{}", party.port));
    for number in 0..6 {
        let question = Question::of(&format!("dead{number}.com"));
        sources.ask(Source::Rdap, &question).await;
    }
    closed(&sources, Source::Rdap);
}
