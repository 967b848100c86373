//! Call-backs: one code a number, however often it is sent; tries that no resend gives back; caps
//! that a pump runs into; a lock for who guesses; and a code that a relay gets no A for.

use vouch::app::error::AppError;
use vouch::app::number_challenge::{self, Begun, NumberTried};
use vouch::app::{deliver, number};
use vouch::clock::Clock;
use vouch::domain::access::{Actor, Principal, Role, Roles};
use vouch::domain::attestation::{Attest, Reason};
use vouch::domain::callback::{CallbackRules, Extension};
use vouch::domain::command::challenge::{Channel, StartNumberChallenge, VerifyChallenge};
use vouch::domain::command::number::{GivenNumber, Numbers};
use vouch::domain::customer::Role as CustomerRole;
use vouch::domain::finding::Code;
use vouch::domain::ids::{ChallengeId, CustomerId, KeyId};
use vouch::domain::number::Tn;
use vouch::domain::pii::Secret;
use vouch::domain::time::{Span, Ts};
use vouch::jobs::retention;
use vouch::store::EngineKind;

use crate::support::apps::TestApp;
use crate::support::campaign::setting;
use crate::support::post::wrong;
use crate::support::stores::{TestStore, on_both_engines};
use crate::support::walk::text;

/// A service on a clock of its own, with a customer that claims numbers.
struct Scene {
    test: TestStore,
    app: TestApp,
    clock: Clock,
    customer: CustomerId,
}

const FIRST: &str = "+12126647600";
const SECOND: &str = "+12126647601";

impl Scene {
    async fn open(kind: EngineKind) -> Self {
        let clock = Clock::movable(Ts(1_800_000_000_000_000));
        let test = TestStore::with_clock(kind, clock.clone()).await;
        let app = TestApp::with_clock(&test, clock.clone()).await;
        let customer = app.customer("Heron Lake Supply Company", CustomerRole::EndUser).await;
        let scene = Self { test, app, clock, customer };
        scene.claim(&[FIRST.to_owned(), SECOND.to_owned()]).await;
        scene
    }

    fn rules(&self) -> CallbackRules {
        self.app.app.policies.at(self.clock.now()).unwrap().policy.callback.clone()
    }

    async fn claim(&self, numbers: &[String]) {
        for numbers in numbers.chunks(500) {
            let given = |tn: &String| GivenNumber { given: text(tn), tn: Tn::parse(tn) };
            let numbers = numbers.iter().map(given).collect();
            let write = self.app.write("ClaimNumbers");
            let ask = Numbers { write, customer: self.customer, numbers };
            number::claim(&self.app.app, &self.app.portal(), ask).await.unwrap();
        }
    }

    fn ask(&self, tn: &str) -> StartNumberChallenge {
        StartNumberChallenge {
            write: self.app.write("StartNumberChallenge"),
            customer: self.customer,
            number: Tn::parse(tn).unwrap(),
            channel: Channel::Voice,
            extension: None,
            keyed: false,
        }
    }

    async fn start(&self, ask: StartNumberChallenge) -> Result<Begun, AppError> {
        number_challenge::start(&self.app.app, &self.app.portal(), ask).await
    }

    /// Starts a call-back, sends what is to be sent, and gives the challenge with its message.
    async fn sent(&self, tn: &str) -> (Begun, serde_json::Value) {
        let begun = self.start(self.ask(tn)).await.unwrap();
        (begun.clone(), self.message(begun.started.challenge).await)
    }

    async fn message(&self, challenge: ChallengeId) -> serde_json::Value {
        deliver::deliver(&self.app.app, challenge.0).await.unwrap().unwrap();
        let file = std::fs::read(self.app.outbox.place(challenge.0)).unwrap();
        serde_json::from_slice(&file).unwrap()
    }

    fn answer(&self, challenge: ChallengeId, code: &str) -> VerifyChallenge {
        let code = Secret::new(code.as_bytes().to_vec());
        VerifyChallenge { write: self.app.write("VerifyNumberChallenge"), challenge, code }
    }

    async fn verify(&self, challenge: ChallengeId, code: &str) -> Result<NumberTried, AppError> {
        let ask = self.answer(challenge, code);
        number_challenge::verify(&self.app.app, &self.app.portal(), ask).await
    }

