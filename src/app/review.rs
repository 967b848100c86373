//! The reviewers' one queue: open findings, checks that wait, proposals that wait, customers that
//! wait.

use uuid::Uuid;

use super::error::AppError;
use super::page::{KeyBytes, Keyset};
use super::parts::App;
use super::proposal::proposal_of;
use crate::domain::access::Principal;
use crate::domain::check::Check;
use crate::domain::command::query::{Page, ReviewItemKind as Waiting};
use crate::domain::customer::StateWord;
use crate::domain::customer_file::CustomerFile;
use crate::domain::evidence::Evidence;
use crate::domain::finding::Finding;
use crate::domain::ids::{CheckId, CustomerId, EvidenceId, FindingId, ProposalId};
use crate::domain::number::Tn;
use crate::domain::proposal::Proposal;
use crate::domain::time::Ts;
use crate::store::Tx;

/// The order of the queue.
const ORDER: [Waiting; 5] =
    [Waiting::Finding, Waiting::Check, Waiting::Proposal, Waiting::Customer, Waiting::Evidence];

/// One thing that waits, with the customer it is about.
#[derive(Debug)]
pub struct Item {
    /// The customer's file.
    pub file: CustomerFile,
    /// What waits.
    pub what: What,
    key: Position,
}

/// The thing itself.
#[derive(Debug)]
pub enum What {
    /// A finding.
    Finding(Finding),
    /// A check.
    Check(Check),
    /// A proposal.
    Proposal(Proposal),
    /// The customer itself.
    Customer,
    /// A letter or a bill, with its number.
    Evidence(Box<Evidence>, Tn),
}

/// Where an item stands in the queue: first by what waits, then by age.
#[derive(Clone, Copy, Debug)]
struct Position(Waiting, Uuid);

impl KeyBytes for Position {
    fn key_bytes(&self) -> Vec<u8> {
        [&[self.0 as u8], self.1.as_bytes().as_slice()].concat()
    }
}

/// What a queue is asked for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only these; empty for all.
    pub kinds: Vec<Waiting>,
    /// Only this customer.
    pub customer: Option<CustomerId>,
}

/// A page of the queue, findings first, oldest first.
pub async fn list(
    app: &App,
    who: &Principal,
    filter: Filter,
    page: Page,
) -> Result<(Vec<Item>, String), AppError> {
    let keyset =
        Keyset::open(app, &format!("review|{:?}|{:?}", filter.kinds, filter.customer), &page)?;
    let (start, after) = keyset.after_pair()?;
    let limit = keyset.limit();
    let who = *who;
    let mut items = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            let mut items = Vec::new();
            let wanted = |w: &Waiting| filter.kinds.is_empty() || filter.kinds.contains(w);
            for waiting in ORDER.into_iter().filter(wanted) {
                if (waiting as u8) < start {
                    continue;
                }
                let after = if waiting as u8 == start { after } else { Uuid::nil() };
                let mut more = of_kind(&mut tx, waiting, after, &filter, limit).await?;
                more.retain(|item| who.sees(Some(item.file.customer.client)));
                items.append(&mut more);
                if i64::try_from(items.len()).unwrap_or(i64::MAX) >= limit {
                    break;
                }
            }
            Ok(items)
        })
        .await?;
    let next = keyset.next(app, &mut items, |item| item.key)?;
    Ok((items, next))
}

async fn of_kind(
    tx: &mut Tx,
    waiting: Waiting,
    after: Uuid,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<Item>, AppError> {
    let mut out = Vec::new();
    let mut after = after;
    // A filter by customer may skip rows; pages of rows are read until the page of items is full.
    loop {
        let rows = rows(tx, waiting, after, limit).await?;
        let Some((last, _)) = rows.last() else { return Ok(out) };
        after = *last;
        for (id, customer) in rows {
            if filter.customer.is_some_and(|only| only != customer) {
                continue;
            }
            let Some(file) = tx.file(customer).await? else { continue };
            if let Some(what) = what(tx, waiting, id, &file).await? {
                out.push(Item { file, what, key: Position(waiting, id) });
            }
            if i64::try_from(out.len()).unwrap_or(i64::MAX) >= limit {
                return Ok(out);
            }
        }
    }
}

type Row = (Uuid, CustomerId);

async fn rows(
    tx: &mut Tx,
    waiting: Waiting,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Row>, AppError> {
    Ok(match waiting {
        Waiting::Finding => {
            let rows = tx.findings_open(FindingId(after), limit).await?;
            rows.into_iter().map(|row| (row.id.0, row.customer_id)).collect()
        }
        Waiting::Check => {
            let rows = tx.checks_in_review(CheckId(after), limit).await?;
            rows.into_iter().map(|row| (row.id.0, row.customer_id)).collect()
        }
        Waiting::Proposal => {
            let rows = tx.proposals_open(ProposalId(after), tx.now(), limit).await?;
            let named = rows.into_iter().filter_map(|row| Some((row.id.0, row.customer_id?)));
            named.collect()
        }
        Waiting::Customer => {
            let states = [StateWord::Submitted, StateWord::InReview].map(StateWord::as_str);
            let rows = tx.customers(CustomerId(after), &states.join(","), "", limit).await?;
            rows.into_iter().map(|row| (row.id.0, row.id)).collect()
        }
        Waiting::Evidence => {
            let rows = tx.evidence_waiting(Ts::NEVER, EvidenceId(after), limit).await?;
            rows.into_iter().map(|row| (row.id.0, row.customer_id)).collect()
        }
    })
}

async fn what(
    tx: &mut Tx,
    waiting: Waiting,
    id: Uuid,
    file: &CustomerFile,
) -> Result<Option<What>, AppError> {
    Ok(match waiting {
        Waiting::Finding => file.findings.iter().find(|f| f.id.0 == id).cloned().map(What::Finding),
        Waiting::Check => file.checks.iter().find(|c| c.id.0 == id).cloned().map(What::Check),
        Waiting::Proposal => match tx.proposal(ProposalId(id)).await? {
            Some(row) => Some(What::Proposal(proposal_of(tx, file.customer.id, row).await?)),
            None => None,
        },
        Waiting::Customer => Some(What::Customer),
        Waiting::Evidence => match tx.evidence_row(EvidenceId(id)).await? {
            Some(row) => {
                let number = tx.number_row(row.number_id).await?;
                let piece = Box::new(tx.evidence_piece(row).await?);
                number.map(|number| What::Evidence(piece, number.tn))
            }
            None => None,
        },
    })
}
