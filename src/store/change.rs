//! One change of one customer: its journal entry, its row and the fact rows, in the order that the
//! gate accepts. State goes down before facts, facts before state goes up.

use serde::Serialize;
use serde_json::{Value, json};

use super::agreement::AgreementAdd;
use super::check::{CheckAdd, DocumentAdd};
use super::customer::{CustomerAdd, CustomerSet, ProfileAdd};
use super::error::StoreError;
use super::failpoint::failpoint;
use super::file::profile_cell;
use super::finding::{FindingAdd, FindingResolve, ProposalAdd};
use super::journal::EntryDraft;
use super::seal::Cell;
use super::tx::Tx;
use crate::domain::activation::Counters;
use crate::domain::agreement::Agreement;
use crate::domain::check::Check;
use crate::domain::customer::{Customer, State, StateRow};
use crate::domain::customer_file::ClaimRow;
use crate::domain::digest::Digest;
use crate::domain::document::Document;
use crate::domain::facts::Facts;
use crate::domain::finding::{Finding, FindingState};
use crate::domain::ids::{ContactId, CustomerId, EntryId, Origid};
use crate::domain::journal::SubjectKind;
use crate::domain::link::LinkToken;
use crate::domain::pii::Pii;
use crate::domain::profile::{Identifier, Profile};
use crate::domain::proposal::{Proposal, ProposalState};
use crate::domain::time::Ts;
use sqlx::types::Json;

/// A row that a command writes beside the customer's own.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "row", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Fact {
    /// A new live profile revision with what it claims; `before` holds the claims it replaces.
    Profile {
        /// Its number.
        rev: u64,
        /// The whole profile.
        profile: Box<Profile>,
        /// What it claims.
        claims: Vec<ClaimRow>,
        /// What the revision before it claimed.
        before: Vec<ClaimRow>,
    },
    /// A check; it ends the one before it of the same kind and subject.
    Check(Check),
    /// A late result for a claim that is no longer made: kept, and counts for nothing.
    Superseded(Check),
    /// Two people let a check pass until a time.
    Override(Check),
    /// A new finding.
    Finding(Finding),
    /// A finding that was resolved.
    Resolved(Finding),
    /// A document.
    Document {
        /// What it is.
        document: Document,
        /// Its name.
        file_name: Pii<String>,
        /// Where the document store keeps it.
        blob_key: String,
    },
    /// A prepared agreement and the exact bytes that are shown.
    Prepared {
        /// The agreement.
        agreement: Agreement,
        /// The copy, kept apart from the entry: the entry holds its digest.
        #[serde(skip)]
        copy: Vec<u8>,
    },
    /// An agreement in its next state.
    Agreement(Agreement),
    /// The one primary traceback contact.
    TracebackContact {
        /// The contact.
        contact: ContactId,
        /// Whether another one was primary before.
        moves: bool,
    },
    /// What the live profile gives that may link it to another customer.
    Links {
        /// Every token of the live profile.
        live: Vec<LinkToken>,
    },
    /// A raise of trust that waits for its second person.
    Proposal(Proposal),
    /// A proposal that was decided.
    Decided(Proposal),
    /// Another origid.
    Origid {
        /// The one before.
        before: Origid,
        /// The one from now on.
        after: Origid,
    },
}

impl Fact {
    /// Rows that others refer to come first: a document before its check, a check before its
    /// finding, a proposal before its decision.
    const fn rank(&self) -> u8 {
        match self {
            Self::Document { .. } => 0,
            Self::Profile { .. } => 1,
            Self::Check(_) | Self::Superseded(_) => 2,
            Self::Finding(_)
            | Self::Resolved(_)
            | Self::Override(_)
            | Self::Prepared { .. }
            | Self::Agreement(_)
            | Self::TracebackContact { .. }
            | Self::Links { .. }
            | Self::Proposal(_)
            | Self::Decided(_)
            | Self::Origid { .. } => 3,
        }
    }
}

/// A change of one customer.
#[derive(Clone, Debug)]
pub struct CustomerChange {
    /// What happened, such as `customer.suspended`.
    pub word: &'static str,
    /// The state before; none for a new customer.
    pub before: Option<State>,
    /// The customer after, with its revision before: this change adds one.
    pub customer: Customer,
    /// The counters that the facts after the change give.
    pub counters: Counters,
    /// The rows beside it.
    pub facts: Vec<Fact>,
    /// Why a person did it.
    pub reason: Option<Pii<String>>,
}

