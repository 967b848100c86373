//! One change of one number: its file as stored, and its journal entry, row and fact rows.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};

use super::error::StoreError;
use super::failpoint::failpoint;
use super::journal::EntryDraft;
use super::number::{
    DelegationAdd, DelegationRow, EvidenceAdd, EvidenceRow, InventoryAdd, NumberAdd, NumberRow,
    NumberSet,
};
use super::number_event::{AgingAdd, NumberEventAdd};
use super::tx::Tx;
use crate::domain::attestation::NumberFacts;
use crate::domain::dispute::Dispute;
use crate::domain::evidence::{CarrierOfRecord, Detail, Evidence, Kind, LetterReview};
use crate::domain::facts::Facts;
use crate::domain::ids::{CustomerId, DelegationId, EntryId, EvidenceId};
use crate::domain::journal::SubjectKind;
use crate::domain::number::Tn;
use crate::domain::number_event::{Aging, NumberEvent};
use crate::domain::number_file::{Delegation, NumberFile};
use crate::domain::pii::Pii;
use crate::domain::time::Ts;

/// What the provider's own feed says of a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stock {
    /// To whom it is assigned; none while it is in stock.
    pub customer: Option<CustomerId>,
    /// The source's word.
    pub source: String,
    /// The carrier it comes from; empty for own numbers.
    pub carrier: String,
    /// The order it came with.
    pub order_ref: String,
    /// When the feed said so.
    pub as_of: Ts,
}

/// A row that a command writes beside the number's own.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "row", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NumberFact {
    /// A customer says that it may use the number.
    Claimed {
        /// Who.
        customer: CustomerId,
    },
    /// A customer gives the number back.
    Released {
        /// Who.
        customer: CustomerId,
    },
    /// New evidence.
    Evidence(Evidence),
    /// Evidence that no longer counts.
    EvidenceEnded {
        /// Which.
        evidence: EvidenceId,
    },
    /// A new loan.
    Lent(Delegation),
    /// A loan that ended.
    LoanEnded {
        /// Which.
        delegation: DelegationId,
    },
    /// What the feed says from now on.
    Stock(Stock),
    /// The feed no longer holds the number.
    StockEnded,
    /// An event of a feed, which happens once.
    Event {
        /// The feed.
        source: String,
        /// What it told.
        event: NumberEvent,
    },
    /// The number rests from now on.
    Rests(Aging),
    /// It rests no longer.
    Woken,
    /// A dispute that was opened, or one that a person said something about.
    Dispute(Dispute),
    /// Who serves the number from now on.
    Carrier(CarrierOfRecord),
    /// What a reviewer said of a letter.
    Reviewed(LetterReview),
}

/// A change of one number.
#[derive(Clone, Debug)]
pub struct NumberChange {
    /// What happened, such as `number.claimed`.
    pub word: &'static str,
    /// The facts before.
    pub before: NumberFacts,
    /// The number after, with its revision before: this change adds one.
    pub file: NumberFile,
    /// The rows beside it.
    pub rows: Vec<NumberFact>,
    /// Whose key seals what the entry tells.
    pub owner: Option<CustomerId>,
    /// Why a person did it.
    pub reason: Option<Pii<String>>,
}

impl Tx {
    /// A number's file by its digits, locked until the transaction ends.
    pub async fn number_file_lock(&mut self, tn: Tn) -> Result<Option<NumberFile>, StoreError> {
        match self.number_lock(tn).await? {
            Some(row) => Ok(Some(self.number_file(row).await?)),
            None => Ok(None),
        }
    }

    /// The file that a number's row belongs to.
    pub async fn number_file(&mut self, row: NumberRow) -> Result<NumberFile, StoreError> {
        let evidence = self.evidence_of(row.id).await?;
        let claims = self.number_claims(row.id).await?;
        let delegations = self.delegations_of(row.id).await?;
        let mut file = self.bare_file(&row)?;
        for row in evidence {
            file.evidence.push(self.evidence_piece(row).await?);
        }
        file.claims = claims.into_iter().map(|(id,)| id).collect();
        file.delegations = delegations.into_iter().map(Into::into).collect();
        Ok(file)
    }

