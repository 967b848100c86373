//! The one contract: every source replays its documented answer and every failure of the result
//! table, and each ends as the table says.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use vouch::clock::Clock;
use vouch::domain::check::{Breaker, Question, Source, Verdict};
use vouch::domain::time::{Span, Ts};
use vouch::sources::exchange::{SourceSettings, Sources, terms};

use super::bodies::{Case, cases};
use super::outside::{Party, Says, hearing, settings, sources, verdict};

async fn ends(case: &Case, says: Says) -> (Verdict, String) {
    let party = Party::new(&case.book(says.clone())).await;
    let sources = hearing(case.source, format!("http://127.0.0.1:{}", party.port), &says);
    let answer = sources.ask(case.source, &case.question).await;
    assert_eq!(answer.evidence.source, case.source.as_str());
    let shown = format!("{:?}", serde_json::to_string(&answer).unwrap());
    assert!(!shown.contains("s3cret"), "{}: {shown}", case.source);
    verdict(&answer, &case.question)
}

pub(super) fn page(status: &str) -> Says {
    let body = "<!DOCTYPE html><html><body>Please verify that you are human</body></html>";
    Says::Bytes(format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    ))
}

#[tokio::test]
async fn the_documented_answer_of_every_source() {
    for case in cases() {
        let (verdict, reason) = ends(&case, Says::Json(200, case.body.to_owned())).await;
        assert_eq!(reason, case.good, "{}", case.source);
        let want = if case.good == "MATCHED" { Verdict::Pass } else { Verdict::Review };
        assert_eq!(verdict, want, "{}", case.source);
    }
}

/// What a 404 comes to that any gateway may have said.
fn anyone(case: &Case) -> &'static str {
    match case.source {
        Source::Gleif | Source::CompaniesHouse => "SCHEMA",
        _ => case.missing,
    }
}

