//! The life of evidence, instant by instant, against a table that was written from `decision.md`
//! (`tests/vectors/evidence_life.json`, which names the one row that is not): in the rules, and from the call to the store and back.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use uuid::Uuid;
use vouch::app::certificate::ProofTried;
use vouch::app::gate::Decision;
use vouch::app::number_event::Came;
use vouch::app::{dispute, evidence, number, proposal, publish};
use vouch::clock::Clock;
use vouch::domain::attestation::{
    Answer, AttestationPolicy, Call, Cap, CustomerFacts, EvidenceKind, Freshness, NumberFacts,
    PlainFacts, Shown, TrunkAuth, TrunkFacts, TrunkKind, TrunkMode, decide,
};
use vouch::domain::command::dispute::{OpenDispute, ResolveDispute};
use vouch::domain::command::number::{AddEvidence, RevokeEvidence};
use vouch::domain::command::review::{ConfirmProposal, DecideCustomer};
use vouch::domain::dispute::Resolution;
use vouch::domain::document::Kind as DocumentKind;
use vouch::domain::evidence::{Approval, Detail, Evidence, grants};
use vouch::domain::ids::{CustomerId, DisputeId, EvidenceId, NumberId, Origid};
use vouch::domain::number::{Category, Tn};
use vouch::domain::number_event::{Kind, NumberEvent, Seen, Stocked, TollFreeStatus, judge};
use vouch::domain::number_file::NumberFile;
use vouch::domain::pii::Pii;
use vouch::domain::policy::NumberLife;
use vouch::domain::time::{Span, Ts};

use super::certificates;
use super::number_events::{event, tell};
use super::support::apps::TestApp;
use super::support::authority::{Authority, Wanted, one, range};
use super::support::stores::{TestStore, on_both_stores_in_time};
use super::support::walk::with_a_number;

const TABLE: &str = include_str!("../vectors/evidence_life.json");

fn table() -> Value {
    serde_json::from_str(TABLE).unwrap()
}

fn want(table: &Value, path: &[&str]) -> String {
    let found = path.iter().fold(table, |at, key| &at[*key]);
    found.as_str().unwrap_or_else(|| panic!("no {path:?} in the table")).to_owned()
}

fn who(n: u128) -> CustomerId {
    CustomerId(Uuid::from_u128(n))
}

fn piece(n: u128, kind: EvidenceKind, until: Ts) -> Evidence {
    Evidence {
        id: EvidenceId(Uuid::from_u128(n)),
        number: NumberId(Uuid::from_u128(9)),
        customer: who(1),
        kind,
        source: "test".to_owned(),
        detail: Detail { signed_at: Some(SINCE), ..Detail::default() },
        document: None,
        verified_at: SINCE,
        expires_at: until,
        revoked_at: None,
        by: "test".to_owned(),
    }
}

const SINCE: Ts = Ts(1_800_000_000_000_000);
const UNTIL: Ts = Ts(1_800_100_000_000_000);

/// What is said of the number, and whether its customer is active.
struct Told<'a> {
    evidence: &'a [Evidence],
    cap: Cap,
    category: Category,
    active: bool,
    policy: AttestationPolicy,
}

impl<'a> Told<'a> {
    fn of(evidence: &'a [Evidence]) -> Self {
        let policy = AttestationPolicy::default();
        Self { evidence, cap: Cap::A, category: Category::Assignable, active: true, policy }
    }

    fn at(&self, now: Ts) -> String {
        let grants = grants(self.evidence, &[], |_| true);
        let facts = NumberFacts { category: self.category, foreign: false, cap: self.cap, grants };
        words(&answer(facts, self.active, &self.policy, now))
    }
}

fn words(answer: &Answer) -> String {
    let level = serde_json::to_value(answer.attest).unwrap();
    let reason = serde_json::to_value(answer.reasons.first()).unwrap();
    format!("{} {}", level.as_str().unwrap(), reason.as_str().unwrap())
}

/// The answer on a trunk of the holder, on fresh facts.
fn answer(orig: NumberFacts, active: bool, policy: &AttestationPolicy, now: Ts) -> Answer {
    answer_for(who(1), orig, active, policy, now)
}

