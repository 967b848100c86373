//! A number's file while a command changes it: rows go in, the grants follow by the rules, and one
//! change comes out.

use std::collections::BTreeSet;
use std::time::Duration;

use super::access::Written;
use super::change::APPLIED;
use super::draft::Draft;
use super::error::AppError;
use super::number_check::placed;
use super::parts::App;
use crate::domain::access::Principal;
use crate::domain::attestation::NumberFacts;
use crate::domain::customer::State;
use crate::domain::dispute::Dispute;
use crate::domain::evidence::{Evidence, Kind};
use crate::domain::ids::{CustomerId, DelegationId, EvidenceId, NumberId};
use crate::domain::number::Tn;
use crate::domain::number_event::{Aging, NumberEvent};
use crate::domain::number_file::{Delegation, NumberFile};
use crate::domain::numbering::{Placed, Stocked};
use crate::domain::pii::Pii;
use crate::domain::time::Ts;
use crate::store::Tx;
use crate::store::number_change::{NumberChange, NumberFact, Stock};

/// How long the fence stays at most: beyond `a_bound` a table that does not follow gives no A.
const FENCED: Duration = Duration::from_secs(10);

/// The file and what was done so far.
#[derive(Debug)]
pub struct NumberDraft {
    /// The facts as they stand after what was done so far.
    pub file: NumberFile,
    before: NumberFacts,
    rows: Vec<NumberFact>,
    reason: Option<Pii<String>>,
}

impl NumberDraft {
    /// Loads and locks a number that has a row.
    pub async fn open(tx: &mut Tx, tn: Tn) -> Result<Option<Self>, AppError> {
        Ok(tx.number_file_lock(tn).await?.map(Self::of))
    }

    /// Loads and locks a number by the id of its row.
    pub async fn open_id(tx: &mut Tx, id: NumberId) -> Result<Option<Self>, AppError> {
        match tx.number_lock_id(id).await? {
            Some(row) => Ok(Some(Self::of(tx.number_file(row).await?))),
            None => Ok(None),
        }
    }

    /// Loads and locks a number, or begins one under the id `fresh` where the lists put it.
    pub async fn open_or_new(
        app: &App,
        tx: &mut Tx,
        tn: Tn,
        fresh: NumberId,
    ) -> Result<Self, AppError> {
        let known = Self::open(tx, tn).await?;
        Ok(known.unwrap_or_else(|| Self::begun(app, tn, fresh)))
    }

    /// Loads and locks many different numbers, or begins those that have no row; in the order of
    /// their digits.
    pub async fn open_all(app: &App, tx: &mut Tx, numbers: &[Tn]) -> Result<Vec<Self>, AppError> {
        let mut known = tx.number_files_lock(numbers).await?;
        let wanted: BTreeSet<Tn> = numbers.iter().copied().collect();
        let fresh = |tn| Self::begun(app, tn, NumberId(app.clock.opaque_id()));
        let open = |tn| known.remove(&tn).map_or_else(|| fresh(tn), Self::of);
        Ok(wanted.into_iter().map(open).collect())
    }

    /// A number that has no row yet.
    fn begun(app: &App, tn: Tn, fresh: NumberId) -> Self {
        Self::of(NumberFile::new(fresh, tn, placed(app, tn, Stocked::No)))
    }

    /// Loads and locks a number that this customer claims.
    pub async fn open_claimed(tx: &mut Tx, tn: Tn, customer: CustomerId) -> Result<Self, AppError> {
        let known = Self::open(tx, tn).await?.filter(|draft| draft.file.claimed_by(customer));
        known.ok_or_else(|| {
            AppError::field("number", "NOT_CLAIMED", "the customer claims no such number; claim it")
        })
    }

    fn of(file: NumberFile) -> Self {
        Self { before: file.facts.clone(), file, rows: Vec::new(), reason: None }
    }

    /// Whether anything was done.
    pub fn is_changed(&self) -> bool {
        !self.rows.is_empty()
    }

    /// Why a person did this; it stands in the sealed part of the entry.
    pub fn because(&mut self, reason: Pii<String>) {
        self.reason = Some(reason);
    }

    /// A customer says that it may use the number.
    pub fn claim(&mut self, customer: CustomerId) {
        self.file.claims.push(customer);
        self.rows.push(NumberFact::Claimed { customer });
    }

