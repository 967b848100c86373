//! kill -9 at any instant, under sixteen writers: no acknowledged write is lost, and nothing is left
//! by halves. `VOUCH_KILLS` says how many times a store, `VOUCH_KILLS_SEED` how the dice fall.
//!
//! Half of the kills come at a random instant, the other half while a command or the sequencer
//! stands at a named failpoint. The next process goes on from what the last one left: its writers
//! first ask again, under the same request ids, for what they were not told the end of.
//!
//! Seen red with each of these broken: an answer before its commit, a commit between an entry and its
//! row, a commit between positions and the tree, an answer that is not kept with its key.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use uuid::Uuid;
use vouch::domain::journal::Checkpoint;
use vouch::store::EngineKind;
use vouch::store::failpoint::Failpoint;
use vouch::wire::pb;
use vouch::wire::pb::admin_service_client::AdminServiceClient;
use vouch::wire::pb::onboarding_service_client::OnboardingServiceClient;

use super::audit::audit;
use super::ground::Ground;
use super::instance::{Caller, Instance, With};
use super::writer::{Air, Writer};
use crate::support::campaign::{Dice, setting};

/// Writers at once.
const WRITERS: usize = 16;
/// Customers that all of them change.
const SHARED: usize = 4;
/// Kills on one store before a new one is made: the whole of it is read after each.
const KILLS_OF_ONE: u64 = 25;
/// How long a process may take to come to where it is killed.
const LIMIT: Duration = Duration::from_mins(1);

/// When a process is killed.
#[derive(Clone, Copy, Debug)]
enum When {
    /// This long after its start, whatever it does by then.
    AfterStart(Duration),
    /// This long after it acknowledged its first write.
    AtWork(Duration),
    /// This long after it stopped at this visit of a failpoint.
    At(Failpoint, u32, Duration),
}

impl When {
    fn of(nth: u64, dice: &mut Dice) -> Self {
        let points = Failpoint::ALL;
        if nth % 2 == 1 {
            let point = points[usize::try_from(nth / 2).unwrap() % points.len()];
            let visits = if point >= Failpoint::HeadLocked { 8 } else { 60 };
            let visit = 1 + u32::try_from(dice.below(visits)).unwrap();
            return Self::At(point, visit, Duration::from_micros(dice.below(20_000)));
        }
        if nth % 16 == 8 {
            return Self::AfterStart(Duration::from_micros(dice.below(300_000)));
        }
        Self::AtWork(Duration::from_micros(dice.below(150_000)))
    }
}

/// What a campaign adds up.
#[derive(Debug, Default)]
struct Totals {
    kills: u64,
    hit: u64,
    flying: u64,
    whole: usize,
    absent: usize,
    waiting: u64,
    acknowledged: usize,
    walked_away: u64,
    entries: u64,
    points: BTreeMap<&'static str, u64>,
}

/// One store through its kills.
struct World {
    ground: Ground,
    token: String,
    writers: Vec<Writer>,
    kept: Vec<Checkpoint>,
}

impl World {
    /// A new store with one portal and the customers that all writers share.
    async fn new(kind: EngineKind, dice: &mut Dice) -> Self {
        let ground = Ground::new(kind).await;
        let mut instance = Instance::start(&ground, None);
        let address = instance.address().await.unwrap();
        let operator = Caller::new(address, &instance.bootstrap().await);
        let token = portal_key(&operator).await;
        let portal = Caller::new(address, &token);
        let mut shared = Vec::new();
        for n in 0..SHARED {
            shared.push(shared_customer(&portal, n).await);
        }
        instance.kill().await;
        ground.settle().await;
        let shared = Arc::new(shared);
        let writer = |n| Writer::new(format!("w{n}"), dice.bits(), Arc::clone(&shared));
        let mut writers: Vec<_> = (0..WRITERS).map(writer).collect();
        for id in shared.iter() {
            writers[0].changes.insert(super::writer::Subject::Customer(*id), 1);
        }
        Self { ground, token, writers, kept: Vec::new() }
    }

    /// One process, from its start to its death, and the look over what it left.
    async fn kill(&mut self, when: When, totals: &mut Totals) {
        let at = if let When::At(point, visit, _) = when { Some((point, visit)) } else { None };
        let began = Instant::now();
        let mut instance = Instance::start(&self.ground, at);
        let air = Arc::new(Air::default());
        let running = match instance.address().await {
            Some(address) => self.set_out(&Caller::new(address, &self.token), &air, false),
            None => JoinSet::new(),
        };
        let in_command = match when {
            When::AfterStart(span) => {
                tokio::time::sleep(span.saturating_sub(began.elapsed())).await;
                false
            }
            When::AtWork(span) => {
                landed(&air).await;
                tokio::time::sleep(span).await;
                false
            }
            When::At(point, _, span) => {
                let name = instance.stopped().await;
                assert_eq!(name, point.name());
                *totals.points.entry(point.name()).or_default() += 1;
                tokio::time::sleep(span).await;
                point < Failpoint::HeadLocked
            }
        };
        let flying = air.flying.load(Ordering::SeqCst);
        air.over.store(true, Ordering::SeqCst);
        instance.kill().await;
        self.come_home(running).await;
        self.ground.settle().await;
        totals.kills += 1;
        totals.hit += u64::from(flying > 0 || in_command);
        totals.flying += flying as u64;
        self.look_over(totals).await;
    }