    /// What the provider's switch reports.
    async fn keyed(&self, challenge: ChallengeId, code: &str) -> Result<NumberTried, AppError> {
        let roles = Roles::of(&[Role::Provisioning]);
        let switch =
            Principal { actor: Actor::Key(KeyId(uuid::Uuid::from_u128(9))), client: None, roles };
        number_challenge::keyed(&self.app.app, &switch, self.answer(challenge, code)).await
    }

    async fn close(self) {
        drop(self.app);
        self.test.finish().await;
    }
}

fn exhausted(told: Result<Begun, AppError>) -> (&'static str, Span) {
    match told {
        Err(AppError::Exhausted { reason, retry, .. }) => (reason, retry),
        told => panic!("{told:?}"),
    }
}

async fn one_code(kind: EngineKind) {
    let scene = Scene::open(kind).await;
    let (first, told) = scene.sent(FIRST).await;
    let (challenge, code) = (first.started.challenge, told["code"].as_str().unwrap());
    assert_eq!((code.len(), first.started.tries_left), (6, 3));
    assert!(first.code.is_none());
    assert_eq!(scene.verify(challenge, &wrong(code, 1)).await, Ok(NumberTried::Wrong { left: 2 }));
    scene.clock.advance(Span::minutes(4));
    let again = scene.start(scene.ask(FIRST)).await.unwrap().started;
    assert_eq!((again.challenge, again.expires), (challenge, first.started.expires));
    assert_eq!(again.tries_left, 2, "a resend gives no try back");
    let sent = scene.test.number("SELECT count(*) FROM call_send").await;
    assert_eq!((sent, scene.test.number("SELECT count(*) FROM job").await >= 2), (2, true));
    assert_eq!(scene.verify(challenge, &wrong(code, 2)).await, Ok(NumberTried::Wrong { left: 1 }));
    assert_eq!(scene.verify(challenge, &wrong(code, 3)).await, Ok(NumberTried::Wrong { left: 0 }));
    assert_eq!(scene.verify(challenge, code).await, Ok(NumberTried::Used), "the fourth try");
    let (next, told) = scene.sent(FIRST).await;
    assert_ne!(next.started.challenge, challenge);
    let code = told["code"].as_str().unwrap();
    scene.clock.advance(Span::minutes(10));
    assert_eq!(scene.verify(next.started.challenge, code).await, Ok(NumberTried::Closed));
    scene.close().await;
}

on_both_engines!(a_resend_is_the_same_code_and_gives_no_try_back, |kind| one_code(kind));

async fn bound(kind: EngineKind) {
    let scene = Scene::open(kind).await;
    let (one, told) = scene.sent(FIRST).await;
    let (other, _) = scene.sent(SECOND).await;
    let code = told["code"].as_str().unwrap();
    let crossed = scene.verify(other.started.challenge, code).await;
    assert_eq!(crossed, Ok(NumberTried::Wrong { left: 2 }), "a code for another number");
    let stranger = TestApp::portal_of(scene.app.new_client("another").await);
    let ask = scene.answer(one.started.challenge, code);
    let told = number_challenge::verify(&scene.app.app, &stranger, ask).await;
    assert_eq!(told, Err(AppError::NotFound { what: "challenge" }));
    let passed = scene.verify(one.started.challenge, code).await;
    assert!(matches!(passed, Ok(NumberTried::Passed(_))), "{passed:?}");
    let again = scene.verify(one.started.challenge, code).await;
    assert_eq!(again, Ok(NumberTried::Closed), "a code passes once");
    scene.close().await;
}

on_both_engines!(a_code_is_worth_something_for_its_own_number_and_customer, |kind| bound(kind));

