//! The file of a customer, loaded whole: what every decision about it is made from.

use serde::de::DeserializeOwned;

use super::error::StoreError;
use super::seal::Cell;
use super::tx::Tx;
use super::{agreement, check, customer, finding};
use crate::domain::agreement::{Agreement, AgreementState, AgreementWord, ClauseId};
use crate::domain::check::{Check, Override};
use crate::domain::customer::{Customer, State};
use crate::domain::customer_file::CustomerFile;
use crate::domain::digest::Digest;
use crate::domain::finding::{Finding, FindingState};
use crate::domain::ids::{AgreementId, ContactId, CustomerId, NumberId};
use crate::domain::pii::Pii;
use crate::domain::profile::{ClaimKey, Profile};

impl Tx {
    /// The file, with the customer's row locked until the transaction ends.
    pub async fn file_lock(&mut self, id: CustomerId) -> Result<Option<CustomerFile>, StoreError> {
        match self.customer_lock(id).await? {
            Some(row) => Ok(Some(self.file_of(row).await?)),
            None => Ok(None),
        }
    }

    /// The file as it stands.
    pub async fn file(&mut self, id: CustomerId) -> Result<Option<CustomerFile>, StoreError> {
        match self.customer(id).await? {
            Some(row) => Ok(Some(self.file_of(row).await?)),
            None => Ok(None),
        }
    }

    async fn file_of(&mut self, row: customer::CustomerRow) -> Result<CustomerFile, StoreError> {
        self.saw_of(row.id.0, row.last_at);
        let id = row.id;
        let profile = self.profile_of(id, row.profile_rev).await?;
        let checks = self.checks_of(id).await?;
        let findings = self.finding_list(id).await?;
        let agreements = self.agreement_list(id).await?;
        let primary = self.traceback_contacts(id).await?.into_iter().find(|c| c.is_primary);
        let primary_contact = primary
            .map(|c| c.contact_id.parse::<ContactId>())
            .transpose()
            .map_err(|_bad| StoreError::Corrupt("traceback contact"))?;
        Ok(CustomerFile {
            customer: Customer::try_from(row)?,
            profile,
            claim_key: self.claim_digest_key(id)?,
            checks,
            findings,
            agreements,
            primary_contact,
            proposals: Vec::new(),
        })
    }

    /// The key of a customer's claim digests: without it a digest tells nothing of its claim.
    pub fn claim_digest_key(&self, id: CustomerId) -> Result<ClaimKey, StoreError> {
        let key = self.sealer.index("claim digest", id.0.as_bytes());
        let key = <[u8; 32]>::try_from(key.as_slice());
        key.map(ClaimKey::new).map_err(|_length| StoreError::Defect("an index key has 32 bytes"))
    }

    /// The profile revision, opened.
    pub async fn profile_of(&mut self, id: CustomerId, rev: i64) -> Result<Profile, StoreError> {
        let row = self.profile(id, rev).await?.ok_or(StoreError::Corrupt("profile revision"))?;
        self.open_json(id, "profile_revision", "body", &profile_cell(id, rev), &row.body).await
    }

    async fn checks_of(&mut self, id: CustomerId) -> Result<Vec<Check>, StoreError> {
        let mut out = Vec::new();
        for row in self.checks_live(id).await? {
            out.push(self.check_of(row).await?);
        }
        Ok(out)
    }

    /// A check row as the domain knows it.
    pub async fn check_of(&mut self, row: check::CheckRow) -> Result<Check, StoreError> {
        let bad = StoreError::Corrupt("check");
        let evidence = self
            .open_json(
                row.customer_id,
                "check_result",
                "evidence",
                row.id.0.as_bytes(),
                &row.evidence,
            )
            .await?;
        Ok(Check {
            id: row.id,
            kind: row.kind.parse().map_err(|_word| bad.clone())?,
            subject: row.subject,
            claim_digest: digest(&row.claim_digest)?,
            result: row.result.parse().map_err(|_word| bad.clone())?,
            reason: row.reason,
            method: row.method.parse().map_err(|_word| bad)?,
            source: row.source,
            evidence: Pii::new(evidence),
            document: row.document_id,
            at: row.checked_at,
            expires_at: row.expires_at,
            by: row.actor,
            overridden: row
                .override_until
                .zip(row.override_proposal)
                .map(|(until, proposal)| Override { until, proposal }),
        })
    }

    async fn finding_list(&mut self, id: CustomerId) -> Result<Vec<Finding>, StoreError> {
        let mut out = Vec::new();
        for row in self.findings_of(id).await? {
            out.push(self.finding_of(row).await?);
        }
        Ok(out)
    }

    /// A finding row as the domain knows it.
    pub async fn finding_of(&mut self, row: finding::FindingRow) -> Result<Finding, StoreError> {
        let bad = StoreError::Corrupt("finding");
        let (customer, cell) = (row.customer_id, row.id.0);
        let evidence =
            self.open_json(customer, "finding", "evidence", cell.as_bytes(), &row.evidence).await?;
        let state = match (row.resolution, row.reason, row.resolved_at, row.resolved_by) {
            (Some(resolution), Some(reason), Some(at), Some(by)) => FindingState::Resolved {
                resolution: resolution.parse().map_err(|_word| bad.clone())?,
                by,
                at,
                reason: self
                    .open_json(customer, "finding", "reason", cell.as_bytes(), &reason)
                    .await?,
            },
            (None, None, None, None) => FindingState::Open,
            _ => return Err(bad),
        };
        Ok(Finding {
            id: row.id,
            code: row.code.parse().map_err(|_word| bad.clone())?,
            subject: row.subject,
            severity: row.severity.parse().map_err(|_word| bad)?,
            state,
            evidence,
            raised_at: row.raised_at,
            check: row.check_id,
        })
    }

