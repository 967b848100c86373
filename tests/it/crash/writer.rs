//! A portal's writers: each asks for one write after another, remembers what was acknowledged, and
//! asks again, under the same request id, for what it was not told the end of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tonic::{Code, Status};
use uuid::Uuid;
use vouch::wire::pb;
use vouch::wire::pb::number_service_client::NumberServiceClient;
use vouch::wire::pb::onboarding_service_client::OnboardingServiceClient;

use super::instance::{Caller, With};
use crate::support::campaign::Dice;

/// Numbers that all writers claim and release: they meet on their rows.
const NUMBERS: u64 = 40;
/// Customers of its own that a writer makes.
const CUSTOMERS: usize = 6;
/// How long to wait before the same write is asked for again.
const PAUSE: Duration = Duration::from_millis(3);

/// What a write changes; each change is one journal entry and one revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    Customer(Uuid),
    Number(i64),
}

/// One write with its request id: asked for until its end is known.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) request_id: String,
    pub(crate) what: What,
}

#[derive(Clone, Debug)]
pub(crate) enum What {
    Create { name: String },
    Update { customer: Uuid, text: String },
    Claim { customer: Uuid, numbers: Vec<i64> },
    Release { customer: Uuid, numbers: Vec<i64> },
}

impl Ask {
    /// The call's name, as the idempotency key holds it.
    pub(crate) const fn call(&self) -> &'static str {
        match self.what {
            What::Create { .. } => "CreateCustomer",
            What::Update { .. } => "UpdateProfile",
            What::Claim { .. } => "ClaimNumbers",
            What::Release { .. } => "ReleaseNumbers",
        }
    }

    /// What it may change; a new customer has no name before.
    pub(crate) fn touches(&self) -> Vec<Subject> {
        match &self.what {
            What::Create { .. } => Vec::new(),
            What::Update { customer, .. } => vec![Subject::Customer(*customer)],
            What::Claim { numbers, .. } | What::Release { numbers, .. } => {
                numbers.iter().map(|tn| Subject::Number(*tn)).collect()
            }
        }
    }
}

/// One writer, through every process it talks to.
#[derive(Debug)]
pub(crate) struct Writer {
    name: String,
    asked: u64,
    dice: Dice,
    shared: Arc<Vec<Uuid>>,
    own: Vec<Uuid>,
    claimed: BTreeSet<(Uuid, i64)>,
    /// Acknowledged changes.
    pub(crate) changes: BTreeMap<Subject, u64>,
    /// Acknowledged writes: request id and call.
    pub(crate) acknowledged: BTreeMap<String, &'static str>,
    /// A write whose end is not known.
    pub(crate) open: Option<Ask>,
    /// Calls given up on and asked for again while the service lived.
    pub(crate) walked_away: u64,
}

/// What the writers of one process share with whoever kills it.
#[derive(Debug, Default)]
pub(crate) struct Air {
    /// The process is dead, or about to be: nobody asks again.
    pub(crate) over: AtomicBool,
    /// Writes that were sent and not answered, of writers that had an answer before.
    pub(crate) flying: AtomicUsize,
    /// Writes acknowledged by this process.
    pub(crate) landed: AtomicUsize,
}

impl Writer {
    /// A writer that knows the customers all share.
    pub(crate) fn new(name: String, seed: u64, shared: Arc<Vec<Uuid>>) -> Self {
        Self {
            name,
            asked: 0,
            dice: Dice::of(seed),
            shared,
            own: Vec::new(),
            claimed: BTreeSet::new(),
            changes: BTreeMap::new(),
            acknowledged: BTreeMap::new(),
            open: None,
            walked_away: 0,
        }
    }