    /// The file of a row without the rows beside it.
    pub(super) fn bare_file(&mut self, row: &NumberRow) -> Result<NumberFile, StoreError> {
        self.saw_of(row.id.0, row.last_at);
        let corrupt = || StoreError::Corrupt("number");
        let Facts::Number { tn, facts } = Facts::decode(&row.facts)? else { return Err(corrupt()) };
        let told = (facts.category.as_str(), facts.foreign, facts.cap.as_str());
        if tn != row.tn || told != (row.category.as_str(), row.is_foreign, row.cap.as_str()) {
            return Err(corrupt());
        }
        Ok(NumberFile {
            id: row.id,
            tn,
            facts,
            claims: Vec::new(),
            evidence: Vec::new(),
            delegations: Vec::new(),
            revision: u64::try_from(row.revision).map_err(|_negative| corrupt())?,
        })
    }

    /// An evidence row as the domain knows it. After the erasure of its customer the row stands
    /// without its details: that can only lower what it gives.
    pub async fn evidence_piece(&mut self, row: EvidenceRow) -> Result<Evidence, StoreError> {
        let cell = row.id.0;
        let opened = self
            .open_json(row.customer_id, "evidence", "detail", cell.as_bytes(), &row.detail)
            .await;
        let detail = match opened {
            Ok(detail) => detail,
            Err(StoreError::Erased) => Detail::default(),
            Err(error) => return Err(error),
        };
        Ok(Evidence {
            id: row.id,
            number: row.number_id,
            customer: row.customer_id,
            kind: Kind::of_word(&row.kind).ok_or(StoreError::Corrupt("evidence"))?,
            source: row.source,
            detail,
            document: row.document_id,
            verified_at: row.verified_at,
            expires_at: row.expires_at,
            revoked_at: None,
            by: row.actor,
        })
    }

    /// Which links of the number's loans hold: customers that are ACTIVE as this command sees them.
    /// The number's row must be locked first, so that a change of state that this does not see
    /// finds the number after this command.
    pub async fn active_links(
        &mut self,
        file: &NumberFile,
        now: Ts,
    ) -> Result<BTreeSet<CustomerId>, StoreError> {
        let mut active = BTreeSet::new();
        for link in file.links() {
            if let Some(row) = self.customer(link).await? {
                let customer = crate::domain::customer::Customer::try_from(row)?;
                self.saw_of(link.0, customer.last_at);
                if customer.effectively_active(now) {
                    active.insert(link);
                }
            }
        }
        Ok(active)
    }

    /// Writes the change and says which entry tells it.
    pub async fn change_number(&mut self, change: NumberChange) -> Result<EntryId, StoreError> {
        let at = self.at();
        let facts =
            Facts::Number { tn: change.file.tn, facts: change.file.facts.clone() }.encode()?;
        let owner = self.unerased(change.owner).await?;
        let entry = self
            .journal(EntryDraft {
                kind: SubjectKind::Number,
                subject: change.file.id.0,
                rev: change.file.revision + 1,
                word: change.word,
                facts: Some(facts.clone()),
                detail: detail(&change)?,
                owner,
            })
            .await?;
        self.write_number(&change.file, facts, at, entry).await?;
        failpoint!(self.failpoints, NumberWritten);
        for row in change.rows {
            self.write_number_row(&change.file, row, at, entry).await?;
        }
        Ok(entry)
    }