fn answer_for(
    owner: CustomerId,
    orig: NumberFacts,
    active: bool,
    policy: &AttestationPolicy,
    now: Ts,
) -> Answer {
    let origid = Origid(Uuid::from_u128(5));
    let (active_until, cap) = (Ts::FOREVER, Cap::A);
    let customer = CustomerFacts { active, active_until, uncapped_until: Ts::FOREVER, cap, origid };
    let trunk = TrunkFacts {
        kind: TrunkKind::Customer,
        auth: TrunkAuth::Digest,
        owner,
        foreign: false,
        mode: TrunkMode::Enforce,
        origid,
    };
    let customers = BTreeMap::from([(owner, customer)]);
    let plain = PlainFacts { trunk: Some(trunk), customers, orig, diverting: None };
    let call = Call {
        trunk: "t",
        orig: Shown::Unreadable,
        dest: "12126647665",
        diverting: None,
        signed: false,
    };
    let fresh = Freshness { loaded: true, age: Span::ZERO };
    decide(&call, &plain.view(), fresh, policy, now)
}

const fn before(at: Ts) -> Ts {
    Ts(at.0 - 1)
}

const fn after(at: Ts) -> Ts {
    Ts(at.0 + 1)
}

#[test]
fn evidence_life_of_each_kind_in_the_rules() {
    let table = table();
    let mut seen = 0;
    for kind in EvidenceKind::ALL {
        let of = |column: &str| want(&table, &["kinds", kind.as_str(), column]);
        let own_word = kind == EvidenceKind::CustomerSelfCert;
        let always = |word| want(&table, &["always", if own_word { "self_cert" } else { word }]);
        let one = [piece(1, kind, UNTIL)];
        for now in [SINCE, before(UNTIL)] {
            assert_eq!(Told::of(&one).at(now), of("valid"), "{kind:?} at {now:?}");
        }
        for now in [UNTIL, after(UNTIL)] {
            assert_eq!(Told::of(&one).at(now), always("expired"), "{kind:?} at {now:?}");
        }
        let revoked = [Evidence { revoked_at: Some(SINCE), ..one[0].clone() }];
        assert_eq!(Told::of(&revoked).at(SINCE), want(&table, &["always", "revoked"]), "{kind:?}");
        let pending = [Evidence { verified_at: Ts::NEVER, ..one[0].clone() }];
        assert_eq!(Told::of(&pending).at(SINCE), want(&table, &["always", "before"]), "{kind:?}");
        // Replaced: the newer one carries on over the older one's end, until its own.
        let later = UNTIL.plus(Span::days(1));
        let replaced = [one[0].clone(), piece(2, kind, later)];
        for (now, word) in [(UNTIL, of("valid")), (before(later), of("valid"))] {
            assert_eq!(Told::of(&replaced).at(now), word, "{kind:?}");
        }
        assert_eq!(Told::of(&replaced).at(later), always("expired"), "{kind:?}");
        let disputed = Told { cap: Cap::B, ..Told::of(&one) };
        assert_eq!(disputed.at(SINCE), of("disputed"), "{kind:?}");
        let suspended = Told { active: false, ..Told::of(&one) };
        assert_eq!(suspended.at(SINCE), want(&table, &["always", "suspended"]), "{kind:?}");
        seen += 1;
    }
    assert_eq!(seen, table["kinds"].as_object().unwrap().len());
}

#[test]
fn evidence_life_of_the_bundle_in_the_rules() {
    let table = table();
    let rows = table["bundle"].as_array().unwrap();
    assert_eq!(rows.len(), 5);
    for row in rows {
        let kinds: Vec<EvidenceKind> = row["members"]
            .as_array()
            .unwrap()
            .iter()
            .map(|word| EvidenceKind::of_word(word.as_str().unwrap()).unwrap())
            .collect();
        // Every member in turn is the first to end; the others end a day and two days later.
        for first in 0..kinds.len() {
            let ends = |nth: usize| {
                let place = (nth + kinds.len() - first) % kinds.len();
                UNTIL.plus(Span::days(i64::try_from(place).unwrap()))
            };
            let mut pieces: Vec<Evidence> = (0_u128..)
                .zip(kinds.iter().enumerate())
                .map(|(n, (nth, kind))| piece(n, *kind, ends(nth)))
                .collect();
            let members: Vec<EvidenceId> = pieces.iter().map(|one| one.id).collect();
            if row["approved"] == true {
                let approval = Approval { members, until: UNTIL.plus(Span::days(9)) };
                pieces[0].detail.approval = Some(approval);
            }
            let last = UNTIL.plus(Span::days(i64::try_from(kinds.len()).unwrap() - 1));
            let told = |now| Told::of(&pieces).at(now);
            let of = |column: &str| row[column].as_str().unwrap().to_owned();
            assert_eq!((told(SINCE), told(before(UNTIL))), (of("valid"), of("valid")), "{row}");
            assert_eq!((told(UNTIL), told(after(UNTIL))), (of("after_first"), of("after_first")));
            assert_eq!((told(before(last)), told(last)), (of("after_first"), of("after_last")));
            // An approval that ends first ends what it carried, and no more.
            if let Some(approval) = &mut pieces[0].detail.approval {
                approval.until = before(UNTIL);
                let told = |now| Told::of(&pieces).at(now);
                assert_eq!(told(before(before(UNTIL))), of("valid"), "{row}");
                assert_eq!(told(before(UNTIL)), of("after_first"), "{row}");
            }
        }
    }
}