    /// A customer gives the number back: its claim, its evidence and its loans end.
    pub fn release(&mut self, customer: CustomerId) {
        self.file.claims.retain(|who| *who != customer);
        self.rows.push(NumberFact::Released { customer });
        self.end_where(|piece| piece.customer == customer);
        let theirs = |d: &&Delegation| d.holder == customer || d.delegate == customer;
        let loans: Vec<_> = self.file.delegations.iter().filter(theirs).map(|d| d.id).collect();
        for loan in loans {
            self.end_loan(loan);
        }
    }

    /// Adds evidence. Evidence of the same kind and customer that ran out makes room, and so does
    /// what waited for a reviewer on the same document.
    pub fn add(&mut self, evidence: Evidence, now: Ts) {
        self.end_where(|old| {
            let stale = old.expires_at <= now;
            let waited = old.verified_at == Ts::NEVER && old.document == evidence.document;
            let same = old.customer == evidence.customer && old.kind == evidence.kind;
            same && (stale || waited)
        });
        self.file.evidence.push(evidence.clone());
        self.rows.push(NumberFact::Evidence(evidence));
    }

    /// Adds evidence that a feed gives; what it replaces was ended before.
    pub(super) fn give(&mut self, evidence: Evidence) {
        self.file.evidence.push(evidence.clone());
        self.rows.push(NumberFact::Evidence(evidence));
    }

    /// Ends every loan.
    pub(super) fn end_loans(&mut self) {
        let loans: Vec<_> = self.file.delegations.iter().map(|loan| loan.id).collect();
        for loan in loans {
            self.end_loan(loan);
        }
    }

    /// Begins a rest, or ends the one that was.
    pub(super) fn rest(&mut self, rests: Option<Aging>, wakes: bool) {
        if let Some(aging) = rests {
            self.rows.push(NumberFact::Rests(aging));
        } else if wakes {
            self.rows.push(NumberFact::Woken);
        }
    }

    /// Writes a dispute, or what a person said about it.
    pub(super) fn dispute(&mut self, dispute: Dispute) {
        self.rows.push(NumberFact::Dispute(dispute));
    }

    /// Remembers an event, so that it happens once.
    pub(super) fn remember(&mut self, source: String, event: NumberEvent) {
        self.rows.push(NumberFact::Event { source, event });
    }

    /// Ends evidence.
    pub fn end_where(&mut self, ends: impl Fn(&Evidence) -> bool) {
        let gone: Vec<EvidenceId> =
            self.file.evidence.iter().filter(|piece| ends(piece)).map(|piece| piece.id).collect();
        self.file.evidence.retain(|piece| !gone.contains(&piece.id));
        self.rows.extend(gone.into_iter().map(|evidence| NumberFact::EvidenceEnded { evidence }));
    }

    /// Another piece takes the place of one, or none does.
    pub fn replace(&mut self, old: EvidenceId, new: Option<Evidence>) {
        self.end_where(|piece| piece.id == old);
        if let Some(evidence) = new {
            self.file.evidence.push(evidence.clone());
            self.rows.push(NumberFact::Evidence(evidence));
        }
    }

    /// Adds a row that changes no grant.
    pub fn note(&mut self, row: NumberFact) {
        self.rows.push(row);
    }

    /// Records a loan.
    pub fn lend(&mut self, loan: Delegation) {
        self.file.delegations.push(loan.clone());
        self.rows.push(NumberFact::Lent(loan));
    }

    /// Ends a loan.
    pub fn end_loan(&mut self, loan: DelegationId) {
        self.file.delegations.retain(|d| d.id != loan);
        self.rows.push(NumberFact::LoanEnded { delegation: loan });
    }

    /// What the provider's own feed says: whom the number is assigned to, or that nobody has it.
    /// The assignment before ends with its evidence.
    pub fn stock(&mut self, app: &App, stock: Stock, evidence: Option<Evidence>) {
        self.end_where(|piece| piece.kind == Kind::AssignedByUs);
        let row = Some(stock.customer);
        self.rows.push(NumberFact::Stock(stock));
        if let Some(evidence) = evidence {
            self.give(evidence);
        }
        self.place(app, row);
    }

    /// The provider's own feed no longer holds the number.
    pub fn leave_stock(&mut self, app: &App) {
        self.end_where(|piece| piece.kind == Kind::AssignedByUs);
        self.rows.push(NumberFact::StockEnded);
        self.place(app, None);
    }