async fn keys(kind: EngineKind) {
    let scene = Scene::open(kind).await;
    let extension = Some(Extension::parse(",,204#").unwrap());
    let ask = StartNumberChallenge { keyed: true, extension, ..scene.ask(FIRST) };
    let begun = scene.start(ask.clone()).await.unwrap();
    let (challenge, code) = (begun.started.challenge, begun.code.unwrap().into_inner());
    let retry = scene.start(ask.clone()).await;
    assert!(
        matches!(retry, Err(AppError::Refused { reason: "SECRET_SHOWN", .. })),
        "a retry is not told the code again: {retry:?}"
    );
    let message = scene.message(challenge).await;
    assert_eq!(message["code"], "", "the switch does not know it");
    assert_eq!((&message["collect_digits"], &message["extension"]), (&6.into(), &",,204#".into()));
    assert!(message["text"].as_str().unwrap().contains("Heron Lake Supply Company"));
    let portal = scene.verify(challenge, &code).await;
    assert_eq!(portal, Err(AppError::NotFound { what: "challenge" }), "it shows the code itself");
    let ask_again = scene.answer(challenge, &code);
    let by_portal = number_challenge::keyed(&scene.app.app, &scene.app.portal(), ask_again).await;
    assert_eq!(by_portal, Err(AppError::NotFound { what: "challenge" }));
    // A code that is read out is another one: what the portal was shown opens nothing there.
    assert_eq!(scene.keyed(challenge, &wrong(&code, 1)).await, Ok(NumberTried::Wrong { left: 2 }));
    let (read, told) = scene.sent(FIRST).await;
    assert_ne!(read.started.challenge, challenge);
    assert_ne!(told["code"], code.as_str());
    assert_eq!(read.started.tries_left, 2, "the tries go on counting");
    assert_eq!(scene.keyed(challenge, &code).await, Ok(NumberTried::Closed));
    let keyed_read = scene.keyed(read.started.challenge, told["code"].as_str().unwrap()).await;
    assert_eq!(keyed_read, Err(AppError::NotFound { what: "challenge" }));
    let ask = StartNumberChallenge { write: scene.app.write("StartNumberChallenge"), ..ask };
    let begun = scene.start(ask).await.unwrap();
    let code = begun.code.unwrap().into_inner();
    let passed = scene.keyed(begun.started.challenge, &code).await;
    assert!(matches!(passed, Ok(NumberTried::Passed(_))), "{passed:?}");
    scene.close().await;
}

on_both_engines!(a_keyed_code_is_reported_by_the_switch_and_never_by_who_shows_it, |kind| {
    keys(kind)
});

async fn pump(kind: EngineKind) {
    let scene = Scene::open(kind).await;
    let rules = scene.rules();
    let numbers: Vec<String> = (0..1_000).map(|n| format!("+1415666{n:04}")).collect();
    scene.claim(&numbers).await;
    let mut sent = 0;
    for tn in &numbers {
        scene.clock.advance(Span::secs(1));
        match scene.start(scene.ask(tn)).await {
            Ok(_) => sent += 1,
            told => {
                let (reason, retry) = exhausted(told);
                assert_eq!(reason, "TOO_MANY_CODES_TO_PREFIX");
                assert!(retry > Span::hours(23) && retry < Span::hours(24), "{retry:?}");
            }
        }
    }
    assert_eq!(sent, rules.prefix_sends_a_day, "of 1,000 starts over one prefix");
    assert_eq!(scene.test.number("SELECT count(*) FROM call_send").await, i64::from(sent));
    // Another prefix is free, up to the cap of the customer.
    let others: Vec<String> = (700..900)
        .filter(|exchange| exchange % 100 != 11)
        .map(|exchange| format!("+1415{exchange:03}0000"))
        .collect();
    scene.claim(&others).await;
    let mut refused = Vec::new();
    for tn in &others {
        if let told @ Err(_) = scene.start(scene.ask(tn)).await {
            refused.push(exhausted(told).0);
        }
    }
    let room = rules.customer_sends_a_day - sent;
    assert_eq!(refused, vec!["TOO_MANY_CODES_OF_CUSTOMER"; others.len() - room as usize]);
    scene.clock.advance(Span::hours(24));
    assert!(scene.start(scene.ask(&numbers[999])).await.is_ok(), "the window has moved on");
    scene.close().await;
}

on_both_engines!(a_pump_stops_at_the_caps_and_is_told_when_to_come_back, |kind| pump(kind));