/// What an event makes of one piece, by the rules.
fn happened(kind: Kind, of: EvidenceKind) -> String {
    let pieces = [piece(1, of, UNTIL)];
    let at = SINCE.plus(Span::secs(1));
    let toll_free = kind.toll_free();
    let number = if toll_free { "+18007654321" } else { "+15072847100" };
    let happened = NumberEvent {
        resporg: toll_free.then(|| "XYZ99".parse().unwrap()),
        ..event(kind, number, at, "E-1")
    };
    let policy = publish::read_policy(publish::CURRENT_2026).unwrap().1;
    let life = NumberLife::default();
    let seen = Seen {
        evidence: &pieces,
        last: &BTreeMap::new(),
        told: false,
        source: "OWN_OCN",
        stock: None,
        aging: None,
        ours: &[],
        evidence_rules: &policy.evidence,
        life: &life,
        as_of: at,
        now: at,
    };
    let Ok(Some(effect)) = judge(&happened, &seen) else { panic!("{kind} was refused") };
    let mut left: Vec<Evidence> =
        pieces.iter().filter(|one| !effect.ends.contains(&one.id)).cloned().collect();
    left.extend(effect.adds.iter().map(|new| piece(2, new.kind, new.until)));
    let empty = effect.stock == Stocked::Empty;
    let category = if empty { Category::Unused } else { Category::Assignable };
    Told { category, ..Told::of(&left) }.at(at)
}

#[test]
fn evidence_life_after_each_event_in_the_rules() {
    let table = table();
    let takes: BTreeSet<_> = Kind::ALL.iter().filter(|kind| kind.gives().is_none()).collect();
    for kind in takes {
        let row = table["events"][kind.as_str()].as_object().unwrap();
        for of in EvidenceKind::ALL {
            let refused = *kind == Kind::CarrierChanged
                && matches!(
                    of,
                    EvidenceKind::AssignedByUs
                        | EvidenceKind::RangeAllocated
                        | EvidenceKind::PortedToUs
                );
            if refused {
                continue;
            }
            let told = happened(*kind, of);
            match row.get(of.as_str()) {
                Some(word) => {
                    let word = word.as_str().unwrap();
                    assert!(told.starts_with(word), "{kind} on {of:?}: {told}, not {word}");
                }
                // What the table does not name is not touched.
                None => assert_eq!(told, want(&table, &["kinds", of.as_str(), "valid"])),
            }
        }
    }
}

#[test]
fn only_own_numbers_is_one_line_of_policy() {
    let line = "strict_own_numbers_only = true";
    let strict = publish::CURRENT_2026.replace("strict_own_numbers_only = false", line);
    assert!(strict.contains(line), "the policy says it on one line");
    let policy = publish::read_policy(&strict).unwrap().1.attestation;
    let table = table();
    for kind in EvidenceKind::ALL {
        let one = [piece(1, kind, UNTIL)];
        let told = Told { policy, ..Told::of(&one) }.at(SINCE);
        assert_eq!(told, want(&table, &["kinds", kind.as_str(), "strict"]), "{kind:?}");
    }
}

/// A number of one customer as the store has it.
async fn stored(app: &TestApp, customer: CustomerId, tn: &str) -> NumberFile {
    use vouch::domain::command::query::{ListOfCustomer, Page};
    let ask = ListOfCustomer { customer, page: Page { size: 500, token: None } };
    let (files, _) = number::list(&app.app, &app.reviewer(), ask).await.unwrap();
    let tn = Tn::parse(tn).unwrap();
    files.into_iter().find(|file| file.tn == tn).unwrap()
}