impl Tx {
    /// Writes the change and says which entry tells it.
    pub async fn change_customer(&mut self, change: CustomerChange) -> Result<EntryId, StoreError> {
        let at = self.at();
        let id = change.customer.id;
        let is_new = change.before.is_none();
        if is_new {
            self.new_data_key(id, at).await?;
        }
        let revision = if is_new { 1 } else { change.customer.revision + 1 };
        let entry = self
            .journal(EntryDraft {
                kind: SubjectKind::Customer,
                subject: id.0,
                rev: revision,
                word: change.word,
                facts: Some(Facts::of_customer(&change.customer).encode()?),
                detail: detail(&change)?,
                owner: Some(id),
            })
            .await?;
        if is_new {
            self.customer_add(&new_row(&change, at, entry)?).await?;
        }
        let row = row_of(&change, revision, at, entry)?;
        // The end of ACTIVE may not lie beyond what the facts carry at any step between.
        let until = |state: &State| state.active().map(|active| active.active_until);
        let before = change.before.as_ref().and_then(until);
        let rises = until(&change.customer.state).is_some_and(|after| before < Some(after));
        if !is_new && !rises {
            self.set_row(&row).await?;
        }
        failpoint!(self.failpoints, CustomerWritten);
        let mut facts = change.facts;
        facts.sort_by_key(Fact::rank);
        for fact in facts {
            self.write_fact(id, fact, at, entry).await?;
        }
        if rises {
            self.set_row(&row).await?;
        }
        Ok(entry)
    }

    async fn set_row(&mut self, row: &CustomerSet) -> Result<(), StoreError> {
        match self.customer_set(row).await? {
            1 => Ok(()),
            _ => Err(StoreError::Defect("a locked customer changed its revision")),
        }
    }

    async fn write_fact(
        &mut self,
        id: CustomerId,
        fact: Fact,
        at: Ts,
        entry: EntryId,
    ) -> Result<(), StoreError> {
        match fact {
            Fact::Profile { rev, profile, claims, before } => {
                self.write_profile(id, rev, &profile, at, entry).await?;
                self.write_claims(id, &claims, &before, entry).await
            }
            Fact::Check(check) => self.write_check(id, &check, None, entry).await,
            Fact::Superseded(check) => self.write_check(id, &check, Some(entry), entry).await,
            Fact::Override(check) => match check.overridden {
                Some(o) => self.check_override(check.id, o.until, o.proposal).await.map(drop),
                None => Err(StoreError::Defect("an override without its proposal")),
            },
            Fact::Finding(finding) => self.write_finding(id, finding, entry).await,
            Fact::Resolved(finding) => self.write_resolution(id, finding, entry).await,
            Fact::Document { document, file_name, blob_key } => {
                self.write_document(&document, &file_name, blob_key, entry).await
            }
            Fact::Prepared { agreement, copy } => {
                self.write_agreement(id, &agreement, &copy, entry).await
            }
            Fact::Agreement(agreement) => self.write_agreement_state(id, &agreement, entry).await,
            Fact::TracebackContact { contact, moves } => {
                let contact = contact.to_string();
                if moves {
                    self.traceback_move(id, &contact, entry).await.map(drop)
                } else {
                    self.traceback_add(id, &contact, entry).await.map(drop)
                }
            }
            Fact::Links { live } => self.write_links(id, &live, entry).await,
            Fact::Proposal(proposal) => self.write_proposal(id, &proposal, entry).await,
            Fact::Decided(proposal) => self.write_decision(&proposal, entry).await,
            Fact::Origid { before, after } => {
                self.origid_retire_customer(before, id, at, entry).await?;
                self.origid_set_customer(id, after).await.map(drop)
            }
        }
    }

    async fn write_profile(
        &mut self,
        id: CustomerId,
        rev: u64,
        profile: &Profile,
        at: Ts,
        entry: EntryId,
    ) -> Result<(), StoreError> {
        if !profile.identifiers.iter().all(Identifier::is_storable) {
            return Err(StoreError::Defect("a person's number has no token"));
        }
        let rev = signed(rev)?;
        let plain = encoded(profile)?;
        let sha256 = Digest::of(&plain).as_bytes().to_vec();
        let body =
            self.seal_for(id, "profile_revision", "body", &profile_cell(id, rev), &plain).await?;
        self.profile_end(id, entry).await?;
        self.profile_add(&ProfileAdd { id, rev, body, sha256, at, entry }).await?;
        Ok(())
    }

