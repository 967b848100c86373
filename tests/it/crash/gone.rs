//! A caller that goes away at any await of a use case: dropped after every possible number of polls,
//! with what it waited for still under way or just done. The write happens whole or not at all, the
//! same request id finds its end. Seen red with commands that run in their caller's own task.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use vouch::app::number::Outcome;
use vouch::app::{AppError, customer, delegation, evidence, number};
use vouch::domain::attestation::EvidenceKind;
use vouch::domain::command::number::{
    AddEvidence, DelegateNumber, GivenNumber, Numbers, RevokeDelegation, RevokeEvidence,
};
use vouch::domain::command::onboarding::{CreateCustomer, UpdateProfile};
use vouch::domain::command::write::Write;
use vouch::domain::customer::Role;
use vouch::domain::ids::{CustomerId, DelegationId, EvidenceId};
use vouch::domain::number::Tn;
use vouch::domain::pii::Pii;
use vouch::domain::profile::{Field, Profile};
use vouch::domain::time::Span;
use vouch::store::statement::Sql;
use vouch::store::{Meta, Store, StoreError, Tx};

use crate::support::apps::TestApp;
use crate::support::stores::on_both_stores;

/// How long a write that nobody waits for may take to its end.
const LIMIT: Duration = Duration::from_secs(20);
/// More polls than any use case needs.
const MOST: usize = 40;

/// When the future is dropped, after its polls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Drops {
    /// At once: what it waits for has hardly begun.
    AtOnce,
    /// When it is woken again: what it waits for is done.
    Woken,
}

/// Polls at most `polls` times, then drops; what came out, if it came to its end.
async fn polled<F: Future>(future: F, polls: usize, drops: Drops) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 && drops == Drops::AtOnce => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// The use cases that are left in the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    Create,
    Update,
    Claim,
    Prove,
    Unprove,
    Lend,
    EndLoan,
    Release,
}

const CASES: [Case; 8] = [
    Case::Create,
    Case::Update,
    Case::Claim,
    Case::Prove,
    Case::Unprove,
    Case::Lend,
    Case::EndLoan,
    Case::Release,
];

/// Two customers and a number of their own, as far as the case needs.
struct Scene<'a> {
    app: &'a TestApp,
    tn: String,
    holder: CustomerId,
    borrower: CustomerId,
    evidence: Option<EvidenceId>,
    loan: Option<DelegationId>,
}

impl<'a> Scene<'a> {
    async fn set(app: &'a TestApp, nth: usize, case: Case) -> Self {
        let holder = app.customer("Holder", Role::EndUser).await;
        let borrower = app.customer("Borrower", Role::EndUser).await;
        let tn = format!("+1212664{nth:04}");
        let mut scene = Self { app, tn, holder, borrower, evidence: None, loan: None };
        let before: &[Case] = match case {
            Case::Create | Case::Update | Case::Claim => &[],
            Case::Prove => &[Case::Claim],
            Case::Unprove | Case::Lend => &[Case::Claim, Case::Prove],
            Case::EndLoan | Case::Release => &[Case::Claim, Case::Prove, Case::Lend],
        };
        for step in before {
            scene.play(*step, app.write(step.call())).await.unwrap();
        }
        scene.recall().await;
        scene
    }

    /// Learns the ids that the steps before have made.
    async fn recall(&mut self) {
        let tn = Tn::parse(&self.tn).unwrap();
        let find = move |mut tx: Tx| async move { look(&mut tx, tn).await };
        let found = self.app.app.store.command(Meta::system("test"), find).await;
        let (evidence, loan) = found.unwrap();
        self.evidence = evidence;
        self.loan = loan;
    }

    fn numbers(&self, write: Write) -> Numbers {
        let given = GivenNumber { given: Pii::new(self.tn.clone()), tn: Tn::parse(&self.tn) };
        Numbers { write, customer: self.holder, numbers: vec![given] }
    }

    /// Runs the case once, as the one write that is named.
    async fn play(&self, case: Case, write: Write) -> Result<(), AppError> {
        let (app, portal) = (&self.app.app, self.app.portal());
        let profile =
            Profile { nature_of_business: Pii::new("Feed".to_owned()), ..Default::default() };
        let tn = Tn::parse(&self.tn).unwrap();
        let customer = self.holder;
        match case {
            Case::Create => {
                let ask = CreateCustomer { write, role: Role::EndUser, parent: None, profile };
                customer::create(app, &portal, ask).await.map(drop)
            }
            Case::Update => {
                let fields = vec![Field::NatureOfBusiness];
                let ask = UpdateProfile { write, customer, profile, fields };
                customer::update(app, &portal, ask).await.map(drop)
            }
            Case::Claim => {
                let told = number::claim(app, &portal, self.numbers(write)).await?;
                assert_eq!(told.results, [Outcome::Done]);
                Ok(())
            }
            Case::Prove => {
                let ask = self.letter(write, tn);
                evidence::add(app, &self.app.reviewer(), ask).await.map(drop)
            }
            Case::Unprove => {
                let evidence = self.evidence.unwrap();
                let reason = Pii::new("the letter was withdrawn".to_owned());
                let ask = RevokeEvidence { write, evidence, reason };
                evidence::revoke(app, &portal, ask).await.map(drop)
            }
            Case::Lend => {
                let (number, delegate) = (tn, self.borrower);
                let ask = DelegateNumber { write, holder: customer, number, delegate };
                delegation::delegate(app, &portal, ask).await.map(drop)
            }
            Case::EndLoan => {
                let ask = RevokeDelegation { write, delegation: self.loan.unwrap() };
                delegation::revoke(app, &portal, ask).await.map(drop)
            }
            Case::Release => {
                let told = number::release(app, &portal, self.numbers(write)).await?;
                assert_eq!(told.results, [Outcome::Done]);
                Ok(())
            }
        }
    }

