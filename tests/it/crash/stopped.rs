//! Instances that are stopped, not killed: another one goes on numbering, and where none is left
//! nothing is A for longer than `a_bound`. `VOUCH_STOPS` says how many holders are stopped,
//! `VOUCH_A_BOUND_SECONDS` how long the bound is.
//!
//! Seen red without the sequencer's own timeouts (taken over after 10 s), and with a table that takes
//! a beat for proof that did not grow.

use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vouch::answer::credentials::Credentials;
use vouch::answer::feed::Feed;
use vouch::answer::live::Live;
use vouch::clock::Clock;
use vouch::domain::attestation::{Attest, AttestationPolicy, Reason};
use vouch::domain::facts::{Facts, PolicyFacts};
use vouch::domain::ids::{CustomerId, PolicyId};
use vouch::domain::journal::SubjectKind;
use vouch::domain::time::Span;
use vouch::store::failpoint::Failpoint;
use vouch::store::{EngineKind, Store};

use super::facts::{active, call, number, tell, trunk};
use super::ground::Ground;
use super::instance::Instance;
use crate::support::campaign::setting;

/// Within this another instance has taken over.
const TAKEN_OVER: Duration = Duration::from_secs(3);
/// A takeover faster than this one means that nobody was in the way.
const FELT: Duration = Duration::from_millis(800);
/// How long anything else may take on a busy machine.
const LIMIT: Duration = Duration::from_mins(1);

/// Where a holder is stopped inside of the sequencer's transaction.
const INSIDE: [Failpoint; 5] = [
    Failpoint::HeadLocked,
    Failpoint::OrderWritten,
    Failpoint::PendingCleared,
    Failpoint::TreeGrown,
    Failpoint::HeadWritten,
];

/// Writes one entry of a new subject, and says how many there are to be numbered now.
async fn write(store: &Store, nth: u128) {
    let customer = CustomerId(Uuid::from_u128(nth));
    tell(store, SubjectKind::Customer, customer.0, 1, active(customer)).await;
}