    /// The owner, unless its key was erased: then the store's own key seals the entry.
    pub(super) async fn unerased(
        &mut self,
        owner: Option<CustomerId>,
    ) -> Result<Option<CustomerId>, StoreError> {
        let Some(id) = owner else { return Ok(None) };
        match self.data_key(id).await {
            Ok(_key) => Ok(Some(id)),
            Err(StoreError::Erased) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn write_number(
        &mut self,
        file: &NumberFile,
        facts: Vec<u8>,
        at: Ts,
        entry: EntryId,
    ) -> Result<(), StoreError> {
        let category = file.facts.category.as_str().to_owned();
        let cap = file.facts.cap.as_str().to_owned();
        let (id, tn) = (file.id, file.tn);
        let foreign = file.facts.foreign;
        if file.revision == 0 {
            self.number_add(&NumberAdd { id, tn, category, foreign, cap, facts, at, entry })
                .await?;
            return Ok(());
        }
        let revision = i64::try_from(file.revision + 1)
            .map_err(|_range| StoreError::Defect("a count is out of range"))?;
        let row = NumberSet { id, category, foreign, cap, facts, revision, at, entry };
        match self.number_set(&row).await? {
            1 => Ok(()),
            _ => Err(StoreError::Defect("a locked number changed its revision")),
        }
    }

    pub(super) async fn write_number_row(
        &mut self,
        file: &NumberFile,
        row: NumberFact,
        at: Ts,
        entry: EntryId,
    ) -> Result<(), StoreError> {
        let number = file.id;
        match row {
            NumberFact::Claimed { customer } => {
                self.number_claim_add(number, customer, at, entry).await.map(drop)
            }
            NumberFact::Released { customer } => {
                self.number_claim_end(number, customer, entry).await.map(drop)
            }
            NumberFact::Evidence(evidence) => self.write_evidence(evidence, entry).await,
            NumberFact::EvidenceEnded { evidence } => {
                self.evidence_end(evidence, entry).await.map(drop)
            }
            NumberFact::Lent(loan) => {
                let Delegation { id, number, holder, delegate, at } = loan;
                self.delegation_add(&DelegationAdd { id, number, holder, delegate, at, entry })
                    .await
                    .map(drop)
            }
            NumberFact::LoanEnded { delegation } => {
                self.delegation_end(delegation, entry).await.map(drop)
            }
            NumberFact::Stock(stock) => {
                self.inventory_end(file.tn, entry).await?;
                self.inventory_add(&stock.row(file.tn, entry)).await.map(drop)
            }
            NumberFact::StockEnded => self.inventory_end(file.tn, entry).await.map(drop),
            NumberFact::Carrier(carrier) => self.write_carrier(number, carrier, at, entry).await,
            NumberFact::Reviewed(review) => self.write_review(review, entry).await,
            NumberFact::Event { source, event } => {
                let kind = event.kind.as_str().to_owned();
                let (reference, occurred) = (event.reference, event.at);
                let row = NumberEventAdd { number, kind, source, reference, occurred, at, entry };
                self.number_event_add(&row).await.map(drop)
            }
            NumberFact::Rests(aging) => {
                self.number_aging_end(number, entry).await?;
                let Aging { customer, since, until } = aging;
                self.number_aging_add(&AgingAdd { number, customer, since, until, entry })
                    .await
                    .map(drop)
            }
            NumberFact::Woken => self.number_aging_end(number, entry).await.map(drop),
            NumberFact::Dispute(dispute) => self.write_dispute(dispute, entry).await,
        }
    }

    async fn write_evidence(
        &mut self,
        evidence: Evidence,
        entry: EntryId,
    ) -> Result<(), StoreError> {
        let row = self.evidence_add_of(evidence, entry).await?;
        self.evidence_add(&row).await.map(drop)
    }

    /// The row of a new piece, its details sealed for its customer.
    pub(super) async fn evidence_add_of(
        &mut self,
        evidence: Evidence,
        entry: EntryId,
    ) -> Result<EvidenceAdd, StoreError> {
        let plain = serde_json::to_vec(&evidence.detail).map_err(|_shape| UNENCODABLE)?;
        let (customer, cell) = (evidence.customer, evidence.id.0);
        let detail = self.seal_for(customer, "evidence", "detail", cell.as_bytes(), &plain).await?;
        Ok(EvidenceAdd {
            id: evidence.id,
            number: evidence.number,
            customer,
            kind: evidence.kind.as_str().to_owned(),
            source: evidence.source,
            detail,
            document: evidence.document,
            at: evidence.verified_at,
            expires: evidence.expires_at,
            actor: evidence.by,
            entry,
        })
    }
}

impl Stock {
    /// Its row under an entry.
    pub(super) fn row(self, tn: Tn, entry: EntryId) -> InventoryAdd {
        InventoryAdd {
            tn,
            customer: self.customer,
            source: self.source,
            carrier: self.carrier,
            order: self.order_ref,
            as_of: self.as_of,
            entry,
        }
    }
}

impl From<DelegationRow> for Delegation {
    fn from(row: DelegationRow) -> Self {
        Self {
            id: row.id,
            number: row.number_id,
            holder: row.holder,
            delegate: row.delegate,
            at: row.created_at,
        }
    }
}

pub(super) const UNENCODABLE: StoreError = StoreError::Defect("a value cannot be encoded");

/// What the entry tells to those who may read it: the facts before and after, and every row.
pub(super) fn detail(change: &NumberChange) -> Result<Value, StoreError> {
    let rows = serde_json::to_value(&change.rows).map_err(|_shape| UNENCODABLE)?;
    Ok(json!({
        "before": change.before,
        "after": change.file.facts,
        "reason": change.reason,
        "rows": rows,
    }))
}