async fn limits(kind: EngineKind) {
    let scene = Scene::open(kind).await;
    let rules = scene.rules();
    for _message in 0..rules.number_sends_an_hour {
        scene.start(scene.ask(FIRST)).await.unwrap();
        scene.clock.advance(Span::minutes(1));
    }
    let (reason, retry) = exhausted(scene.start(scene.ask(FIRST)).await);
    assert_eq!(reason, "TOO_MANY_CODES");
    // The causes push times on by microseconds; the wait is exact otherwise.
    let expected = Span::minutes(60 - i64::from(rules.number_sends_an_hour));
    assert!((retry.0 - expected.0).abs() < 1_000, "{retry:?}");
    scene.clock.advance(Span(retry.0 + 1_000));
    scene.start(scene.ask(FIRST)).await.unwrap();

    // Abroad the caps are lower, and some prefixes are never called.
    let abroad: Vec<String> =
        (0..=rules.foreign_sends_a_day).map(|n| format!("+1876{:03}0000", 220 + n)).collect();
    let closed = ["+448712345678", "+979123456789"].map(str::to_owned);
    scene.claim(&abroad).await;
    scene.claim(&closed).await;
    for (nth, tn) in (0..).zip(&abroad) {
        let told = scene.start(scene.ask(tn)).await;
        if nth < rules.foreign_sends_a_day {
            told.unwrap();
        } else {
            assert_eq!(exhausted(told).0, "TOO_MANY_CODES_TO_COUNTRY");
        }
    }
    for tn in &closed {
        let told = scene.start(scene.ask(tn)).await;
        let Err(AppError::Invalid(faults)) = told else { panic!("{told:?}") };
        assert_eq!(faults[0].reason, "DESTINATION_CLOSED");
    }
    // What was sent is forgotten when no cap counts it any more.
    scene.clock.advance(Span(retention::CHALLENGES.0 + Span::days(1).0));
    while retention::step(&scene.app.app).await.unwrap() > 0 {}
    for table in ["SELECT count(*) FROM call_send", "SELECT count(*) FROM call_lane"] {
        assert_eq!(scene.test.number(table).await, 0, "{table}");
    }
    scene.close().await;
}

on_both_engines!(each_number_and_each_country_has_its_cap, |kind| limits(kind));

async fn guesses(kind: EngineKind) {
    let scene = Scene::open(kind).await;
    let rules = scene.rules();
    let numbers: Vec<String> = (0..8).map(|n| format!("+1231723{:04}", 2_000 + n)).collect();
    scene.claim(&numbers).await;
    let mut failures = 0;
    let mut ended = None;
    'guessing: for tn in &numbers {
        let (begun, told) = scene.sent(tn).await;
        for nth in 1..=rules.tries {
            let guess = wrong(told["code"].as_str().unwrap(), nth);
            failures += 1;
            match scene.verify(begun.started.challenge, &guess).await.unwrap() {
                NumberTried::Wrong { .. } => {}
                told => {
                    ended = Some(told);
                    break 'guessing;
                }
            }
        }
    }
    assert_eq!(failures, rules.failures);
    assert!(matches!(ended, Some(NumberTried::Locked { .. })), "{ended:?}");
    let file = scene.app.file(scene.customer).await;
    let found: Vec<_> = file.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(found, [Code::CallbackFailures]);
    let open = "SELECT count(*) FROM challenge WHERE state = 'OPEN'";
    assert_eq!(scene.test.number(open).await, 0, "a lock ends the open codes");
    let (reason, retry) = exhausted(scene.start(scene.ask(FIRST)).await);
    assert_eq!(reason, "CALLBACK_LOCKED");
    assert!(retry <= Span::hours(24) && retry > Span::hours(23), "{retry:?}");
    scene.clock.advance(Span(Span::hours(24).0 + 1_000));
    assert!(scene.start(scene.ask(FIRST)).await.is_ok());
    scene.close().await;
}

on_both_engines!(ten_wrong_codes_lock_and_are_told_to_a_reviewer, |kind| guesses(kind));