/// Waits until nothing waits for a position.
async fn numbered(store: &Store) {
    let all = async {
        while store.verify_journal(Vec::new()).await.unwrap().waiting > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(LIMIT, all).await.expect("entries wait for a position for ever");
}

/// Stops the holder of the head inside of its transaction; how long until another one numbers.
async fn takeover(point: Failpoint) -> Duration {
    let ground = Ground::new(EngineKind::Postgres).await;
    let mut holder = Instance::start(&ground, Some((point, 2)));
    holder.address().await;
    let mut other = Instance::start(&ground, None);
    other.address().await.unwrap();
    let store = ground.open().await;
    let mut written = 0;
    let lured = async {
        // The holder comes to the point when it is the one that numbers an entry.
        loop {
            written += 1;
            write(&store, written).await;
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    };
    tokio::select! {
        name = holder.stopped() => assert_eq!(name, point.name()),
        () = lured => {}
    }
    holder.signal(Signal::STOP);
    let began = Instant::now();
    let waited = async {
        write(&store, 1_000_000).await;
        let seq = store.head().await.unwrap().seq;
        while store.head().await.unwrap().seq == seq {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LIMIT, waited).await.expect("nobody took over");
    let took = began.elapsed();
    numbered(&store).await;
    holder.kill().await;
    other.kill().await;
    store.close().await;
    ground.settle().await;
    let store = ground.open().await;
    let journal = store.verify_journal(Vec::new()).await.expect("the journal is whole");
    assert!(journal.size > u64::try_from(written).unwrap());
    store.close().await;
    ground.clear().await;
    took
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_takes_over_within_three_seconds_of_a_stopped_holder() {
    let stops = usize::try_from(setting("VOUCH_STOPS", 1)).unwrap();
    let mut worst = Duration::ZERO;
    for point in INSIDE.iter().cycle().take(stops) {
        let took = takeover(*point).await;
        println!("stopped at {}: taken over after {took:?}", point.name());
        assert!(took > FELT, "the holder stood in nobody's way: {took:?}");
        assert!(took <= TAKEN_OVER, "{took:?}");
        worst = worst.max(took);
    }
    println!("{stops} holders stopped, the longest takeover took {worst:?}");
}

/// An instance that only reads: its own table, fed by others' numbering.
struct Reader {
    live: Arc<Live>,
    clock: Clock,
    stop: CancellationToken,
}

impl Reader {
    fn new(store: &Store) -> Self {
        let (clock, stop) = (store.clock().clone(), CancellationToken::new());
        let live = Arc::new(Live::new(store.epoch()));
        let credentials = Arc::new(Credentials::default());
        let feed = Feed::new(store.clone(), clock.clone(), Arc::clone(&live), credentials);
        tokio::spawn(feed.run(stop.clone()));
        Self { live, clock, stop }
    }

    /// The level it gives now, and whether it says that it is stale.
    fn ask(&self) -> (Attest, bool) {
        let table = self.live.table();
        let told = table.ask(&call("edge-1"), self.clock.now(), self.clock.mono());
        let stale = told.answer.reasons.iter().any(|reason| reason == Reason::Stale);
        (told.answer.attest, stale)
    }

    /// Asks until the level is this one; when it was first.
    async fn until(&self, level: Attest) -> Instant {
        let seen = async {
            while self.ask().0 != level {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Instant::now()
        };
        tokio::time::timeout(LIMIT, seen).await.expect("the level never came")
    }
}

/// A policy in force from now on that differs from the default in its bound only.
async fn set_bound(store: &Store, bound: Span) {
    let attestation = AttestationPolicy { a_bound: bound, ..AttestationPolicy::default() };
    let policy = PolicyId(Uuid::from_u128(7));
    let effective_from = store.clock().now();
    let facts = Facts::Policy(PolicyFacts { policy, effective_from, attestation });
    tell(store, SubjectKind::Policy, policy.0, 1, facts).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_every_sequencer_stopped_nothing_is_a_after_the_bound() {
    let bound = setting("VOUCH_A_BOUND_SECONDS", 3);
    let ground = Ground::new(EngineKind::Postgres).await;
    let mut sequencers = [Instance::start(&ground, None), Instance::start(&ground, None)];
    for instance in &mut sequencers {
        instance.address().await.unwrap();
    }
    let store = ground.open().await;
    let customer = CustomerId(Uuid::from_u128(1));
    tell(&store, SubjectKind::Customer, customer.0, 1, active(customer)).await;
    tell(&store, SubjectKind::Trunk, Uuid::from_u128(2), 1, trunk("edge-1", customer)).await;
    tell(&store, SubjectKind::Number, Uuid::from_u128(3), 1, number(customer)).await;
    set_bound(&store, Span::secs(i64::try_from(bound).unwrap())).await;
    let reader = Reader::new(&store);
    reader.until(Attest::A).await;

    for instance in &sequencers {
        instance.signal(Signal::STOP);
    }
    let stopped = Instant::now();
    let (mut last_a, mut asked) = (stopped, 0_u32);
    let bound = Duration::from_secs(bound);
    while stopped.elapsed() < bound + Duration::from_millis(1_500) {
        let now = Instant::now();
        let (level, stale) = reader.ask();
        asked += 1;
        if level == Attest::A {
            assert!(!stale);
            last_a = now;
        } else {
            assert_eq!((level, stale), (Attest::B, true), "only staleness may lower it");
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let lived = last_a - stopped;
    println!("a_bound {bound:?}: the last A of {asked} answers came {lived:?} after the stop");
    assert!(lived > bound / 4, "the level fell before its time: {lived:?}");
    // Age is counted from a look before the last beat, which was before the stop.
    assert!(lived < bound, "A lived on for {lived:?} with every sequencer stopped");

    for instance in &sequencers {
        instance.signal(Signal::CONT);
    }
    let continued = Instant::now();
    let again = reader.until(Attest::A).await - continued;
    println!("A again {again:?} after the sequencers went on");
    reader.stop.cancel();
    for instance in sequencers {
        instance.kill().await;
    }
    store.verify_journal(Vec::new()).await.expect("the journal is whole");
    store.close().await;
    ground.clear().await;
}
