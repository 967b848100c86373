//! Two instances whose clocks are five seconds apart, and a number handed from customer to customer
//! across them: whatever the clocks say, no effect is numbered before its cause, and a table that
//! follows never sees two holders. `VOUCH_HANDOVERS` says how often it is handed on.
//!
//! Seen red with the rows that a command reads passed over when its instant is chosen.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vouch::answer::credentials::Credentials;
use vouch::answer::feed::Feed;
use vouch::answer::live::Live;
use vouch::app::credential::Prover;
use vouch::app::lists::Lists;
use vouch::app::number::Outcome;
use vouch::app::parts::Parts;
use vouch::app::password::Passwords;
use vouch::app::policies::Policies;
use vouch::app::{App, evidence, number, publish};
use vouch::clock::Clock;
use vouch::domain::access::Principal;
use vouch::domain::attestation::{Attest, EvidenceKind};
use vouch::domain::command::number::{AddEvidence, GivenNumber, Numbers};
use vouch::domain::customer::Role;
use vouch::domain::facts::Facts;
use vouch::domain::ids::CustomerId;
use vouch::domain::journal::SubjectKind;
use vouch::domain::list::MaxAges;
use vouch::domain::number::Tn;
use vouch::domain::pii::Pii;
use vouch::domain::time::{Span, Ts};
use vouch::jobs::sequencer;
use vouch::sources::delivery::Deliveries;
use vouch::sources::documents::DocumentStore;
use vouch::store::statement::Sql;
use vouch::store::{EngineKind, EntryDraft, Meta, Store, StoreError, Tx};

use super::facts::{NUMBER, active, call, tell, trunk};
use crate::support::apps::TestApp;
use crate::support::campaign::setting;
use crate::support::server::until;
use crate::support::stores::TestStore;

/// How far the second clock is behind the first.
const BEHIND: Span = Span::secs(-5);

/// The use cases of a second instance on a store that one has furnished already.
async fn instance(test: &TestStore, store: Store, stop: &CancellationToken, dir: &Path) -> App {
    let clock = store.clock().clone();
    let app = App::new(Parts {
        clock: clock.clone(),
        prover: Prover::new(&test.keys.pepper()).unwrap(),
        passwords: Passwords::new(clock.clone(), 1).unwrap(),
        policies: Policies::default(),
        clauses: publish::read_clauses(publish::CLAUSES_2026).unwrap(),
        lists: Lists::new(MaxAges { screened: Some(Span::days(30)), ..MaxAges::default() }),
        geo: vouch::sources::geo::Geo::default(),
        documents: DocumentStore::folder(dir).unwrap(),
        documents_dir: dir.to_owned(),
        deliveries: Deliveries { email: None, sms: None, voice: None },
        sources: vouch::sources::exchange::Sources::none(&clock),
        provider: "Test Telephone".to_owned(),
        resporgs: vec!["ABC01".parse().unwrap()],
        credentials: Arc::new(Credentials::default()),
        live: Arc::new(Live::new(store.epoch())),
        stopping: stop.clone(),
        store,
    });
    for policy in publish::load_all(&app.store).await.unwrap() {
        app.policies.add(policy);
    }
    follow(&app.store, &app.live, stop);
    tokio::spawn(sequencer::run(app.store.clone(), clock, stop.clone()));
    tokio::spawn(sequencer::listen(app.store.clone(), stop.clone()));
    app
}

/// Feeds a table from a store.
fn follow(store: &Store, live: &Arc<Live>, stop: &CancellationToken) {
    let (clock, credentials) = (store.clock().clone(), Arc::new(Credentials::default()));
    tokio::spawn(Feed::new(store.clone(), clock, Arc::clone(live), credentials).run(stop.clone()));
}

/// One change, as the command that made it tells of it.
#[derive(Clone, Copy, Debug)]
struct Step {
    subject: Uuid,
    revision: u64,
    /// The changes it follows from: the last one of each row it read.
    after: [Option<usize>; 2],
    /// What the instance's clock said before and after.
    clock: (Ts, Ts),
}

/// The two instances, the customers, and every change so far.
struct Relay {
    apps: [App; 2],
    portal: Principal,
    reviewer: Principal,
    asks: TestApp,
    customers: Vec<CustomerId>,
    steps: Vec<Step>,
    /// The last change of each subject.
    last: BTreeMap<Uuid, usize>,
}

impl Relay {
    fn numbers(&self, call: &'static str, customer: CustomerId) -> Numbers {
        let given = GivenNumber { given: Pii::new(NUMBER.to_owned()), tn: Tn::parse(NUMBER) };
        Numbers { write: self.asks.write(call), customer, numbers: vec![given] }
    }

    fn note(&mut self, subject: Uuid, revision: u64, reads: Option<Uuid>, clock: (Ts, Ts)) {
        let last = |cause: Uuid| self.last.get(&cause).copied();
        let after = [last(subject), reads.and_then(last)];
        self.last.insert(subject, self.steps.len());
        self.steps.push(Step { subject, revision, after, clock });
    }

