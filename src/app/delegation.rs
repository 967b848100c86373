//! Loans of numbers along a recorded chain, and what becomes of a chain when one of its links stops
//! being active.

use serde::{Deserialize, Serialize};

use super::access::Written;
use super::error::AppError;
use super::number_draft::{LastWritten, NumberDraft, not_ended, owner_draft};
use super::parts::App;
use crate::domain::access::Principal;
use crate::domain::command::number::{DelegateNumber, RevokeDelegation};
use crate::domain::customer::StateWord;
use crate::domain::ids::{CustomerId, DelegationId};
use crate::domain::number_file::Delegation;
use crate::domain::time::Ts;
use crate::store::{Meta, Tx};

/// The job that works chains of loans out anew after a customer's state has changed.
pub const RELINK: &str = "RELINK";

/// Most loans of one number.
const MAX_LOANS: usize = 64;
/// Numbers that one command looks at after a customer's state has changed.
const CHUNK: i64 = 100;

/// A loan after a write. It holds no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lent {
    /// Its id.
    pub delegation: DelegationId,
    /// Who lends.
    pub holder: CustomerId,
    /// Who borrows.
    pub delegate: CustomerId,
    /// Since when.
    pub at: Ts,
    /// The number after the write.
    pub written: Written,
}

impl LastWritten for Lent {
    fn last(&self) -> Option<Written> {
        Some(self.written)
    }
}

/// Lends a number to a customer of the same client, or to the holder's own customer. Lending it
/// again to the same one changes nothing.
pub async fn delegate(app: &App, who: &Principal, ask: DelegateNumber) -> Result<Lent, AppError> {
    let meta = Meta::write(who, &ask.write);
    let id = DelegationId(app.clock.id());
    let (shared, who) = (app.clone(), *who);
    app.store
        .command(meta, move |mut tx| {
            let (app, ask) = (shared.clone(), ask.clone());
            async move { delegate_in(&app, &mut tx, &who, &ask, id).await }
        })
        .await
}

async fn delegate_in(
    app: &App,
    tx: &mut Tx,
    who: &Principal,
    ask: &DelegateNumber,
    id: DelegationId,
) -> Result<Lent, AppError> {
    let (first, second) = (ask.holder.min(ask.delegate), ask.holder.max(ask.delegate));
    for customer in [first, second] {
        tx.customer_lock(customer).await?;
    }
    let owner = owner_draft(app, tx, who, ask.holder).await?;
    not_ended(&owner)?;
    let borrower = tx.customer(ask.delegate).await?.filter(|row| {
        row.client_id == owner.file.customer.client || row.parent_id == Some(ask.holder)
    });
    let Some(borrower) = borrower else {
        let message = "lend it to a customer of the same client, or to the holder's own customer";
        return Err(AppError::field("delegate_id", "NOT_FOUND", message));
    };
    if borrower.state == StateWord::Terminated.as_str() {
        let message = "a TERMINATED customer borrows nothing";
        return Err(AppError::field("delegate_id", "CUSTOMER_TERMINATED", message));
    }
    tx.saw_of(borrower.id.0, borrower.last_at);
    let draft = NumberDraft::open(tx, ask.number).await?;
    let draft = draft.filter(|draft| draft.file.can_lend(ask.holder));
    let Some(mut draft) = draft else {
        let message = "the holder has neither evidence nor a loan of this number";
        return Err(AppError::field("number", "NOTHING_TO_LEND", message));
    };
    let same = |d: &&Delegation| d.holder == ask.holder && d.delegate == ask.delegate;
    if let Some(loan) = draft.file.delegations.iter().find(same) {
        let written = Written { subject: draft.file.id.0, revision: draft.file.revision };
        return Ok(lent(loan, written));
    }
    if draft.file.delegations.len() >= MAX_LOANS {
        let message = "a number is lent to 64 customers at most; end a loan first";
        return Err(AppError::refused("TOO_MANY_LOANS", message));
    }
    let loan = Delegation {
        id,
        number: draft.file.id,
        holder: ask.holder,
        delegate: ask.delegate,
        at: tx.at(),
    };
    draft.lend(loan.clone());
    let written = draft.write(tx, "number.lent", Some(ask.holder)).await?;
    Ok(lent(&loan, written))
}

const fn lent(loan: &Delegation, written: Written) -> Lent {
    Lent { delegation: loan.id, holder: loan.holder, delegate: loan.delegate, at: loan.at, written }
}

/// Ends a loan at once; the lender may, and the borrower may.
pub async fn revoke(app: &App, who: &Principal, ask: RevokeDelegation) -> Result<Lent, AppError> {
    let meta = Meta::write(who, &ask.write);
    let dry = meta.is_dry();
    let (who, id) = (*who, ask.delegation);
    let loan = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move { visible(&mut tx, &who, id).await })
        .await;
    let borrower = match &loan {
        Ok(loan) => loan.delegate,
        // A retry of the write that ended it has to find its answer.
        Err(AppError::NotFound { .. }) => CustomerId(uuid::Uuid::nil()),
        Err(error) => return Err(error.clone()),
    };
    let shared = app.clone();
    let command = async move {
        shared
            .store
            .command(meta, move |mut tx| async move { revoke_in(&mut tx, &who, id).await })
            .await
    };
    app.taking(borrower, dry, command).await
}

/// A live loan, if the caller may see one of its two sides.
async fn visible(tx: &mut Tx, who: &Principal, id: DelegationId) -> Result<Delegation, AppError> {
    let missing = AppError::NotFound { what: "delegation" };
    let Some(row) = tx.delegation(id).await? else { return Err(missing) };
    for side in [row.holder, row.delegate] {
        if tx.customer(side).await?.is_some_and(|side| who.sees(Some(side.client_id))) {
            return Ok(row.into());
        }
    }
    Err(missing)
}

async fn revoke_in(tx: &mut Tx, who: &Principal, id: DelegationId) -> Result<Lent, AppError> {
    let missing = AppError::NotFound { what: "delegation" };
    let loan = visible(tx, who, id).await?;
    let Some(mut draft) = NumberDraft::open_id(tx, loan.number).await? else {
        return Err(missing);
    };
    if !draft.file.delegations.iter().any(|d| d.id == id) {
        return Err(missing);
    }
    draft.end_loan(id);
    let written = draft.write(tx, "number.loan_ended", Some(loan.holder)).await?;
    Ok(lent(&loan, written))
}

/// Works out anew the numbers whose chain of loans passes through a customer that stopped or began
/// being active; the command that changed it asks for the job. Says how many numbers changed.
pub async fn relink_after(app: &App, customer: CustomerId) -> Result<u64, AppError> {
    let (mut after, mut changed) = (0_i64, 0);
    loop {
        let page = app
            .store
            .read::<_, AppError, _, _>(move |mut tx| async move {
                Ok(tx.numbers_lent_to(customer, after, CHUNK).await?)
            })
            .await?;
        let Some((last,)) = page.last() else { return Ok(changed) };
        after = i64::from(last);
        changed += app
            .store
            .command(Meta::system("relink"), move |mut tx| {
                let page = page.clone();
                async move {
                    let mut changed = 0_u64;
                    for (tn,) in page {
                        let Some(mut draft) = NumberDraft::open(&mut tx, tn).await? else {
                            continue;
                        };
                        if draft.settle(&mut tx).await? {
                            draft.write(&mut tx, "number.relinked", None).await?;
                            changed += 1;
                        }
                    }
                    Ok::<_, AppError>(changed)
                }
            })
            .await?;
    }
}
