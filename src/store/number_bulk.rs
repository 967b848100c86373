//! Many numbers at once: their files as stored, and their changes, each under its own entry.

use std::collections::BTreeMap;

use super::bulk::{ClaimAdd, Keys, NumberPut};
use super::error::StoreError;
use super::failpoint::failpoint;
use super::journal::EntryDraft;
use super::number::{DelegationRow, EvidenceRow, InventoryRow, NumberRow};
use super::number_change::{NumberChange, NumberFact, detail};
use super::tx::Tx;
use crate::domain::facts::Facts;
use crate::domain::ids::{CustomerId, EntryId, NumberId};
use crate::domain::journal::SubjectKind;
use crate::domain::number::Tn;
use crate::domain::number_event::Aging;
use crate::domain::number_file::NumberFile;
use crate::domain::number_import::Told;
use crate::domain::time::Ts;
use crate::queries;

/// A number's rest as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
struct AgingOf {
    tn: Tn,
    customer_id: Option<CustomerId>,
    since: Ts,
    until: Ts,
}

queries! {
    fn numbers_lock(numbers: &Keys<Tn>) -> all<NumberRow> = sql!(
        "SELECT id, tn, category, is_foreign, cap, facts, revision, last_at FROM number_state WHERE tn ",
        lite: "IN (SELECT value FROM json_each($1))", pg: "= ANY($1)", " ORDER BY tn", pg: " FOR UPDATE");
    fn claims_of_all(numbers: &Keys<Tn>) -> all<(NumberId, CustomerId)> = sql!(
        "SELECT c.number_id, c.customer_id FROM number_state n JOIN number_claim c ON c.number_id = n.id
         WHERE c.to_entry IS NULL AND n.tn ", lite: "IN (SELECT value FROM json_each($1))", pg: "= ANY($1)",
        " ORDER BY c.number_id, c.customer_id");
    fn evidence_of_all(numbers: &Keys<Tn>) -> all<EvidenceRow> = sql!(
        "SELECT e.id, e.number_id, e.customer_id, e.kind, e.source, e.detail, e.document_id, e.verified_at, e.expires_at, e.actor,
           e.to_entry
         FROM number_state n JOIN evidence e ON e.number_id = n.id
         WHERE e.to_entry IS NULL AND n.tn ", lite: "IN (SELECT value FROM json_each($1))", pg: "= ANY($1)", " ORDER BY e.id");
    fn delegations_of_all(numbers: &Keys<Tn>) -> all<DelegationRow> = sql!(
        "SELECT d.id, d.number_id, d.holder, d.delegate, d.created_at
         FROM number_state n JOIN delegation d ON d.number_id = n.id
         WHERE d.to_entry IS NULL AND n.tn ", lite: "IN (SELECT value FROM json_each($1))", pg: "= ANY($1)", " ORDER BY d.id");
    fn aging_of_all(numbers: &Keys<Tn>) -> all<AgingOf> = sql!(
        "SELECT n.tn, a.customer_id, a.since, a.until FROM number_state n JOIN number_aging a ON a.number_id = n.id
         WHERE a.to_entry IS NULL AND n.tn ", lite: "IN (SELECT value FROM json_each($1))", pg: "= ANY($1)");
    fn events_of_all(numbers: &Keys<Tn>) -> all<(Tn, String, Ts)> = sql!(
        "SELECT n.tn, e.kind, max(e.occurred_at) AS occurred_at FROM number_state n JOIN number_event e ON e.number_id = n.id
         WHERE n.tn ", lite: "IN (SELECT value FROM json_each($1))", pg: "= ANY($1)", " GROUP BY n.tn, e.kind");
    fn inventory_of_all(numbers: &Keys<Tn>) -> all<InventoryRow> = sql!(
        "SELECT tn, customer_id, source, carrier, order_ref, as_of FROM inventory
         WHERE to_entry IS NULL AND tn ", lite: "IN (SELECT value FROM json_each($1))", pg: "= ANY($1)");
}

impl Tx {
    /// The files of those of these numbers that have a row, locked in the order of their digits until
    /// the transaction ends.
    pub async fn number_files_lock(
        &mut self,
        numbers: &[Tn],
    ) -> Result<BTreeMap<Tn, NumberFile>, StoreError> {
        let keys = Keys(numbers.to_vec());
        let rows = self.numbers_lock(&keys).await?;
        if rows.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut files = BTreeMap::new();
        for row in rows {
            files.insert(row.id, self.bare_file(&row)?);
        }
        for (number, customer) in self.claims_of_all(&keys).await? {
            if let Some(file) = files.get_mut(&number) {
                file.claims.push(customer);
            }
        }
        for row in self.evidence_of_all(&keys).await? {
            let (number, piece) = (row.number_id, self.evidence_piece(row).await?);
            if let Some(file) = files.get_mut(&number) {
                file.evidence.push(piece);
            }
        }
        for row in self.delegations_of_all(&keys).await? {
            if let Some(file) = files.get_mut(&row.number_id) {
                file.delegations.push(row.into());
            }
        }
        Ok(files.into_values().map(|file| (file.tn, file)).collect())
    }

    /// What feeds have told of these numbers.
    pub async fn told_of_numbers(
        &mut self,
        numbers: &[Tn],
    ) -> Result<BTreeMap<Tn, Told>, StoreError> {
        let keys = Keys(numbers.to_vec());
        let mut told: BTreeMap<Tn, Told> = BTreeMap::new();
        for row in self.inventory_of_all(&keys).await? {
            told.entry(row.tn).or_default().stock = Some((row.customer_id, row.as_of));
        }
        for AgingOf { tn, customer_id: customer, since, until } in self.aging_of_all(&keys).await? {
            told.entry(tn).or_default().aging = Some(Aging { customer, since, until });
        }
        for (tn, word, at) in self.events_of_all(&keys).await? {
            let kind = word.parse().map_err(|_word| StoreError::Corrupt("number event"))?;
            told.entry(tn).or_default().events.insert(kind, at);
        }
        Ok(told)
    }

    /// Writes changes of different numbers, each as [`Tx::change_number`] writes one.
    pub async fn change_numbers(&mut self, changes: Vec<NumberChange>) -> Result<(), StoreError> {
        let at = self.at();
        let (mut drafts, mut puts) = (Vec::new(), Vec::new());
        for change in &changes {
            let file = &change.file;
            let facts = Facts::Number { tn: file.tn, facts: file.facts.clone() }.encode()?;
            drafts.push(EntryDraft {
                kind: SubjectKind::Number,
                subject: file.id.0,
                rev: file.revision + 1,
                word: change.word,
                facts: Some(facts.clone()),
                detail: detail(change)?,
                owner: self.unerased(change.owner).await?,
            });
            let revision = i64::try_from(file.revision + 1)
                .map_err(|_range| StoreError::Defect("a count is out of range"))?;
            puts.push(NumberPut {
                id: file.id,
                tn: file.tn,
                category: file.facts.category.as_str().to_owned(),
                foreign: file.facts.foreign,
                cap: file.facts.cap.as_str().to_owned(),
                facts,
                revision,
                at,
                entry: EntryId(uuid::Uuid::nil()),
            });
        }
        let entries = self.journal_all(drafts).await?;
        for (put, entry) in puts.iter_mut().zip(&entries) {
            put.entry = *entry;
        }
        if self.put_numbers(&puts).await? != puts.len() as u64 {
            return Err(StoreError::Defect("a locked number changed its revision"));
        }
        failpoint!(self.failpoints, NumberWritten);
        self.write_rows(changes, &entries).await
    }

    /// The rows beside the numbers: what is new in one statement a table, the rest one by one.
    async fn write_rows(
        &mut self,
        changes: Vec<NumberChange>,
        entries: &[EntryId],
    ) -> Result<(), StoreError> {
        let at = self.at();
        let (mut claims, mut pieces, mut stock) = (Vec::new(), Vec::new(), Vec::new());
        for (change, entry) in changes.into_iter().zip(entries) {
            let (file, entry) = (change.file, *entry);
            let new = file.revision == 0;
            for row in change.rows {
                match row {
                    NumberFact::Claimed { customer } => {
                        claims.push(ClaimAdd { number: file.id, customer, at, entry });
                    }
                    NumberFact::Evidence(evidence) => {
                        pieces.push(self.evidence_add_of(evidence, entry).await?);
                    }
                    // Of a number that is new here the feed has told nothing before.
                    NumberFact::Stock(now) if new => stock.push(now.row(file.tn, entry)),
                    other => {
                        self.write_number_row(&file, other, at, entry).await?;
                    }
                }
            }
        }
        self.add_claims(&claims).await?;
        self.add_evidence_rows(&pieces).await?;
        self.add_inventory(&stock).await.map(drop)
    }
}