    async fn release(&mut self, at: usize, customer: CustomerId) {
        let app = self.apps[at].clone();
        let ask = self.numbers("ReleaseNumbers", customer);
        let began = app.store.now();
        let told = number::release(&app, &self.portal, ask).await.unwrap();
        assert_eq!(told.results, [Outcome::Done]);
        let last = told.last.unwrap();
        self.note(last.subject, last.revision, Some(customer.0), (began, app.store.now()));
    }

    async fn claim(&mut self, at: usize, customer: CustomerId) {
        let app = self.apps[at].clone();
        let ask = self.numbers("ClaimNumbers", customer);
        let began = app.store.now();
        let told = number::claim(&app, &self.portal, ask).await.unwrap();
        assert_eq!(told.results, [Outcome::Done]);
        let last = told.last.unwrap();
        self.note(last.subject, last.revision, Some(customer.0), (began, app.store.now()));
    }

    async fn prove(&mut self, at: usize, customer: CustomerId) {
        let app = self.apps[at].clone();
        let ask = AddEvidence {
            write: self.asks.write("AddEvidence"),
            customer,
            number: Tn::parse(NUMBER).unwrap(),
            kind: EvidenceKind::Loa,
            document: None,
            reference: Pii::new(String::new()),
            signed: Some(app.clock.now().minus(Span::days(1))),
            party: Pii::new("Prairie Telephone Cooperative".to_owned()),
            carrier: "Prairie Telephone Cooperative".to_owned(),
            account: Pii::default(),
        };
        let began = app.store.now();
        let told = evidence::add(&app, &self.reviewer, ask).await.unwrap().written;
        self.note(told.subject, told.revision, Some(customer.0), (began, app.store.now()));
    }

    /// A change of the customer itself, which the claim that follows rests on.
    async fn touch(&mut self, at: usize, customer: CustomerId) {
        let store = self.apps[at].store.clone();
        let began = store.now();
        let run = move |mut tx: Tx| async move { touch_in(&mut tx, customer).await };
        let meta = Meta::system("test");
        let revision = store.command::<_, StoreError, _, _>(meta, run).await.unwrap();
        self.note(customer.0, revision, None, (began, store.now()));
    }

    /// Hands the number from its holder to the next customer, each step on the other instance.
    async fn hand_on(&mut self, nth: usize) {
        let holder = self.customers[nth % self.customers.len()];
        let next = self.customers[(nth + 1) % self.customers.len()];
        let (here, there) = (nth % 2, (nth + 1) % 2);
        self.release(here, holder).await;
        self.touch(here, next).await;
        self.claim(there, next).await;
        self.prove(here, next).await;
    }
}

/// Writes the customer's row and entry anew, as active.
async fn touch_in(tx: &mut Tx, customer: CustomerId) -> Result<u64, StoreError> {
    let row = tx.customer_lock(customer).await?.unwrap();
    tx.saw(row.last_at);
    let at = tx.at();
    let revision = row.revision + 1;
    let entry = tx
        .journal(EntryDraft {
            kind: SubjectKind::Customer,
            subject: customer.0,
            rev: u64::try_from(revision).unwrap(),
            word: "customer.touched",
            facts: Some(active(customer).encode().unwrap()),
            detail: serde_json::json!({}),
            owner: None,
        })
        .await?;
    let text = "UPDATE customer SET revision = $2, last_at = $3, from_entry = $4 WHERE id = $1";
    let mut args = tx.args();
    args.add(customer)?;
    args.add(revision)?;
    args.add(at)?;
    args.add(entry)?;
    assert_eq!(tx.execute(Sql { lite: text, pg: text }, args).await?, 1);
    Ok(u64::try_from(revision).unwrap())
}

/// What a table showed of the number while it was handed on.
#[derive(Debug, Default)]
struct Seen {
    looks: u64,
    holders: BTreeMap<usize, u64>,
    nobody: u64,
}