/// A customer claims somebody else's number, has the code sent there, and talks its subscriber into
/// reading it out. What it gains is B at most, and the subscriber was told by whom and for what.
async fn relay(kind: EngineKind) {
    let clock = Clock::movable(Clock::system().now());
    let test = TestStore::with_clock(kind, clock.clone()).await;
    let (app, _victim) = crate::support::walk::with_a_number(&test, &clock).await;
    let attacker = app.active("Quick Fortune Calls Company", 2).await;
    app.trunk(attacker, "t2").await;
    let stolen = "+15072847100";
    app.claim(attacker, stolen).await;
    let challenge = app.called_back(attacker, stolen).await;
    let file = std::fs::read(app.outbox.place(challenge.0)).unwrap();
    let heard: serde_json::Value = serde_json::from_slice(&file).unwrap();
    let said = heard["text"].as_str().unwrap();
    for word in
        ["Test Telephone", "Quick Fortune Calls Company", "for its outgoing calls", "hang up"]
    {
        assert!(said.contains(word), "{word}: {said}");
    }
    app.caught_up(&test).await;
    let got = app.ask("t2", stolen, "12126647665");
    assert_eq!(got.attest, Attest::B, "{got:?}");
    assert!(got.reasons.as_slice().contains(&Reason::PartialEvidence), "{got:?}");
    let held = app.ask("t1", stolen, "12126647665");
    assert_eq!(held.attest, Attest::A, "who has it keeps it: {held:?}");
    drop(app);
    test.finish().await;
}

on_both_engines!(a_relayed_code_gives_no_a_and_takes_none, |kind| relay(kind));

/// How often a text reads what is kept of a code.
fn reads_of_hashes(text: &str) -> usize {
    text.matches(".code_hash").count()
}

/// Whether the function that compares leaves the comparing to the library, which takes as long for
/// every byte that differs.
fn is_constant(seal: &str) -> bool {
    let (_, rest) = seal.split_once("pub fn pepper_matches(").unwrap();
    let body = rest.split_once("\n    }").unwrap().0;
    body.contains("hmac::verify(") && !body.contains("==")
}

/// What is kept of a code is read in one place of the use cases, and compared in constant time.
#[test]
fn what_is_kept_of_a_code_is_read_once_and_compared_by_the_library() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let folder = std::fs::read_dir(source.join("app")).unwrap();
    let files = folder.map(|file| file.unwrap().path()).filter(|path| path.is_file());
    let reads: usize =
        files.map(|path| reads_of_hashes(&std::fs::read_to_string(path).unwrap())).sum();
    assert_eq!(reads, 1, "what is kept of a code is read once");
    assert!(is_constant(&std::fs::read_to_string(source.join("store/seal.rs")).unwrap()));
    assert_eq!(reads_of_hashes("let right = row.code_hash == given;"), 1);
    let plain = "pub fn pepper_matches(&self) -> bool {\n        self.tag(given) == stored\n    }";
    assert!(!is_constant(plain));
}

/// Right codes and wrong ones, in turn; the medians are printed. Beside other work a machine's times
/// scatter, so in the tests only a difference that no scatter explains fails; in the campaign, which is
/// optimised, a code that differs in its first digit takes as long as one that does in its last.
#[tokio::test]
async fn right_and_wrong_codes_take_the_same_time() {
    use vouch::app::challenge::is_code;

    let rounds = usize::try_from(setting("VOUCH_TIMINGS", 20_000)).unwrap();
    let test = TestStore::new(EngineKind::Sqlite).await;
    let sealer = test.store.sealer();
    let challenge = ChallengeId(uuid::Uuid::from_u128(7));
    let stored = sealer.pepper(&[challenge.0.as_bytes().as_slice(), b"493817"].concat());
    let codes = ["493817", "593817", "493818", "000000"];
    let codes = codes.map(|code| Secret::new(code.as_bytes().to_vec()));
    let mut times = codes.each_ref().map(|_| Vec::with_capacity(rounds));
    for round in 0..rounds {
        for turn in 0..codes.len() {
            let which = (round + turn) % codes.len();
            let began = tokio::time::Instant::now();
            let right = is_code(sealer, challenge, &codes[which], &stored);
            times[which].push(began.elapsed().as_nanos());
            assert_eq!(right, which == 0);
        }
    }
    let medians = times.map(|mut all| {
        all.sort_unstable();
        all[all.len() / 2]
    });
    println!(
        "{rounds} rounds; median nanoseconds: right {}, first digit wrong {}, last digit wrong {}, all wrong {}",
        medians[0], medians[1], medians[2], medians[3]
    );
    let (least, most) = (medians.iter().min().unwrap(), medians.iter().max().unwrap());
    assert!(*most < least * 3 / 2, "{medians:?}");
    if !cfg!(debug_assertions) {
        let (head, tail) = (medians[1], medians[2]);
        assert!(head.abs_diff(tail) * 50 <= head.max(tail) + 50, "{medians:?}");
    }
    test.finish().await;
}
