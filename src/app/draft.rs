//! A customer's file while a command changes it: facts go in, the state follows by the rules, and
//! one change comes out.

use std::sync::Arc;

use super::check::CHECK_ENDED;
use super::delegation::RELINK;
use super::error::AppError;
use super::policies::InForce;
use crate::domain::access::Principal;
use crate::domain::activation::{counters, on_fact_change};
use crate::domain::check::Check;
use crate::domain::command::write::etag_of;
use crate::domain::customer::{Role, State};
use crate::domain::customer_file::CustomerFile;
use crate::domain::finding::{Finding, Raise, raise};
use crate::domain::ids::{CustomerId, EntryId, FindingId, JobId};
use crate::domain::pii::Pii;
use crate::domain::policy::{OnExpiry, Policy, RequiredCheck};
use crate::domain::time::Ts;
use crate::store::Tx;
use crate::store::change::{CustomerChange, Fact};

/// The file, the policy the customer is held to, and what was done so far.
#[derive(Debug)]
pub struct Draft {
    /// The facts as they stand after what was done so far.
    pub file: CustomerFile,
    /// The policy the customer is held to.
    pub policy: Arc<InForce>,
    before: State,
    facts: Vec<Fact>,
    reason: Option<Pii<String>>,
}

impl Draft {
    /// Loads and locks the file of a customer that `who` may see. A foreign id and a missing id look
    /// the same.
    pub async fn open(
        tx: &mut Tx,
        who: &Principal,
        id: CustomerId,
        policy: Arc<InForce>,
    ) -> Result<Self, AppError> {
        let file = tx.file_lock(id).await?.filter(|file| who.sees(Some(file.customer.client)));
        let file = file.ok_or(AppError::NotFound { what: "customer" })?;
        Ok(Self {
            before: file.customer.state.clone(),
            file,
            policy,
            facts: Vec::new(),
            reason: None,
        })
    }

    /// Refuses a write that rests on another revision than the live one.
    pub fn expect_etag(&self, etag: Option<u64>) -> Result<(), AppError> {
        let live = self.file.customer.revision;
        match etag {
            Some(etag) if etag != live => Err(AppError::Conflict { etag: etag_of(live) }),
            Some(_) | None => Ok(()),
        }
    }

    /// Adds a row that changes no rule's input.
    pub fn note(&mut self, fact: Fact) {
        self.facts.push(fact);
    }

    /// Whether a new result takes the place of the one before it of the same kind and subject: a
    /// source that could not be asked replaces no answer.
    pub fn takes(&self, check: &Check) -> bool {
        let mut known = self.file.checks.iter();
        let before = known.find(|c| c.kind == check.kind && c.subject == check.subject);
        before.is_none_or(|before| before.gives_way_to(check))
    }

    /// A check's result replaces the one before it of the same kind and subject.
    pub fn put_check(&mut self, check: Check) {
        self.file.checks.retain(|c| c.kind != check.kind || c.subject != check.subject);
        self.file.checks.push(check.clone());
        self.facts.push(Fact::Check(check));
    }

    /// Raises a finding unless the same one is known; says whether it is new.
    pub fn raise(&mut self, new: Raise, check: Option<&Check>, id: FindingId, now: Ts) -> bool {
        let severity = self.policy.policy.severity(new.code);
        match raise(&self.file.findings, new, severity, check.map(|c| c.id), id, now) {
            Some(finding) => {
                self.file.findings.push(finding.clone());
                self.facts.push(Fact::Finding(finding));
                true
            }
            None => false,
        }
    }

    /// A finding after its resolution.
    pub fn put_resolved(&mut self, finding: Finding) {
        self.file.findings.retain(|f| f.id != finding.id);
        self.file.findings.push(finding.clone());
        self.facts.push(Fact::Resolved(finding));
    }

    /// The next state, where the step itself decides it.
    pub fn set_state(&mut self, state: State) {
        self.file.customer.state = state;
    }

    /// The state that the facts now give.
    pub fn settle(&mut self, now: Ts) {
        self.file.customer.state = on_fact_change(&self.file, &self.policy.policy, now);
    }

    /// Holds an ACTIVE customer to the policy in force, where it was another one before: what the
    /// row says of its counters and its end is said under one policy.
    pub fn come_under_policy(&mut self, now: Ts) {
        let another = self.file.customer.policy != Some(self.policy.id);
        if another && self.file.customer.state.active().is_some() {
            self.settle(now);
        }
    }

    /// Why a person did this; it stands in the sealed part of the entry.
    pub fn because(&mut self, reason: Pii<String>) {
        self.reason = Some(reason);
    }

    /// Whether this lowers what the customer may do.
    pub fn lowers(&self) -> bool {
        self.before.active().is_some() && self.file.customer.state.active().is_none()
    }

    /// Writes everything under one entry.
    pub(super) async fn write(
        mut self,
        tx: &mut Tx,
        word: &'static str,
    ) -> Result<Written, AppError> {
        self.file.customer.policy = Some(self.policy.id);
        let counters = counters(&self.file, &self.policy.policy);
        let revision = self.file.customer.revision + 1;
        let customer = self.file.customer.id;
        let until = |state: &State| state.active().map(|active| active.active_until);
        let relinks = until(&self.before) != until(&self.file.customer.state);
        let change = CustomerChange {
            word,
            before: Some(self.before),
            customer: self.file.customer,
            counters,
            facts: self.facts,
            reason: self.reason,
        };
        let ends = ends(&change.facts, &self.policy.policy, change.customer.role);
        let entry = tx.change_customer(change).await?;
        for end in ends {
            let (job, now) = (JobId(tx.clock().id()), tx.now());
            tx.job_add(job, CHECK_ENDED, customer.0, end, now).await?;
        }
        if relinks {
            // What it was lent goes on to others only while it is active.
            let (job, now) = (JobId(tx.clock().id()), tx.now());
            tx.job_add(job, RELINK, customer.0, now, now).await?;
        }
        Ok(Written { revision, entry })
    }
}

/// When somebody has to look again: the ends of checks whose end policy makes a finding of.
fn ends(facts: &[Fact], policy: &Policy, role: Role) -> Vec<Ts> {
    let rules = policy.role(role).map_or(&[][..], |role| &role.checks);
    let finding = |rule: &&RequiredCheck| rule.on_expiry == OnExpiry::Finding;
    let of = |check: &Check| {
        let required = rules.iter().filter(finding).find(|rule| rule.kind == check.kind)?;
        Some(check.expires_at.plus(required.grace))
    };
    let checks = facts.iter().filter_map(|fact| match fact {
        Fact::Check(check) => of(check),
        _ => None,
    });
    checks.collect()
}

/// What a written draft left behind.
#[derive(Clone, Copy, Debug)]
pub struct Written {
    /// The customer's revision.
    pub revision: u64,
    /// The journal entry that tells of it.
    pub entry: EntryId,
}