/// Every failure of the table with the reason it has to end in.
fn failures(case: &Case) -> Vec<(Says, &'static str)> {
    let spoiled = case.body.replacen(case.unknown.0, case.unknown.1, 1);
    let without = case.body.replacen(case.required, "", 1);
    let cut: String = case.body.chars().take(case.body.len() * 2 / 3).collect();
    assert!(spoiled != case.body && without != case.body, "{}", case.source);
    let large = format!("[\"{}\"]", "x".repeat(terms(case.source).max_body));
    let head = |status: &str| {
        Says::Bytes(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"))
    };
    let json = |status, body: &str| Says::Json(status, body.to_owned());
    vec![
        (json(401, "{}"), "REFUSED"),
        (json(403, "{}"), "REFUSED"),
        (page("403 Forbidden"), "REFUSED"),
        (json(402, "{}"), "QUOTA"),
        (json(404, case.none), case.missing),
        (json(404, "{}"), anyone(case)),
        (json(404, ""), anyone(case)),
        (page("404 Not Found"), "SCHEMA"),
        (head("429 Slow Down\r\nretry-after: 7"), "RETRY"),
        (json(500, "{}"), "RETRY"),
        (Says::Silence, "RETRY"),
        (Says::HangUp, "RETRY"),
        (head("302 Found\r\nlocation: http://127.0.0.1:1/"), "SCHEMA"),
        (page("200 OK"), "SCHEMA"),
        (json(200, ""), "SCHEMA"),
        (json(200, "{}"), "SCHEMA"),
        (Says::Json(200, spoiled), "SCHEMA"),
        (Says::Json(200, without), "SCHEMA"),
        (Says::Json(200, cut), "SCHEMA"),
        (Says::Json(200, large), "SCHEMA"),
    ]
}

#[tokio::test]
async fn every_failure_ends_as_the_table_says() {
    let all = cases();
    let rows = all.iter().flat_map(|case| failures(case).into_iter().map(move |row| (case, row)));
    let shown = join_all(rows.map(|(case, (says, reason))| async move {
        let told = format!("{} {:.60}", case.source, format!("{says:?}"));
        let (verdict, got) = ends(case, says).await;
        assert_eq!(got, reason, "{told}");
        let want = if reason == "NOT_FOUND" { Verdict::Fail } else { Verdict::Unavailable };
        assert_eq!(verdict, want, "{told}");
    }))
    .await
    .len();
    println!("{shown} failures of {} sources", all.len());
    assert_eq!((shown, all.len()), (20 * 18, 18));
}

#[tokio::test]
async fn what_is_not_set_up_or_not_there_says_so() {
    let none = Sources::none(&Clock::system());
    for source in Source::ALL {
        let question = Question::of("example.com");
        let answer = none.ask(*source, &question).await;
        let got = verdict(&answer, &question);
        assert_eq!(got, (Verdict::Unavailable, "NOT_CONFIGURED".to_owned()), "{source}");
    }
    join_all(cases().iter().map(|case| async move {
        let sources = sources(case.source, "http://127.0.0.1:9".to_owned());
        let answer = sources.ask(case.source, &case.question).await;
        assert_eq!(verdict(&answer, &case.question).1, "RETRY", "{}", case.source);
    }))
    .await;
}

/// An answer: of which source, in which body.
type Body = (Source, String);

/// The documented body with one thing changed.
fn said(source: Source, from: &str, to: &str) -> Body {
    let case = cases().into_iter().find(|case| case.source == source).unwrap();
    assert!(case.body.contains(from), "{source} {from}");
    (source, case.body.replacen(from, to, 1))
}

fn of_firms() -> Vec<(Body, &'static str, &'static str)> {
    use Source::{CompaniesHouse, Gleif, UsCo, UsNy, UsTx};
    let house = |from, to| said(CompaniesHouse, from, to);
    let detail = "\"company_status_detail\":\"active-proposal-to-strike-off\"";
    let overdue = "\"accounts\":{\"overdue\":true}";
    let supplied = "ENTITY_SUPPLIED_ONLY";
    vec![
        (said(Gleif, "Kommstart 174 AB (publ)", "Norrlands Guldsmide AB"), "FAIL", "NAME_MISMATCH"),
        (said(Gleif, "ISSUED", "LAPSED"), "REVIEW", "LEI_LAPSED"),
        (said(Gleif, "ISSUED", "RETIRED"), "FAIL", "LEI_RETIRED"),
        (said(Gleif, "\"ACTIVE\"", "\"INACTIVE\""), "FAIL", "ENTITY_INACTIVE"),
        (said(Gleif, "FULLY_CORROBORATED", supplied), "REVIEW", "LEI_NOT_CORROBORATED"),
        (said(Gleif, "\"jurisdiction\":\"SE\",", ""), "UNAVAILABLE", "SCHEMA"),
        (said(Gleif, "jurisdiction\":\"SE\"", "jurisdiction\":\"NO\""), "REVIEW", "FIELD_DIFFERS"),
        (house("\"active\"", "\"dissolved\""), "FAIL", "DISSOLVED"),
        (house("\"active\"", "\"liquidation\""), "REVIEW", "INSOLVENCY"),
        (house("\"accounts\":{\"overdue\":false}", overdue), "REVIEW", "FILING_OVERDUE"),
        (house("\"type\":\"ltd\"", detail), "REVIEW", "STATUS_DETAIL"),
        (said(UsCo, "Good Standing", "Delinquent"), "REVIEW", "DELINQUENT"),
        (said(UsCo, "Good Standing", "Voluntarily Dissolved"), "FAIL", "DISSOLVED"),
        ((UsCo, "[]".to_owned()), "FAIL", "NOT_FOUND"),
        ((UsNy, "[]".to_owned()), "UNAVAILABLE", "NO_COVERAGE"),
        (said(UsTx, "code\":\"A\"", "code\":\"N\""), "FAIL", "FORFEITED"),
    ]
}

fn of_others() -> Vec<(Body, &'static str, &'static str)> {
    use Source::{Rdap, SecEdgar, Smarty, Telnyx, Twilio, Usps, Vies, Watchman, Yente};
    let fault = |word| {
        let body = r#"{"actionSucceed":false,"errorWrappers":[{"error":"WORD"}]}"#;
        (Vies, body.replace("WORD", word))
    };
    let hit = r#""results":[{"id":"NK-A7z","caption":"AEROCARIBBEAN AIRLINES","score":0.91}],"#;
    let wrapped =
        r#""entities":[{"entity":{"name":"AEROCARIBBEAN","sourceID":"36"},"match":0.94}]"#;
    let not_confirmed = "\"DPVConfirmation\":\"D\"";
    vec![
        (said(Vies, "\"valid\":true", "\"valid\":false"), "FAIL", "NOT_FOUND"),
        (said(Vies, "GOOGLE IRELAND LIMITED", "---"), "REVIEW", "NAME_NOT_TOLD"),
        (fault("MS_MAX_CONCURRENT_REQ"), "UNAVAILABLE", "RETRY"),
        (fault("INVALID_INPUT"), "FAIL", "NOT_FOUND"),
        (fault("SOMETHING_NEW"), "UNAVAILABLE", "SCHEMA"),
        (said(SecEdgar, "942404110", "000000000"), "UNAVAILABLE", "NO_COVERAGE"),
        (said(SecEdgar, "942404110", "941111111"), "REVIEW", "FIELD_DIFFERS"),
        (said(Usps, "\"DPVCMRA\":\"N\"", "\"DPVCMRA\":\"Y\""), "REVIEW", "MAIL_DROP"),
        (said(Usps, "\"DPVConfirmation\":\"Y\"", not_confirmed), "REVIEW", "ADDRESS_NOT_CONFIRMED"),
        (said(Usps, "\"DPVCMRA\":\"N\"", "\"DPVCMRA\":\"\""), "REVIEW", "FLAG_NOT_TOLD"),
        (said(Usps, "\"vacant\":\"N\"", "\"vacant\":\"\""), "REVIEW", "FLAG_NOT_TOLD"),
        (said(Usps, "\"code\":\"31\"", "\"code\":\"32\""), "REVIEW", "ADDRESS_NOT_EXACT"),
        (
            said(Usps, "{\"code\":\"31\",\"text\":\"Single Response - exact match\"}", ""),
            "REVIEW",
            "ADDRESS_NOT_EXACT",
        ),
        (said(Usps, "3120 M ST NW", "3122 M ST NW"), "REVIEW", "FIELD_DIFFERS"),
        (said(Usps, "\"20007\"", "\"20008\""), "REVIEW", "FIELD_DIFFERS"),
        (said(Smarty, "3120 M St", "3122 M St"), "REVIEW", "FIELD_DIFFERS"),
        (said(Smarty, "DC 20007-3704", "VA 20007-3704"), "REVIEW", "FIELD_DIFFERS"),
        (said(Smarty, "\"dpv_cmra\":\"N\",", ""), "REVIEW", "FLAG_NOT_TOLD"),
        (said(Smarty, "\"dpv_vacant\":\"N\"", "\"dpv_vacant\":\"\""), "REVIEW", "FLAG_NOT_TOLD"),
        (said(Smarty, "no_stat\":\"N\"", "no_stat\":\"Y\""), "REVIEW", "NO_MAIL_DELIVERED"),
        (said(Smarty, "\"active\":\"Y\"", "\"active\":\"N\""), "REVIEW", "ADDRESS_NOT_ACTIVE"),
        (said(Telnyx, "\"valid_number\":true,", ""), "REVIEW", "VALIDITY_NOT_TOLD"),
        (said(Telnyx, "\"name\":\"Telnyx\",", ""), "REVIEW", "CARRIER_NOT_TOLD"),
        (said(Rdap, "2036-08-13", "2016-08-13"), "REVIEW", "DOMAIN_EXPIRED"),
        (said(Twilio, "\"error_code\":null", "\"error_code\":60607"), "UNAVAILABLE", "RETRY"),
        (said(Twilio, "\"valid\":true", "\"valid\":false"), "FAIL", "NUMBER_INVALID"),
        (said(Yente, "\"results\":[],", hit), "REVIEW", "HIT"),
        (said(Yente, "EXAMPLE WIDGETS LLC", "EXAMPLE"), "UNAVAILABLE", "SCHEMA"),
        (said(Watchman, "\"entities\":[]", wrapped), "REVIEW", "HIT"),
    ]
}

#[tokio::test]
async fn another_name_an_end_and_a_miss() {
    let all = cases();
    for ((source, body), verdict, reason) in of_firms().into_iter().chain(of_others()) {
        let case = all.iter().find(|case| case.source == source).unwrap();
        let shown = body.clone();
        let (got, why) = ends(case, Says::Json(200, body)).await;
        assert_eq!((got.as_str(), why.as_str()), (verdict, reason), "{source} {shown}");
    }
}

#[tokio::test]
async fn engines_without_fresh_lists_say_nothing() {
    let stale = [
        (
            Source::Yente,
            "/catalog",
            r#"{"datasets":[{"name":"default"}],"outdated":["us_ofac_sdn"],"index_stale":false}"#,
        ),
        (
            Source::Yente,
            "/catalog",
            r#"{"datasets":[{"name":"default"}],"outdated":[],"index_stale":true}"#,
        ),
        (Source::Yente, "/catalog", r#"{"datasets":[],"outdated":[],"index_stale":false}"#),
        (Source::Yente, "/catalog", r#"{"datasets":[{"name":"default"}]}"#),
        (Source::Watchman, "/v2/listinfo", r#"{"lists":{"us_ofac":0},"endedAt":"TODAY"}"#),
        (Source::Watchman, "/v2/listinfo", r#"{"lists":{"uk_csl":9},"endedAt":"TODAY"}"#),
        (
            Source::Watchman,
            "/v2/listinfo",
            r#"{"lists":{"us_ofac":17646},"endedAt":"2026-01-01T00:00:00Z"}"#,
        ),
    ];
    for (source, path, body) in stale {
        let case = cases().into_iter().find(|case| case.source == source).unwrap();
        let book = [
            (path, Says::Json(200, body.to_owned())),
            (case.path, Says::Json(200, case.body.to_owned())),
        ];
        let party = Party::new(&book).await;
        let sources = sources(source, format!("http://127.0.0.1:{}", party.port));
        let answer = sources.ask(source, &case.question).await;
        let (result, reason) = verdict(&answer, &case.question);
        let want = if body.contains("endedAt") || body.contains("index_stale") {
            "STALE"
        } else {
            // One that does not say how old it is.
            "SCHEMA"
        };
        assert_eq!((result, reason.as_str()), (Verdict::Unavailable, want), "{body}");
    }
}

#[tokio::test]
async fn an_answer_is_kept_until_it_is_old_and_its_evidence_is_whole() {
    let all = cases();
    let case = all.iter().find(|case| case.source == Source::Gleif).unwrap();
    let party = Party::new(&case.book(Says::Json(200, case.body.to_owned()))).await;
    let clock = Clock::movable(Ts::from_iso("2026-11-24T16:00:00Z").unwrap());
    let url = format!("http://127.0.0.1:{}", party.port);
    let given = SourceSettings { max_age: Some(Span::hours(2)), ..settings(url) };
    let sources = Sources::new(&BTreeMap::from([(Source::Gleif, given)]), &clock).unwrap();
    let answer = sources.ask(Source::Gleif, &case.question).await;
    let evidence = &answer.evidence;
    assert!(evidence.carries(clock.now()));
    assert_eq!(evidence.record.expose(), "636700STJZG4U8W2I596");
    assert_eq!(evidence.request.expose(), "GET /api/v1/lei-records/636700STJZG4U8W2I596");
    assert_eq!(evidence.source_as_of, Ts::from_iso("2026-06-12"));
    assert_eq!(evidence.expires_at, clock.now().plus(Span::hours(2)));
    let fields: Vec<&str> = evidence.compared.iter().map(|c| c.field.as_str()).collect();
    assert_eq!(fields, ["name", "lei", "jurisdiction"]);
    for (hours, asked) in [(1, 1), (2, 2)] {
        clock.advance(Span::hours(hours));
        sources.ask(Source::Gleif, &case.question).await;
        assert_eq!(party.asked.lock().unwrap().len(), asked, "{hours}");
    }
    // A miss is not kept for as long: the record may come any day.
    let (path, none) = (case.path, Says::Json(404, case.none.to_owned()));
    let party = Party::new(&[(path, none)]).await;
    let given = settings(format!("http://127.0.0.1:{}", party.port));
    let sources = Sources::new(&BTreeMap::from([(Source::Gleif, given)]), &clock).unwrap();
    for (minutes, asked) in [(0, 1), (59, 1), (2, 2)] {
        clock.advance(Span::minutes(minutes));
        sources.ask(Source::Gleif, &case.question).await;
        assert_eq!(party.asked.lock().unwrap().len(), asked, "{minutes}");
    }
}

#[tokio::test]
async fn a_source_that_is_silent_is_left_alone_and_tried_again() {
    let all = cases();
    let case = all.iter().find(|case| case.source == Source::UsCo).unwrap();
    let party = Party::new(&case.book(Says::Json(503, "{}".to_owned()))).await;
    let clock = Clock::movable(Ts::from_iso("2026-11-24T16:00:00Z").unwrap());
    let url = format!("http://127.0.0.1:{}", party.port);
    let sources = Sources::new(&BTreeMap::from([(Source::UsCo, settings(url))]), &clock).unwrap();
    let ask = || sources.ask(Source::UsCo, &case.question);
    for _ in 0..5 {
        ask().await;
        // The limiter counts by this clock too.
        clock.advance(Span::secs(4));
    }
    let asked = party.asked.lock().unwrap().len();
    let answer = ask().await;
    assert_eq!(verdict(&answer, &case.question).1, "RETRY");
    assert_eq!(party.asked.lock().unwrap().len(), asked, "an open breaker asks nobody");
    let status = |source| sources.status().into_iter().find(|s| s.source == source).unwrap();
    assert_eq!(status(Source::UsCo).breaker, Breaker::Open);
    assert_eq!(status(Source::UsCo).last_failure.unwrap().1.as_str(), "RETRY");
    assert!(!status(Source::Gleif).configured);
    clock.advance(Span::secs(31));
    ask().await;
    assert!(party.asked.lock().unwrap().len() > asked, "after a pause it is tried");
}

#[tokio::test]
async fn the_postal_service_has_one_token_for_everybody() {
    let all = cases();
    let case = all.iter().find(|case| case.source == Source::Usps).unwrap();
    let party = Party::new(&case.book(Says::Json(200, case.body.to_owned()))).await;
    let sources = sources(Source::Usps, format!("http://127.0.0.1:{}", party.port));
    let questions: Vec<Question> =
        (1..=5).map(|n| Question::of(&format!("{n} M St NW, Washington, DC 20007"))).collect();
    let all = questions.iter().map(|question| sources.ask(Source::Usps, question));
    join_all(all).await;
    let asked = party.asked.lock().unwrap();
    let tokens = asked.iter().filter(|text| text.starts_with("POST /oauth2/v3/token")).count();
    assert_eq!((tokens, asked.len()), (1, 6));
    let with =
        asked.iter().filter(|text| text.contains("authorization: Bearer t0ken-s3cret")).count();
    assert_eq!(with, 5);
}

#[tokio::test]
async fn secrets_go_where_the_source_wants_them() {
    let wants = [
        (Source::CompaniesHouse, "authorization: Basic azN5LXMzY3JldDo="),
        (Source::Twilio, "authorization: Basic dGVzdGVyQGV4YW1wbGUuY29tOmszeS1zM2NyZXQ="),
        (Source::Telnyx, "authorization: Bearer k3y-s3cret"),
        (Source::Smarty, "auth-id=tester%40example.com&auth-token=k3y-s3cret"),
        (Source::UsCo, "x-app-token: k3y-s3cret"),
        (Source::SecEdgar, "tester@example.com"),
        (Source::Yente, "authorization: Apikey k3y-s3cret"),
    ];
    for (source, want) in wants {
        let case = cases().into_iter().find(|case| case.source == source).unwrap();
        let party = Party::new(&case.book(Says::Json(200, case.body.to_owned()))).await;
        let sources = sources(source, format!("http://127.0.0.1:{}", party.port));
        sources.ask(source, &case.question).await;
        let asked = party.asked.lock().unwrap();
        assert!(asked.last().unwrap().contains(want), "{source}: {asked:?}");
    }
}

#[test]
fn only_settings_that_keep_the_question_private_are_taken() {
    let set = |source, given: SourceSettings| {
        Sources::new(&BTreeMap::from([(source, given)]), &Clock::system()).map(|_| ())
    };
    for url in [
        "gleif",
        "ftp://api.gleif.org",
        "http://api.gleif.org",
        "https://u:p@api.gleif.org",
        "https://x.org/?a=b",
    ] {
        let why = set(Source::Gleif, settings(url.to_owned())).unwrap_err().to_string();
        assert!(why.starts_with("sources.gleif: "), "{why}");
    }
    let no_key = SourceSettings { key: None, ..settings("https://api.telnyx.com".to_owned()) };
    assert!(set(Source::Telnyx, no_key).is_err());
    let nobody =
        SourceSettings { user: String::new(), ..settings("https://data.sec.gov".to_owned()) };
    assert!(set(Source::SecEdgar, nobody).is_err());
    assert!(set(Source::Gleif, settings("https://api.gleif.org".to_owned())).is_ok());
}