    /// Asks until the process is gone, beginning with what was left open; with `only_open`, no more
    /// than that.
    pub(crate) async fn run(mut self, caller: Caller, air: Arc<Air>, only_open: bool) -> Self {
        let mut warm = false;
        while !air.over.load(Ordering::SeqCst) {
            let ask = match self.open.take() {
                Some(ask) => ask,
                None if only_open => break,
                None => self.next(),
            };
            self.open = Some(ask.clone());
            if warm {
                air.flying.fetch_add(1, Ordering::SeqCst);
            }
            let told = self.call(&caller, &ask).await;
            if warm {
                air.flying.fetch_sub(1, Ordering::SeqCst);
            }
            match told {
                Ok(changed) => {
                    self.open = None;
                    warm = true;
                    air.landed.fetch_add(1, Ordering::SeqCst);
                    self.acknowledge(&ask, &changed);
                }
                Err(status) => {
                    assert!(passes(&status), "{}: {status:?}", ask.call());
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        self
    }

    /// One call; now and then the writer walks away from it.
    async fn call(&mut self, caller: &Caller, ask: &Ask) -> Result<Vec<Subject>, Status> {
        if self.dice.below(10) > 0 {
            return ask.send(caller).await;
        }
        let patience = Duration::from_micros(self.dice.below(4_000));
        match tokio::time::timeout(patience, ask.send(caller)).await {
            Ok(told) => told,
            Err(_late) => {
                self.walked_away += 1;
                ask.send(caller).await
            }
        }
    }

    fn acknowledge(&mut self, ask: &Ask, changed: &[Subject]) {
        for subject in changed {
            *self.changes.entry(*subject).or_default() += 1;
        }
        let twice = self.acknowledged.insert(ask.request_id.clone(), ask.call());
        assert!(twice.is_none(), "{} was asked for again after its answer", ask.request_id);
        match (&ask.what, changed) {
            (What::Create { .. }, [Subject::Customer(id)]) => self.own.push(*id),
            (What::Create { .. }, _) => panic!("a customer was not created"),
            (What::Update { .. }, _) => {}
            (What::Claim { customer, numbers }, _) => {
                self.claimed.extend(numbers.iter().map(|tn| (*customer, *tn)));
            }
            (What::Release { customer, numbers }, _) => {
                self.claimed.retain(|(who, tn)| who != customer || !numbers.contains(tn));
            }
        }
    }

    fn next(&mut self) -> Ask {
        self.asked += 1;
        let request_id = format!("{}-{}", self.name, self.asked);
        let customer = if self.own.is_empty() { None } else { Some(*self.dice.one(&self.own)) };
        let what = match (customer, self.dice.below(10)) {
            (None, _) => What::Create { name: request_id.clone() },
            (Some(_), 0) if self.own.len() < CUSTOMERS => What::Create { name: request_id.clone() },
            (Some(_), 0..=2) => {
                What::Update { customer: *self.dice.one(&self.shared), text: request_id.clone() }
            }
            (Some(customer), 3..=5) => What::Update { customer, text: request_id.clone() },
            (Some(customer), _) => self.toggle(customer),
        };
        Ask { request_id, what }
    }

    /// Claims numbers that the customer has not, or gives back those that it has.
    fn toggle(&mut self, customer: Uuid) -> What {
        let few = 1 + self.dice.below(4);
        let picked: BTreeSet<i64> = (0..few).map(|_| self.number()).collect();
        let (has, has_not): (Vec<_>, Vec<_>) =
            picked.into_iter().partition(|tn| self.claimed.contains(&(customer, *tn)));
        if has_not.is_empty() {
            What::Release { customer, numbers: has }
        } else {
            What::Claim { customer, numbers: has_not }
        }
    }

    fn number(&mut self) -> i64 {
        12_126_647_000 + i64::try_from(self.dice.below(NUMBERS)).unwrap()
    }
}

/// Whether the same write may be asked for again: the service is starting, busy, or gone.
fn passes(status: &Status) -> bool {
    match status.code() {
        Code::Unavailable | Code::Unauthenticated | Code::ResourceExhausted => true,
        // What the client makes of a connection that was cut.
        Code::Unknown | Code::Internal | Code::Cancelled => {
            std::error::Error::source(status).is_some() || status.message().contains("h2 protocol")
        }
        _ => false,
    }
}

impl Ask {
    async fn send(&self, caller: &Caller) -> Result<Vec<Subject>, Status> {
        let request_id = self.request_id.clone();
        let (channel, bearer) = caller.parts();
        let mut portal: OnboardingServiceClient<With> =
            OnboardingServiceClient::with_interceptor(channel.clone(), bearer.clone());
        let mut numbers_of: NumberServiceClient<With> =
            NumberServiceClient::with_interceptor(channel, bearer);
        match &self.what {
            What::Create { name } => {
                let profile = pb::Profile { legal_name: name.clone(), ..Default::default() };
                let ask = pb::CreateCustomerRequest {
                    request_id,
                    role: pb::CustomerRole::EndUser.into(),
                    profile: Some(profile),
                    ..Default::default()
                };
                let told = portal.create_customer(ask).await?.into_inner();
                Ok(vec![customer(told.customer)])
            }
            What::Update { customer: id, text } => {
                let profile =
                    pb::Profile { nature_of_business: text.clone(), ..Default::default() };
                let ask = pb::UpdateProfileRequest {
                    request_id,
                    customer_id: id.to_string(),
                    profile: Some(profile),
                    update_mask: Some(prost_types::FieldMask {
                        paths: vec!["nature_of_business".to_owned()],
                    }),
                    ..Default::default()
                };
                let told = portal.update_profile(ask).await?.into_inner();
                Ok(vec![customer(told.customer)])
            }
            What::Claim { customer, numbers } => {
                let ask = pb::ClaimNumbersRequest {
                    request_id,
                    customer_id: customer.to_string(),
                    numbers: texts(numbers),
                    ..Default::default()
                };
                Ok(changed(numbers_of.claim_numbers(ask).await?.into_inner().results))
            }
            What::Release { customer, numbers } => {
                let ask = pb::ReleaseNumbersRequest {
                    request_id,
                    customer_id: customer.to_string(),
                    numbers: texts(numbers),
                };
                Ok(changed(numbers_of.release_numbers(ask).await?.into_inner().results))
            }
        }
    }
}

fn customer(told: Option<pb::Customer>) -> Subject {
    Subject::Customer(told.unwrap().customer_id.parse().unwrap())
}

fn texts(numbers: &[i64]) -> Vec<String> {
    numbers.iter().map(|tn| format!("+{tn}")).collect()
}

/// The numbers that were changed; every number here can be claimed.
fn changed(results: Vec<pb::NumberResult>) -> Vec<Subject> {
    let done = |result: pb::NumberResult| {
        assert_ne!(result.outcome(), pb::NumberOutcome::Refused, "{}", result.reason);
        let tn = result.number.trim_start_matches('+').parse().unwrap();
        (result.outcome() == pb::NumberOutcome::Done).then_some(Subject::Number(tn))
    };
    results.into_iter().filter_map(done).collect()
}