/// Writes evidence of this kind as the product does, and says on which number.
async fn written(app: &TestApp, heron: CustomerId, kind: EvidenceKind) -> String {
    let nth = EvidenceKind::ALL.iter().position(|known| *known == kind).unwrap();
    let local = format!("+1507284{:04}", 7_200 + nth);
    let now = app.app.clock.now();
    let given = |kind, number: &str| NumberEvent {
        customer: Some(heron),
        ..event(kind, number, now, "W-1")
    };
    let events = match kind {
        EvidenceKind::AssignedByUs => vec![given(Kind::Assigned, &local)],
        EvidenceKind::RangeAllocated => vec![given(Kind::RangeAllocated, &local)],
        EvidenceKind::PortedToUs => vec![given(Kind::PortedIn, &local)],
        EvidenceKind::PortedOut => {
            vec![given(Kind::Assigned, &local), event(Kind::PortedOut, &local, now, "W-2")]
        }
        EvidenceKind::TollfreeResporg => {
            let number = "+18007654321".to_owned();
            let record = NumberEvent {
                resporg: Some("ABC01".parse().unwrap()),
                status: Some(TollFreeStatus::Working),
                ..given(Kind::ResporgRecord, &number)
            };
            assert_eq!(tell(app, vec![record]).await.results, [Came::Done]);
            return number;
        }
        EvidenceKind::Loa | EvidenceKind::Bill | EvidenceKind::CustomerSelfCert => {
            app.claim(heron, &local).await;
            hand_in(app, heron, &local, kind).await;
            return local;
        }
        EvidenceKind::Callback => {
            app.claim(heron, &local).await;
            app.called_back(heron, &local).await;
            return local;
        }
        EvidenceKind::DelegateCert => {
            app.load_codes().await;
            app.claim(heron, &local).await;
            certified(app, heron, &local).await;
            return local;
        }
    };
    let came = tell(app, events).await.results;
    assert!(came.iter().all(|one| *one == Came::Done), "{kind:?}: {came:?}");
    local
}

/// A certificate over the number, whose key signs our nonce.
async fn certified(app: &TestApp, heron: CustomerId, number: &str) {
    let authority = Authority::new(&[range("15072847000", 250)]);
    certificates::load(app, "sti_roots", authority.roots()).await.unwrap();
    let none = authority.crl(certificates::TODAY, &[], false);
    certificates::load(app, "sti_crl", none).await.unwrap();
    let held = authority.issue(&Wanted::of(&[one(number.trim_start_matches('+'))]));
    let begun = certificates::start(app, heron, &held.chain, &[number]).await.unwrap();
    let signed = held.sign(&begun.message);
    let tried = certificates::submit(app, begun.proof, signed).await.unwrap();
    assert!(matches!(tried, ProofTried::Passed { .. }), "{tried:?}");
}

async fn hand_in(app: &TestApp, heron: CustomerId, number: &str, kind: EvidenceKind) {
    let document = match kind {
        EvidenceKind::Loa => Some(app.upload(heron, DocumentKind::LetterOfAuthorization).await),
        EvidenceKind::Bill => Some(app.upload(heron, DocumentKind::PhoneBill).await),
        _ => None,
    };
    // A bill is made out to the customer; a letter is somebody else's.
    let party = match kind {
        EvidenceKind::Bill => app.file(heron).await.profile.legal_name,
        _ => Pii::new("Prairie Telephone Cooperative".to_owned()),
    };
    let ask = AddEvidence {
        write: app.write("AddEvidence"),
        customer: heron,
        number: Tn::parse(number).unwrap(),
        kind,
        document,
        reference: Pii::new(String::new()),
        signed: document.map(|_| app.app.clock.now().minus(Span::days(1))),
        party,
        carrier: "Prairie Telephone Cooperative".to_owned(),
        account: Pii::default(),
    };
    evidence::add(&app.app, &app.reviewer(), ask).await.unwrap();
}

