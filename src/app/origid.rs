//! Origids: opaque, stable, changed by order alone, and resolvable for as long as the store is kept.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::access::Written;
use super::change::{APPLIED, Changes};
use super::customer::Changed;
use super::error::AppError;
use super::parts::App;
use super::trunk::trunk_of;
use crate::domain::access::Principal;
use crate::domain::command::origid::{OrigidOf, RotateOrigid};
use crate::domain::facts::Facts;
use crate::domain::ids::{CustomerId, Origid, TrunkId};
use crate::domain::journal::SubjectKind;
use crate::domain::pii::Pii;
use crate::store::access::TrunkSet;
use crate::store::change::Fact;
use crate::store::journal::EntryDraft;
use crate::store::origid::OrigidRow;
use crate::store::{Meta, StoreError, Tx};

/// A new origid, and what was written for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotated {
    /// The origid from now on.
    pub origid: Origid,
    /// The subject after the write.
    pub written: Written,
}

impl Changes for Rotated {
    fn changed(&self) -> Option<Changed> {
        None
    }
}

/// Gives a customer or a trunk another origid.
pub async fn rotate(app: &App, who: &Principal, ask: RotateOrigid) -> Result<Rotated, AppError> {
    let origid = Origid(app.clock.opaque_id());
    let meta = Meta::write(who, &ask.write);
    let RotateOrigid { of, reason, .. } = ask;
    let done = match of {
        OrigidOf::Customer(customer) => {
            app.change(who, meta, move |mut turn| {
                let reason = reason.clone();
                async move {
                    let mut draft = turn.draft(customer).await?;
                    let before = std::mem::replace(&mut draft.file.customer.origid, origid);
                    draft.note(Fact::Origid { before, after: origid });
                    draft.because(reason);
                    let changed = turn.finish(draft, "customer.origid_rotated").await?;
                    let Changed { customer, revision } = changed;
                    Ok(Rotated { origid, written: Written { subject: customer.0, revision } })
                }
            })
            .await?
        }
        OrigidOf::Trunk(trunk) => {
            app.store
                .command(meta, move |mut tx| {
                    let (trunk, reason) = (trunk.clone(), reason.clone());
                    async move { rotate_trunk(&mut tx, trunk, origid, reason).await }
                })
                .await?
        }
    };
    app.live.wait_for(done.written.subject, done.written.revision, APPLIED).await;
    Ok(done)
}

async fn rotate_trunk(
    tx: &mut Tx,
    id: TrunkId,
    origid: Origid,
    reason: Pii<String>,
) -> Result<Rotated, AppError> {
    let row = tx.trunk_lock(&id).await?.ok_or(AppError::NotFound { what: "trunk" })?;
    tx.saw(row.last_at);
    let mut trunk = trunk_of(&row)?;
    let before = std::mem::replace(&mut trunk.facts.origid, origid);
    let (at, revision) = (tx.at(), trunk.revision + 1);
    let served = trunk.retired.is_none().then(|| trunk.facts.clone());
    let entry = tx
        .journal(EntryDraft {
            kind: SubjectKind::Trunk,
            subject: trunk.uid.0,
            rev: revision,
            word: "trunk.origid_rotated",
            facts: Some(Facts::Trunk { trunk: id.clone(), facts: served }.encode()?),
            detail: json!({ "before": before, "after": origid, "reason": reason }),
            owner: None,
        })
        .await?;
    let column = i64::try_from(revision).map_err(|_range| StoreError::Corrupt("trunk"))?;
    tx.trunk_set(&TrunkSet {
        id: id.clone(),
        auth: trunk.facts.auth.as_str().to_owned(),
        mode: trunk.facts.mode.as_str().to_owned(),
        retired: trunk.retired,
        revision: column,
        at,
        entry,
    })
    .await?;
    tx.origid_retire_trunk(before, &id, at, entry).await?;
    tx.origid_set_trunk(&id, origid).await?;
    Ok(Rotated { origid, written: Written { subject: trunk.uid.0, revision } })
}

/// Whose an origid is, or was.
pub async fn resolve(app: &App, origid: Origid) -> Result<OrigidRow, AppError> {
    app.store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            if let Some(found) = tx.origid_of_customer(origid).await? {
                return Ok(found);
            }
            if let Some(found) = tx.origid_of_trunk(origid).await? {
                return Ok(found);
            }
            let found = tx.origid_retired(origid).await?;
            found.ok_or(AppError::NotFound { what: "origid" })
        })
        .await
}

/// What a customer is called in an answer, where it is one.
pub fn id_or_empty(id: Option<CustomerId>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}