    fn letter(&self, write: Write, number: Tn) -> AddEvidence {
        AddEvidence {
            write,
            customer: self.holder,
            number,
            kind: EvidenceKind::Loa,
            document: None,
            reference: Pii::new(String::new()),
            signed: Some(self.app.app.clock.now().minus(Span::days(1))),
            party: Pii::new("Prairie Telephone Cooperative".to_owned()),
            carrier: "Prairie Telephone Cooperative".to_owned(),
            account: Pii::default(),
        }
    }
}

impl Case {
    /// Whether its first await is that of the write itself; the others look first whose it is.
    const fn begins_at_once(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Claim | Self::Prove | Self::Lend)
    }

    const fn call(self) -> &'static str {
        match self {
            Self::Create => "CreateCustomer",
            Self::Update => "UpdateProfile",
            Self::Claim => "ClaimNumbers",
            Self::Prove => "AddEvidence",
            Self::Unprove => "RevokeEvidence",
            Self::Lend => "DelegateNumber",
            Self::EndLoan => "RevokeDelegation",
            Self::Release => "ReleaseNumbers",
        }
    }
}

/// Waits until a write that nobody waits for has happened.
async fn ends(store: &Store, request_id: &str) {
    let happened = async {
        while entries(store, request_id).await != (1, 1) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let ended = tokio::time::timeout(LIMIT, happened).await;
    assert!(ended.is_ok(), "{request_id} did not come to its end without its caller");
}

/// The live evidence and the live loan of a number, if any.
async fn look(
    tx: &mut Tx,
    tn: Tn,
) -> Result<(Option<EvidenceId>, Option<DelegationId>), StoreError> {
    let Some(file) = tx.number_file_lock(tn).await? else { return Ok((None, None)) };
    Ok((file.evidence.first().map(|e| e.id), file.delegations.first().map(|d| d.id)))
}

/// How many entries a write made: none, or all of it.
async fn entries(store: &Store, request_id: &str) -> (i64, i64) {
    const TEXT: &str = "SELECT count(*), count(DISTINCT i.command) FROM idempotency i
                        JOIN journal j ON j.command = i.command WHERE i.request_id = $1";
    let id = request_id.to_owned();
    let read = move |mut tx: Tx| async move {
        let mut args = tx.args();
        args.add(id.as_str())?;
        tx.fetch_one::<(i64, i64)>(Sql { lite: TEXT, pg: TEXT }, args).await
    };
    store.read::<_, StoreError, _, _>(read).await.unwrap()
}

on_both_stores!(f9_a_caller_gone_at_any_await_leaves_a_whole_write, |test| async {
    let app = TestApp::new(&test).await;
    let (mut nth, mut left, mut ended) = (0, 0, 0);
    for case in CASES {
        for drops in [Drops::AtOnce, Drops::Woken] {
            let mut polls = 0;
            loop {
                nth += 1;
                let scene = Scene::set(&app, 7_000 + nth, case).await;
                let write = app.write(case.call());
                let done = polled(scene.play(case, write.clone()), polls, drops).await;
                let whole = matches!(done, Some(Ok(())));
                assert!(done.is_none() || whole, "{case:?} after {polls} polls: {done:?}");
                if case.begins_at_once() && polls > 0 {
                    // Nobody asks again, and it comes to its end all the same.
                    ends(&test.store, &write.request_id).await;
                }
                // The same write again: it waits for the one under way, and finds its answer.
                let again = scene.play(case, write.clone());
                let again = tokio::time::timeout(LIMIT, again).await.expect("it must end");
                assert!(again.is_ok(), "{case:?} after {polls} polls: {again:?}");
                assert_eq!(entries(&test.store, &write.request_id).await, (1, 1), "{case:?}");
                if whole {
                    ended += 1;
                    break;
                }
                left += 1;
                polls += 1;
                assert!(polls < MOST, "{case:?} never ends");
            }
        }
    }
    assert_eq!(ended, 2 * CASES.len());
    assert!(left >= 3 * CASES.len(), "hardly anybody went away: {left}");
    println!("{left} callers went away, at every await of {} use cases", CASES.len());
});