    /// The last process of this store ends what was left open; then nothing may differ at all.
    async fn finish(mut self, totals: &mut Totals) {
        let mut instance = Instance::start(&self.ground, None);
        let air = Arc::new(Air::default());
        let address = instance.address().await.unwrap();
        let running = self.set_out(&Caller::new(address, &self.token), &air, true);
        tokio::time::timeout(LIMIT, self.come_home(running)).await.expect("open writes end");
        instance.kill().await;
        self.ground.settle().await;
        assert!(self.writers.iter().all(|writer| writer.open.is_none()));
        self.look_over(totals).await;
        for writer in &self.writers {
            totals.acknowledged += writer.acknowledged.len();
            totals.walked_away += writer.walked_away;
        }
        totals.entries += self.kept.last().map_or(0, |kept| kept.size);
        self.ground.clear().await;
    }

    fn set_out(&mut self, caller: &Caller, air: &Arc<Air>, only_open: bool) -> JoinSet<Writer> {
        let mut running = JoinSet::new();
        for writer in self.writers.drain(..) {
            running.spawn(writer.run(caller.again(), Arc::clone(air), only_open));
        }
        running
    }

    async fn come_home(&mut self, mut running: JoinSet<Writer>) {
        while let Some(writer) = running.join_next().await {
            self.writers.push(writer.unwrap());
        }
    }

    async fn look_over(&mut self, totals: &mut Totals) {
        let store = self.ground.open().await;
        let found = audit(&store, &self.writers, self.kept.clone()).await;
        store.close().await;
        totals.whole += found.whole;
        totals.absent += found.absent;
        totals.waiting += found.waiting;
        self.kept = vec![found.checkpoint];
    }
}

/// Waits for the first acknowledged write.
async fn landed(air: &Air) {
    let first = async {
        while air.landed.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(LIMIT, first).await.expect("no write was acknowledged");
}

/// Asks until the service has heard of the key that asks.
async fn until_known<T, F>(ask: impl Fn() -> F) -> T
where
    F: Future<Output = Result<tonic::Response<T>, tonic::Status>>,
{
    let began = Instant::now();
    loop {
        match ask().await {
            Ok(told) => return told.into_inner(),
            Err(status) => assert!(began.elapsed() < LIMIT, "{status:?}"),
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A client and its key: the first writes of an operator.
pub(super) async fn portal_key(operator: &Caller) -> String {
    let (channel, bearer) = operator.parts();
    let client: AdminServiceClient<With> = AdminServiceClient::with_interceptor(channel, bearer);
    let ask = pb::CreateClientRequest { request_id: "client".to_owned(), name: "Crash".to_owned() };
    let made = until_known(|| {
        let (mut client, ask) = (client.clone(), ask.clone());
        async move { client.create_client(ask).await }
    });
    let ask = pb::CreateKeyRequest {
        request_id: "key".to_owned(),
        client_id: made.await.client.unwrap().client_id,
        name: "portal".to_owned(),
        roles: vec![pb::AccessRole::Portal.into()],
        expire_time: None,
    };
    client.clone().create_key(ask).await.unwrap().into_inner().token
}

async fn shared_customer(portal: &Caller, n: usize) -> Uuid {
    let (channel, bearer) = portal.parts();
    let client: OnboardingServiceClient<With> =
        OnboardingServiceClient::with_interceptor(channel, bearer);
    let ask = pb::CreateCustomerRequest {
        request_id: format!("shared-{n}"),
        role: pb::CustomerRole::EndUser.into(),
        ..Default::default()
    };
    let made = until_known(|| {
        let (mut client, ask) = (client.clone(), ask.clone());
        async move { client.create_customer(ask).await }
    });
    made.await.customer.unwrap().customer_id.parse().unwrap()
}

async fn campaign(kind: EngineKind) {
    let kills = setting("VOUCH_KILLS", 6);
    let mut dice = Dice::of(Dice::seed("VOUCH_KILLS_SEED"));
    let mut totals = Totals::default();
    while totals.kills < kills {
        let mut world = World::new(kind, &mut dice).await;
        for _ in 0..KILLS_OF_ONE.min(kills - totals.kills) {
            let when = When::of(totals.kills, &mut dice);
            world.kill(when, &mut totals).await;
        }
        world.finish(&mut totals).await;
    }
    println!(
        "{kind:?}: {} kills, {} hit an unfinished command ({} writes in flight: {} whole, {} absent); \
         {} writes acknowledged, 0 lost, 0 halves; {} entries, {} still without a position at a kill; \
         {} callers walked away",
        totals.kills,
        totals.hit,
        totals.flying,
        totals.whole,
        totals.absent,
        totals.acknowledged,
        totals.entries,
        totals.waiting,
        totals.walked_away,
    );
    for point in Failpoint::ALL {
        println!(
            "{kind:?}: {:>4} at {}",
            totals.points.get(point.name()).unwrap_or(&0),
            point.name()
        );
    }
    // Of a handful the dice may send some before the work has begun.
    let share = if kills < 40 { 2 } else { 3 };
    assert!(4 * totals.hit >= share * totals.kills, "too few kills hit anything: {totals:?}");
    assert!(totals.acknowledged > 0 && totals.entries > 0, "nothing was at stake: {totals:?}");
    if kills >= 2 * Failpoint::ALL.len() as u64 {
        let missed = Failpoint::ALL.iter().find(|p| !totals.points.contains_key(p.name()));
        assert_eq!(missed, None, "a failpoint was never hit");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f1_kills_lose_nothing_and_leave_no_halves_on_sqlite() {
    campaign(EngineKind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f1_kills_lose_nothing_and_leave_no_halves_on_postgres() {
    campaign(EngineKind::Postgres).await;
}