    async fn write_claims(
        &mut self,
        id: CustomerId,
        claims: &[ClaimRow],
        before: &[ClaimRow],
        entry: EntryId,
    ) -> Result<(), StoreError> {
        let same = |a: &ClaimRow, b: &ClaimRow| a.kind == b.kind && a.subject == b.subject;
        for old in before.iter().filter(|old| !claims.iter().any(|new| same(old, new))) {
            self.claim_drop(id, old.kind.as_str(), &old.subject).await?;
        }
        for new in claims.iter().filter(|new| !before.contains(new)) {
            self.claim_set(id, new.kind.as_str(), &new.subject, new.digest.as_bytes(), entry)
                .await?;
        }
        Ok(())
    }

    async fn write_check(
        &mut self,
        id: CustomerId,
        check: &Check,
        closed_by: Option<EntryId>,
        entry: EntryId,
    ) -> Result<(), StoreError> {
        let plain = encoded(&check.evidence)?;
        let row = check.id.0;
        let evidence =
            self.seal_for(id, "check_result", "evidence", row.as_bytes(), &plain).await?;
        self.check_add(&CheckAdd {
            id: check.id,
            customer: id,
            kind: check.kind.as_str().to_owned(),
            subject: check.subject.clone(),
            digest: check.claim_digest.as_bytes().to_vec(),
            result: check.result.as_str().to_owned(),
            reason: check.reason.clone(),
            method: check.method.as_str().to_owned(),
            source: check.source.clone(),
            evidence,
            document: check.document,
            at: check.at,
            expires: check.expires_at,
            actor: check.by.clone(),
            entry,
            closed_by,
        })
        .await?;
        if closed_by.is_none() {
            self.check_end(id, check.kind.as_str(), &check.subject, check.id, entry).await?;
        }
        Ok(())
    }

    async fn write_finding(
        &mut self,
        id: CustomerId,
        finding: Finding,
        entry: EntryId,
    ) -> Result<(), StoreError> {
        let plain = encoded(&finding.evidence)?;
        let row = finding.id.0;
        let evidence = self.seal_for(id, "finding", "evidence", row.as_bytes(), &plain).await?;
        self.finding_add(&FindingAdd {
            id: finding.id,
            customer: id,
            code: finding.code.as_str().to_owned(),
            subject: finding.subject,
            severity: finding.severity.as_str().to_owned(),
            evidence,
            check: finding.check,
            at: finding.raised_at,
            entry,
        })
        .await?;
        Ok(())
    }

    async fn write_resolution(
        &mut self,
        id: CustomerId,
        finding: Finding,
        entry: EntryId,
    ) -> Result<(), StoreError> {
        let FindingState::Resolved { resolution, by, at, reason } = finding.state else {
            return Err(StoreError::Defect("a resolved finding without its resolution"));
        };
        let plain = encoded(&reason)?;
        let row = finding.id.0;
        let reason = self.seal_for(id, "finding", "reason", row.as_bytes(), &plain).await?;
        self.finding_resolve(&FindingResolve {
            id: finding.id,
            resolution: resolution.as_str().to_owned(),
            reason,
            at,
            by,
            entry,
        })
        .await?;
        Ok(())
    }

    async fn write_document(
        &mut self,
        document: &Document,
        file_name: &Pii<String>,
        key: String,
        entry: EntryId,
    ) -> Result<(), StoreError> {
        let id = document.customer;
        let plain = encoded(file_name)?;
        let row = document.id.0;
        let name = self.seal_for(id, "document", "file_name", row.as_bytes(), &plain).await?;
        self.document_add(&DocumentAdd {
            id: document.id,
            customer: id,
            kind: document.kind.as_str().to_owned(),
            media: document.media_type.clone(),
            name,
            size: signed(document.size)?,
            sha256: document.sha256.as_bytes().to_vec(),
            key,
            at: document.at,
            by: document.by.clone(),
            entry,
        })
        .await?;
        Ok(())
    }

    async fn write_agreement(
        &mut self,
        id: CustomerId,
        agreement: &Agreement,
        copy: &[u8],
        entry: EntryId,
    ) -> Result<(), StoreError> {
        let row = agreement.id.0;
        let plain = encoded(&agreement.state)?;
        let state_data =
            self.seal_for(id, "agreement", "state_data", row.as_bytes(), &plain).await?;
        let document = self.seal_for(id, "agreement", "document", row.as_bytes(), copy).await?;
        self.agreement_add(&AgreementAdd {
            id: agreement.id,
            customer: id,
            template: agreement.template.clone(),
            state_data,
            document,
            sha256: agreement.sha256.as_bytes().to_vec(),
            at: agreement.prepared_at,
            entry,
        })
        .await?;
        for (clause, version) in &agreement.clauses {
            self.agreement_clause_add(agreement.id, clause.as_str(), i64::from(*version)).await?;
        }
        Ok(())
    }

