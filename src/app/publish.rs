//! Policies: published once, checked whole, and never changed afterwards.

use serde_json::json;

use super::error::AppError;
use super::page::Keyset;
use super::parts::App;
use super::policies::InForce;
use crate::domain::agreement::ClauseBook;
use crate::domain::command::query::Page;
use crate::domain::digest::Digest;
use crate::domain::facts::{Facts, PolicyFacts};
use crate::domain::fault::FieldFault;
use crate::domain::ids::PolicyId;
use crate::domain::journal::SubjectKind;
use crate::domain::policy::{Policy, PolicyText};
use crate::store::journal::EntryDraft;
use crate::store::list::{PolicyAdd, PolicyCheckAdd, PolicyRow};
use crate::store::{Meta, Store, StoreError, Tx};

/// The rules in force in 2026, as they ship.
pub const CURRENT_2026: &str = include_str!("../../policies/CURRENT_2026.toml");
/// The clauses that ship with them.
pub const CLAUSES_2026: &str = include_str!("../../policies/clauses_2026.toml");

/// A policy or clause file that says something it must not.
#[derive(Debug, thiserror::Error)]
pub enum BadPolicyFile {
    /// It is not TOML of this shape.
    #[error("the policy file cannot be read: {0}")]
    Toml(#[from] toml::de::Error),
    /// It is, and these fields are wrong.
    #[error("the policy file has {} wrong field(s); the first: {}: {}", .0.len(), first(.0).path, first(.0).message)]
    Fields(Vec<FieldFault>),
}

fn first(faults: &[FieldFault]) -> FieldFault {
    faults.first().cloned().unwrap_or_else(|| FieldFault::new("", "", ""))
}

/// Reads and checks a policy file.
pub fn read_policy(text: &str) -> Result<(PolicyText, Policy), BadPolicyFile> {
    let written: PolicyText = toml::from_str(text)?;
    let policy = written.check().map_err(BadPolicyFile::Fields)?;
    Ok((written, policy))
}

/// Reads and checks a clause file.
pub fn read_clauses(text: &str) -> Result<ClauseBook, BadPolicyFile> {
    let book: ClauseBook = toml::from_str(text)?;
    let faults = book.check();
    if faults.is_empty() { Ok(book) } else { Err(BadPolicyFile::Fields(faults)) }
}

/// Publishes a policy unless this name and version was published before. The gate's triggers read
/// the same rules from the rows that are written here.
pub async fn publish(
    app: &App,
    text: &str,
    written: PolicyText,
    policy: Policy,
) -> Result<(), AppError> {
    let id = PolicyId(app.clock.id());
    let sha256 = Digest::of(text.as_bytes()).as_bytes().to_vec();
    app.store
        .command(Meta::system("policy.publish"), move |mut tx| {
            let (written, policy, sha256) = (written.clone(), policy.clone(), sha256.clone());
            async move { publish_in(&mut tx, id, written, policy, sha256).await }
        })
        .await
}

async fn publish_in(
    tx: &mut Tx,
    id: PolicyId,
    written: PolicyText,
    policy: Policy,
    sha256: Vec<u8>,
) -> Result<(), AppError> {
    let version = i64::from(policy.version);
    tx.store_lock().await?;
    if tx.policy_named(&policy.name, version).await?.is_some() {
        return Ok(());
    }
    let at = tx.at();
    let facts = PolicyFacts {
        policy: id,
        effective_from: policy.effective_from,
        attestation: policy.attestation,
    };
    let entry = tx
        .journal(EntryDraft {
            kind: SubjectKind::Policy,
            subject: id.0,
            rev: 1,
            word: "policy.published",
            facts: Some(Facts::Policy(facts).encode()?),
            detail: json!({ "name": policy.name, "version": policy.version }),
            owner: None,
        })
        .await?;
    let body = serde_json::to_value(&written)
        .map_err(|_shape| StoreError::Defect("a policy cannot be encoded"))?;
    tx.policy_add(&PolicyAdd {
        id,
        name: policy.name.clone(),
        version,
        effective: policy.effective_from,
        body: body.into(),
        sha256,
        at,
        by: "system:policy.publish".to_owned(),
        entry,
    })
    .await?;
    for (role, rules) in &policy.roles {
        for check in &rules.checks {
            tx.policy_check_add(&PolicyCheckAdd {
                id,
                role: role.as_str().to_owned(),
                kind: check.kind.as_str().to_owned(),
                every: check.every_claim,
                overridable: check.overridable,
                grace: check.carries_on().0,
            })
            .await?;
        }
        for rule in &rules.clauses {
            let clause = rule.clause.as_str();
            tx.policy_clause_add(id, role.as_str(), clause, i64::from(rule.min_version)).await?;
        }
    }
    Ok(())
}

/// Reads every published policy from the store.
pub async fn load_all(store: &Store) -> Result<Vec<InForce>, AppError> {
    store
        .read::<_, AppError, _, _>(|mut tx| async move {
            let (mut all, mut after) = (Vec::new(), PolicyId(uuid::Uuid::nil()));
            loop {
                let page = tx.policies(after, 100).await?;
                let Some(last) = page.last() else { return Ok(all) };
                after = last.id;
                for row in page {
                    all.push(in_force(row)?);
                }
            }
        })
        .await
}

fn in_force(row: PolicyRow) -> Result<InForce, AppError> {
    let bad = || AppError::from(StoreError::Corrupt("policy"));
    let written: PolicyText = serde_json::from_value(row.body.0).map_err(|_shape| bad())?;
    let policy = written.check().map_err(|_faults| bad())?;
    Ok(InForce { id: row.id, policy })
}

/// A policy as auditors read it.
#[derive(Debug)]
pub struct Published {
    /// Its id.
    pub id: PolicyId,
    /// Its rules.
    pub policy: Policy,
    /// SHA-256 of the text it was published from.
    pub sha256: Digest,
    /// Its rules as text.
    pub text: String,
}

fn published(row: PolicyRow) -> Result<Published, AppError> {
    let bad = || AppError::from(StoreError::Corrupt("policy"));
    let sha256 = <[u8; 32]>::try_from(row.sha256.as_slice()).map_err(|_length| bad())?;
    let written: PolicyText = serde_json::from_value(row.body.0.clone()).map_err(|_shape| bad())?;
    let text = toml::to_string(&written).map_err(|_shape| bad())?;
    let InForce { id, policy } = in_force(row)?;
    Ok(Published { id, policy, sha256: Digest(sha256), text })
}

/// A policy by its id.
pub async fn get(app: &App, id: PolicyId) -> Result<Published, AppError> {
    let row = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move { Ok(tx.policy(id).await?) })
        .await?;
    published(row.ok_or(AppError::NotFound { what: "policy" })?)
}

/// A page of policies.
pub async fn list(app: &App, page: Page) -> Result<(Vec<Published>, String), AppError> {
    let keyset = Keyset::open(app, "policies", &page)?;
    let (after, limit) = (PolicyId(keyset.after_id()?), keyset.limit());
    let mut rows = app
        .store
        .read::<_, AppError, _, _>(
            move |mut tx| async move { Ok(tx.policies(after, limit).await?) },
        )
        .await?;
    let next = keyset.next(app, &mut rows, |row| row.id.0)?;
    Ok((rows.into_iter().map(published).collect::<Result<_, _>>()?, next))
}