/// From the call to the store, its facts, and the table that answers.
async fn from_call_to_answer(test: &TestStore, clock: &Clock) {
    let (app, heron) = with_a_number(test, clock).await;
    let table = table();
    let mut numbers = Vec::new();
    for kind in EvidenceKind::ALL {
        let number = written(&app, heron, kind).await;
        let file = stored(&app, heron, &number).await;
        let of = |column: &str| want(&table, &["kinds", kind.as_str(), column]);
        let own_word = kind == EvidenceKind::CustomerSelfCert;
        let policy = AttestationPolicy::default();
        let at = |now| words(&answer_for(heron, file.facts.clone(), true, &policy, now));
        assert_eq!(at(clock.now()), of("valid"), "{kind:?}");
        if let Some(grant) = file.grant(heron).filter(|_| !own_word) {
            let until = grant.full_until.max(grant.partial_until);
            assert_eq!(at(before(until)), of("valid"), "{kind:?}");
            for now in [until, after(until)] {
                assert_eq!(at(now), want(&table, &["always", "expired"]), "{kind:?}");
            }
        }
        numbers.push((kind, number));
    }
    assert_eq!(numbers.len(), 10);
    app.caught_up(test).await;
    let answered = |number: &str| words(&app.ask("t1", number, "12126647665"));
    let all = |column: &'static str| {
        for (kind, number) in &numbers {
            let word = want(&table, &["kinds", kind.as_str(), column]);
            assert_eq!(answered(number), word, "{column} {kind:?}");
        }
    };
    all("valid");
    app.decide(heron, Decision::Suspend).await.unwrap();
    for (kind, number) in &numbers {
        assert_eq!(answered(number), want(&table, &["always", "suspended"]), "{kind:?}");
    }
    clock.advance(Span::secs(1));
    reinstate(&app, heron).await;
    app.caught_up(test).await;
    all("valid");
    let mut open = Vec::new();
    for (_, number) in &numbers {
        open.push(disputed(&app, number).await);
    }
    app.caught_up(test).await;
    all("disputed");
    for dispute in open {
        dismissed(&app, dispute).await;
    }
    app.caught_up(test).await;
    all("valid");
    revoke(test, &app, heron, &numbers).await;
}

/// A reviewer disputes a number.
async fn disputed(app: &TestApp, number: &str) -> DisputeId {
    let ask = OpenDispute {
        write: app.write("OpenDispute"),
        number: Tn::parse(number).unwrap(),
        disputant: None,
        name: Pii::new("Somebody".to_owned()),
        contact: Pii::new("somebody@example.com".to_owned()),
        against: None,
        reason: Pii::new("the number is theirs".to_owned()),
    };
    dispute::open(&app.app, &app.reviewer(), ask).await.unwrap().dispute
}

/// Two people dismiss it.
async fn dismissed(app: &TestApp, dispute: DisputeId) {
    for who in [app.reviewer(), app.second()] {
        let ask = ResolveDispute {
            write: app.write("ResolveDispute"),
            dispute,
            resolution: Resolution::Dismissed,
            reason: Pii::new("looked at".to_owned()),
        };
        dispute::resolve(&app.app, &who, ask).await.unwrap();
    }
}

async fn reinstate(app: &TestApp, heron: CustomerId) {
    let (write, reason) = (app.write("ProposeReinstatement"), Pii::new("cleared".to_owned()));
    let ask = DecideCustomer { write, customer: heron, reason };
    let made = proposal::propose_reinstatement(&app.app, &app.reviewer(), ask).await.unwrap();
    let ask = ConfirmProposal { write: app.write("ConfirmProposal"), proposal: made.proposal };
    proposal::confirm(&app.app, &app.second(), ask).await.unwrap();
}

async fn revoke(
    test: &TestStore,
    app: &TestApp,
    heron: CustomerId,
    numbers: &[(EvidenceKind, String)],
) {
    let gone = want(&table(), &["always", "revoked"]);
    for (kind, number) in numbers {
        for piece in stored(app, heron, number).await.evidence {
            let ask = RevokeEvidence {
                write: app.write("RevokeEvidence"),
                evidence: piece.id,
                reason: Pii::new("taken back".to_owned()),
            };
            evidence::revoke(&app.app, &app.reviewer(), ask).await.unwrap();
        }
        app.caught_up(test).await;
        assert_eq!(words(&app.ask("t1", number, "12126647665")), gone, "{kind:?}");
    }
}

on_both_stores_in_time!(evidence_life_from_call_to_answer, |test, clock| {
    from_call_to_answer(&test, &clock)
});