    async fn agreement_list(&mut self, id: CustomerId) -> Result<Vec<Agreement>, StoreError> {
        let clauses = self.agreement_clauses_of(id).await?;
        let mut out = Vec::new();
        for row in self.agreements_of(id).await? {
            let of_this = clauses.iter().filter(|c| c.agreement_id == row.id);
            let list = of_this.map(clause_of).collect::<Result<Vec<_>, _>>()?;
            out.push(self.agreement_of(row, list).await?);
        }
        Ok(out)
    }

    async fn agreement_of(
        &mut self,
        row: agreement::AgreementRow,
        clauses: Vec<(ClauseId, u32)>,
    ) -> Result<Agreement, StoreError> {
        let state: AgreementState = self
            .open_json(
                row.customer_id,
                "agreement",
                "state_data",
                row.id.0.as_bytes(),
                &row.state_data,
            )
            .await?;
        if row.state.parse::<AgreementWord>() != Ok(state.word())
            || row.valid_until != state.valid_until()
        {
            return Err(StoreError::Corrupt("agreement"));
        }
        Ok(Agreement {
            id: row.id,
            template: row.template,
            clauses,
            sha256: digest(&row.sha256)?,
            prepared_at: row.prepared_at,
            state,
        })
    }

    /// The exact bytes of an agreement that were shown.
    pub async fn agreement_copy(
        &mut self,
        customer: CustomerId,
        id: AgreementId,
    ) -> Result<Vec<u8>, StoreError> {
        let (sealed,) =
            self.agreement_document(id).await?.ok_or(StoreError::Corrupt("agreement"))?;
        let cell = Cell { table: "agreement", column: "document", row: id.0.as_bytes() };
        self.data_key(customer).await?.open(cell, &sealed)
    }

    /// The code of a challenge, for the one job that delivers it.
    pub async fn open_code(
        &mut self,
        row: &check::ChallengeRow,
        sealed: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let cell = Cell { table: "challenge", column: "code_sealed", row: row.id.0.as_bytes() };
        self.data_key(row.customer_id).await?.open(cell, sealed)
    }

    /// The number that a challenge proves, where it proves a number and not a contact.
    pub async fn challenge_number(
        &mut self,
        row: &check::ChallengeRow,
    ) -> Result<Option<String>, StoreError> {
        if row.kind != "NUMBER" {
            return Ok(None);
        }
        let id = row.subject.parse::<NumberId>();
        let id = id.map_err(|_bad| StoreError::Corrupt("challenge"))?;
        Ok(self.number_row(id).await?.map(|number| number.tn.e164()))
    }

    /// Opens a sealed JSON column of a customer's row.
    pub async fn open_json<T: DeserializeOwned>(
        &mut self,
        customer: CustomerId,
        table: &'static str,
        column: &'static str,
        row: &[u8],
        sealed: &[u8],
    ) -> Result<T, StoreError> {
        let plain = self.data_key(customer).await?.open(Cell { table, column, row }, sealed)?;
        serde_json::from_slice(&plain).map_err(|_shape| StoreError::Corrupt(table))
    }

    /// Seals a column that no customer owns with the store's own key.
    pub fn seal_own(&self, cell: Cell<'_>, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.sealer.seal(cell, plain, &self.clock)
    }

    /// Opens what [`Tx::seal_own`] sealed.
    pub fn open_own(&self, cell: Cell<'_>, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.sealer.open(cell, sealed)
    }
}

/// The row that a sealed profile revision belongs to.
pub(super) fn profile_cell(id: CustomerId, rev: i64) -> Vec<u8> {
    [id.0.as_bytes().as_slice(), &rev.to_be_bytes()].concat()
}

fn digest(bytes: &[u8]) -> Result<Digest, StoreError> {
    <[u8; 32]>::try_from(bytes).map(Digest).map_err(|_length| StoreError::Corrupt("digest"))
}

fn clause_of(row: &agreement::AgreementClauseRow) -> Result<(ClauseId, u32), StoreError> {
    let bad = || StoreError::Corrupt("agreement clause");
    let clause = row.clause.parse().map_err(|_word| bad())?;
    Ok((clause, u32::try_from(row.version).map_err(|_range| bad())?))
}

impl TryFrom<customer::CustomerRow> for Customer {
    type Error = StoreError;

    fn try_from(row: customer::CustomerRow) -> Result<Self, StoreError> {
        let bad = || StoreError::Corrupt("customer");
        let state: State = serde_json::from_value(row.state_data.0).map_err(|_shape| bad())?;
        if state.word().as_str() != row.state {
            return Err(bad());
        }
        Ok(Self {
            id: row.id,
            client: row.client_id,
            parent: row.parent_id,
            role: row.role.parse().map_err(|_word| bad())?,
            state,
            origid: row.origid,
            profile_rev: u64::try_from(row.profile_rev).map_err(|_range| bad())?,
            policy: row.policy_id,
            revision: u64::try_from(row.revision).map_err(|_range| bad())?,
            last_at: row.last_at,
            created_at: row.created_at,
        })
    }
}