/// Asks, again and again, who may show the number: at one position of the journal one at most.
async fn look(
    live: Arc<Live>,
    names: Vec<String>,
    looks: Arc<AtomicU64>,
    stop: CancellationToken,
) -> Seen {
    let clock = Clock::system();
    let mut seen = Seen::default();
    while !stop.is_cancelled() {
        let (now, mono) = (clock.now(), clock.mono());
        let table = live.table();
        let told: Vec<_> =
            names.iter().map(|name| table.ask_exact(&call(name), now, mono)).collect();
        drop(table);
        let position = told[0].position;
        if told.iter().all(|told| told.position == position) {
            let may: Vec<_> =
                (0..told.len()).filter(|n| told[*n].answer.attest != Attest::None).collect();
            assert!(may.len() <= 1, "position {position}: {may:?} may show the number at once");
            seen.looks += 1;
            looks.fetch_add(1, Ordering::SeqCst);
            match may.first() {
                Some(holder) => *seen.holders.entry(*holder).or_default() += 1,
                None => seen.nobody += 1,
            }
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    seen
}

/// Where each revision of each subject stands, and its instant.
type Places = BTreeMap<(Uuid, u64), (u64, Ts)>;

/// Every change has its place after its cause, and an instant that the design gives it: now, or
/// just after the latest row it read. Says how often a clock was behind what was read.
async fn check_order(store: &Store, steps: &[Step]) -> usize {
    let mut places = Places::new();
    let (mut cursor, mut holders) = (0, Vec::new());
    loop {
        let page = store.entries_after(cursor, 1_000).await.unwrap();
        let Some(last) = page.last() else { break };
        cursor = last.seq;
        for item in page {
            let entry = item.entry;
            places.insert((entry.subject, entry.subject_rev), (item.seq, entry.at));
            if let Some(Ok(Facts::Number { facts, .. })) = item.facts.map(|f| Facts::decode(&f)) {
                holders.push(facts.grants.len());
            }
        }
    }
    assert!(holders.iter().all(|n| *n <= 1), "an entry tells of two holders");
    let mut behind = 0;
    for step in steps {
        let (seq, at) = places[&(step.subject, step.revision)];
        let (began, ended) = step.clock;
        let causes = step.after.iter().flatten().map(|cause| {
            let cause = steps[*cause];
            places[&(cause.subject, cause.revision)]
        });
        let causes: Vec<_> = causes.collect();
        let Some(latest) = causes.iter().map(|(_, at)| *at).max() else { continue };
        assert!(causes.iter().all(|(cause, _)| *cause < seq), "{step:?} is numbered too early");
        let next = latest.plus(Span::micros(1));
        assert!(at >= began.max(next), "{step:?} at {at:?}, its cause at {latest:?}");
        assert!(at <= ended.max(next), "{step:?} at {at:?}, its cause at {latest:?}");
        behind += usize::from(at == next && began < next);
    }
    behind
}

/// Three customers that a table takes for active, each with a trunk.
async fn customers(asks: &TestApp) -> Vec<CustomerId> {
    let mut made = Vec::new();
    for n in 0..3_u128 {
        let id = asks.customer(&format!("Customer {n}"), Role::EndUser).await;
        let (uid, name) = (Uuid::from_u128(0xf00 + n), format!("edge-{n}"));
        tell(&asks.app.store, SubjectKind::Trunk, uid, 1, trunk(&name, id)).await;
        made.push(id);
    }
    made
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_is_handed_on_across_skewed_clocks() {
    let handovers = usize::try_from(setting("VOUCH_HANDOVERS", 100)).unwrap();
    let test = TestStore::new(EngineKind::Postgres).await;
    let (stop, folder) = (CancellationToken::new(), TempDir::new().unwrap());
    let asks = TestApp::new(&test).await;
    let behind = test.instance(Clock::shifted(BEHIND)).await.unwrap();
    let second = instance(&test, behind.clone(), &stop, folder.path()).await;
    let customers = customers(&asks).await;
    tokio::spawn(sequencer::listen(test.store.clone(), stop.clone()));
    let reader = test.instance(Clock::system()).await.unwrap();
    let live = Arc::new(Live::new(reader.epoch()));
    follow(&reader, &live, &stop);
    let mut relay = Relay {
        apps: [asks.app.clone(), second],
        portal: asks.portal(),
        reviewer: asks.reviewer(),
        asks,
        steps: Vec::new(),
        last: BTreeMap::new(),
        customers: customers.clone(),
    };
    for customer in &customers {
        relay.touch(0, *customer).await;
    }
    relay.claim(0, customers[0]).await;
    relay.prove(1, customers[0]).await;
    let names = (0..customers.len()).map(|n| format!("edge-{n}")).collect();
    let looking = CancellationToken::new();
    let counted = Arc::new(AtomicU64::new(0));
    let looks = tokio::spawn(look(Arc::clone(&live), names, Arc::clone(&counted), looking.clone()));
    for nth in 0..handovers {
        relay.hand_on(nth).await;
        // A quick relay goes by between two looks: its end waits for each holder to be seen.
        if nth + customers.len() >= handovers {
            let last = relay.steps[relay.last[&relay.steps.last().unwrap().subject]];
            let limit = std::time::Duration::from_secs(30);
            assert!(live.wait_for(last.subject, last.revision, limit).await, "it must follow");
            let before = counted.load(Ordering::SeqCst);
            until("two looks", async || {
                (counted.load(Ordering::SeqCst) >= before + 2).then_some(())
            })
            .await;
        }
    }
    looking.cancel();
    let seen = looks.await.unwrap();
    let late = check_order(&reader, &relay.steps).await;
    println!(
        "{handovers} handovers, {} changes, {late} of them on a clock behind what they read; \
         {} looks at the table, {} with a holder, {} without",
        relay.steps.len(),
        seen.looks,
        seen.holders.values().sum::<u64>(),
        seen.nobody,
    );
    assert!(late > handovers / 4, "the clocks were never in the way: {late}");
    assert_eq!(seen.holders.len(), customers.len(), "the table was hardly looked at: {seen:?}");
    let journal = reader.verify_journal(Vec::new()).await.expect("the journal is whole");
    assert_eq!(journal.waiting, 0);
    stop.cancel();
    drop(relay);
    reader.close().await;
    behind.close().await;
    test.finish().await;
}