    async fn write_agreement_state(
        &mut self,
        id: CustomerId,
        agreement: &Agreement,
        entry: EntryId,
    ) -> Result<(), StoreError> {
        let row = agreement.id.0;
        let plain = encoded(&agreement.state)?;
        let state_data =
            self.seal_for(id, "agreement", "state_data", row.as_bytes(), &plain).await?;
        let state = agreement.state.word().as_str().to_owned();
        let valid_until = agreement.state.valid_until();
        self.agreement_set(agreement.id, &state, &state_data, valid_until, entry).await?;
        Ok(())
    }

    async fn write_proposal(
        &mut self,
        id: CustomerId,
        proposal: &Proposal,
        entry: EntryId,
    ) -> Result<(), StoreError> {
        let row = proposal.id.0;
        let payload = encoded(&proposal.proposed)?;
        let payload = self.seal_for(id, "proposal", "payload", row.as_bytes(), &payload).await?;
        let reason = encoded(&proposal.reason)?;
        let reason = self.seal_for(id, "proposal", "reason", row.as_bytes(), &reason).await?;
        self.proposal_add(&ProposalAdd {
            id: proposal.id,
            kind: proposal.proposed.kind().as_str().to_owned(),
            customer: Some(id),
            payload,
            reason,
            by: proposal.by.clone(),
            at: proposal.at,
            expires: proposal.expires,
            entry,
        })
        .await?;
        Ok(())
    }

    async fn write_decision(
        &mut self,
        proposal: &Proposal,
        entry: EntryId,
    ) -> Result<(), StoreError> {
        let (ProposalState::Confirmed { by, at } | ProposalState::Rejected { by, at }) =
            &proposal.state
        else {
            return Err(StoreError::Defect("a decided proposal without its decision"));
        };
        let state = proposal.state.standing();
        self.proposal_decide(proposal.id, state.as_str(), by, *at, entry).await?;
        Ok(())
    }

    /// Seals a column of a customer's row with the customer's own key.
    pub async fn seal_for(
        &mut self,
        id: CustomerId,
        table: &'static str,
        column: &'static str,
        row: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let clock = self.clock().clone();
        self.data_key(id).await?.seal(Cell { table, column, row }, plain, &clock)
    }
}

/// What the entry tells to those who may read it: the state before and after, and every row.
fn detail(change: &CustomerChange) -> Result<Value, StoreError> {
    let value = json!({
        "before": change.before,
        "after": change.customer.state,
        "role": change.customer.role,
        "counters": change.counters,
        "reason": change.reason,
        "rows": serde_json::to_value(&change.facts).map_err(|_shape| UNENCODABLE)?,
    });
    Ok(value)
}

const UNENCODABLE: StoreError = StoreError::Defect("a value cannot be encoded");

fn encoded<T: Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|_shape| UNENCODABLE)
}

fn signed(value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_range| StoreError::Defect("a count is out of range"))
}

fn state_row(state: &State) -> Result<StateRow, StoreError> {
    StateRow::try_from(state).map_err(|_shape| UNENCODABLE)
}

fn new_row(change: &CustomerChange, at: Ts, entry: EntryId) -> Result<CustomerAdd, StoreError> {
    let customer = &change.customer;
    let state = state_row(&customer.state)?;
    Ok(CustomerAdd {
        id: customer.id,
        client: customer.client,
        parent: customer.parent,
        role: customer.role.as_str().to_owned(),
        state: state.state,
        state_data: Json(state.state_data),
        origid: customer.origid,
        policy: customer.policy,
        at,
        entry,
    })
}

fn row_of(
    change: &CustomerChange,
    revision: u64,
    at: Ts,
    entry: EntryId,
) -> Result<CustomerSet, StoreError> {
    let customer = &change.customer;
    let state = state_row(&customer.state)?;
    let counters = change.counters;
    Ok(CustomerSet {
        id: customer.id,
        state: state.state,
        state_data: Json(state.state_data),
        cap: state.cap,
        active_until: state.active_until,
        uncapped_until: state.uncapped_until,
        profile_rev: signed(customer.profile_rev)?,
        policy: customer.policy,
        checks_missing: signed(counters.checks_missing)?,
        high_open: signed(counters.high_open)?,
        clauses_missing: signed(counters.clauses_missing)?,
        primary_contacts: signed(counters.primary_contacts)?,
        revision: signed(revision)?,
        at,
        entry,
    })
}