    /// Puts the number where the lists and our feeds put it: by its row in the inventory, and whom
    /// that names, and by the evidence that it has now. Whether that is another place than before.
    #[expect(clippy::option_option, reason = "no row, a row of nobody, a row of somebody")]
    pub(super) fn place(&mut self, app: &App, row: Option<Option<CustomerId>>) -> bool {
        let own = self.file.evidence.iter().any(|piece| piece.kind.own_feed());
        let Placed { category, foreign } = placed(app, self.file.tn, Stocked::by(row, own));
        let facts = &mut self.file.facts;
        let moves = (facts.category, facts.foreign) != (category, foreign);
        (facts.category, facts.foreign) = (category, foreign);
        moves
    }

    /// Works the grants out anew and says whether that changed the facts.
    pub async fn settle(&mut self, tx: &mut Tx) -> Result<bool, AppError> {
        let now = tx.now();
        let active = tx.active_links(&self.file, now).await?;
        self.file.settle(&active);
        Ok(self.file.facts != self.before)
    }

    /// Settles the grants and writes everything under one entry.
    pub async fn write(
        mut self,
        tx: &mut Tx,
        word: &'static str,
        owner: Option<CustomerId>,
    ) -> Result<Written, AppError> {
        self.settle(tx).await?;
        let (written, change) = self.into_change(word, owner);
        tx.change_number(change).await?;
        Ok(written)
    }

    /// As [`NumberDraft::write`], many at once; the last one in the order in which tables apply
    /// them.
    pub async fn write_all(
        tx: &mut Tx,
        drafts: Vec<Self>,
        word: &'static str,
        owner: Option<CustomerId>,
    ) -> Result<Option<Written>, AppError> {
        let (mut changes, mut last) = (Vec::with_capacity(drafts.len()), None::<Written>);
        for mut draft in drafts {
            draft.settle(tx).await?;
            let (written, change) = draft.into_change(word, owner);
            changes.push(change);
            last = last.filter(|last| last.subject > written.subject).or(Some(written));
        }
        if !changes.is_empty() {
            tx.change_numbers(changes).await?;
        }
        Ok(last)
    }

    fn into_change(self, word: &'static str, owner: Option<CustomerId>) -> (Written, NumberChange) {
        let written = Written { subject: self.file.id.0, revision: self.file.revision + 1 };
        let change = NumberChange {
            word,
            before: self.before,
            file: self.file,
            rows: self.rows,
            owner,
            reason: self.reason,
        };
        (written, change)
    }
}

/// The customer that a command on numbers is for: its row is locked, so that its state stays.
pub(super) async fn owner_draft(
    app: &App,
    tx: &mut Tx,
    who: &Principal,
    customer: CustomerId,
) -> Result<Draft, AppError> {
    let policy = app.policies.at(tx.now())?;
    Draft::open(tx, who, customer, policy).await
}

/// Refuses what only a customer that is not ended may do.
pub(super) fn not_ended(draft: &Draft) -> Result<(), AppError> {
    match draft.file.customer.state {
        State::Terminated { .. } | State::Rejected { .. } => {
            let message = "a TERMINATED or REJECTED customer gets no numbers; create a new one";
            Err(AppError::refused("CUSTOMER_TERMINATED", message))
        }
        State::Draft
        | State::Submitted { .. }
        | State::InReview { .. }
        | State::Verified { .. }
        | State::Active(_)
        | State::Suspended { .. }
        | State::Legacy => Ok(()),
    }
}

/// What a command's answer says of the numbers it changed.
pub(super) trait LastWritten {
    /// The number that the table applies last; none when nothing was changed.
    fn last(&self) -> Option<Written>;
}

impl LastWritten for Written {
    fn last(&self) -> Option<Written> {
        Some(*self)
    }
}

impl App {
    /// Runs a command that takes something from a customer's numbers. The customer is fenced in the
    /// local table before the commit, until that table has applied it; command and fence end even
    /// when the caller hangs up. A dry run takes nothing.
    pub(super) async fn taking<T>(
        &self,
        customer: CustomerId,
        dry: bool,
        command: impl Future<Output = Result<T, AppError>> + Send + 'static,
    ) -> Result<T, AppError>
    where
        T: LastWritten + Send + 'static,
    {
        if dry {
            return command.await;
        }
        let app = self.clone();
        let task = async move {
            let fence = app.live.fence(customer);
            let done = command.await?;
            if let Some(last) = done.last() {
                let (subject, revision) = (last.subject, last.revision);
                if !app.live.wait_for(subject, revision, APPLIED).await {
                    tokio::spawn(async move {
                        app.live.wait_for(subject, revision, FENCED).await;
                        drop(fence);
                    });
                }
            }
            Ok(done)
        };
        let ended = tokio::spawn(task).await;
        ended.map_err(|panic| AppError::bug(&self.clock, &panic))?
    }
}
