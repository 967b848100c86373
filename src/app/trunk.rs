//! Trunks: where calls come in, and whose they are.

use serde_json::json;

use super::access::Written;
use super::change::APPLIED;
use super::error::AppError;
use super::page::Keyset;
use super::parts::App;
use crate::domain::access::Principal;
use crate::domain::attestation::{TrunkAuth, TrunkFacts, TrunkKind, TrunkMode};
use crate::domain::command::query::Page;
use crate::domain::command::trunk::{CreateTrunk, UpdateTrunk};
use crate::domain::customer::{Role, State};
use crate::domain::facts::Facts;
use crate::domain::ids::{CustomerId, Origid, TrunkId, TrunkUid};
use crate::domain::journal::SubjectKind;
use crate::domain::trunk::Trunk;
use crate::store::access::{TrunkAdd, TrunkRow, TrunkSet};
use crate::store::journal::EntryDraft;
use crate::store::{Meta, StoreError, Tx};

/// Makes a trunk with an origid of its own.
pub async fn create(app: &App, who: &Principal, ask: CreateTrunk) -> Result<Written, AppError> {
    let meta = Meta::write(who, &ask.write);
    let (uid, origid) = (TrunkUid(app.clock.id()), Origid(app.clock.opaque_id()));
    app.store
        .command(meta, move |mut tx| {
            let ask = ask.clone();
            async move {
                if tx.trunk(&ask.trunk).await?.is_some() {
                    let message = "choose another name; this one is taken";
                    return Err(AppError::field("trunk_id", "TAKEN", message));
                }
                check_owner(&mut tx, &ask).await?;
                let at = tx.at();
                let facts = TrunkFacts {
                    kind: ask.kind,
                    auth: ask.auth,
                    owner: ask.owner,
                    foreign: ask.foreign,
                    mode: ask.mode,
                    origid,
                };
                let draft = EntryDraft {
                    kind: SubjectKind::Trunk,
                    subject: uid.0,
                    rev: 1,
                    word: "trunk.created",
                    facts: Some(
                        Facts::Trunk { trunk: ask.trunk.clone(), facts: Some(facts.clone()) }
                            .encode()?,
                    ),
                    detail: json!({ "trunk": ask.trunk, "facts": facts }),
                    owner: None,
                };
                let entry = tx.journal(draft).await?;
                tx.trunk_add(&TrunkAdd {
                    id: ask.trunk,
                    uid,
                    kind: ask.kind.as_str().to_owned(),
                    auth: ask.auth.as_str().to_owned(),
                    owner: ask.owner,
                    foreign: ask.foreign,
                    mode: ask.mode.as_str().to_owned(),
                    origid,
                    at,
                    entry,
                })
                .await?;
                Ok(Written { subject: uid.0, revision: 1 })
            }
        })
        .await
}

/// A trunk's kind must fit its owner's role, and a terminated owner gets none.
async fn check_owner(tx: &mut Tx, ask: &CreateTrunk) -> Result<(), AppError> {
    let fault = |reason, message| Err(AppError::field("owner_id", reason, message));
    let Some(file) = tx.file(ask.owner).await? else {
        return fault("NOT_FOUND", "name a customer");
    };
    if let State::Terminated { .. } = file.customer.state {
        return fault("CUSTOMER_TERMINATED", "a TERMINATED customer gets no trunk");
    }
    let fits = match ask.kind {
        TrunkKind::Customer => true,
        TrunkKind::Reseller => file.customer.role != Role::EndUser,
        TrunkKind::ProviderIngress | TrunkKind::GatewayIngress => matches!(
            file.customer.role,
            Role::VoiceProvider | Role::Intermediate | Role::ForeignProvider
        ),
    };
    if fits {
        Ok(())
    } else {
        fault("ROLE_MISMATCH", "RESELLER trunks belong to resellers, ingress trunks to providers")
    }
}

/// Changes a trunk's mode, authentication or service.
pub async fn update(app: &App, who: &Principal, ask: UpdateTrunk) -> Result<Written, AppError> {
    let meta = Meta::write(who, &ask.write);
    let dry = meta.is_dry();
    let written: Written = app
        .store
        .command(meta, move |mut tx| {
            let ask = ask.clone();
            async move {
                let row = tx.trunk_lock(&ask.trunk).await?;
                let row = row.ok_or(AppError::NotFound { what: "trunk" })?;
                tx.saw(row.last_at);
                let trunk = trunk_of(&row)?;
                if ask.write.etag.is_some_and(|etag| etag != trunk.revision) {
                    let etag = crate::domain::command::write::etag_of(trunk.revision);
                    return Err(AppError::Conflict { etag });
                }
                change(&mut tx, &ask, trunk).await
            }
        })
        .await?;
    // A trunk that was taken out of service is acknowledged when this instance knows.
    if !dry {
        app.live.wait_for(written.subject, written.revision, APPLIED).await;
    }
    Ok(written)
}

async fn change(tx: &mut Tx, ask: &UpdateTrunk, trunk: Trunk) -> Result<Written, AppError> {
    let at = tx.at();
    let mut facts = trunk.facts;
    facts.mode = ask.mode.unwrap_or(facts.mode);
    facts.auth = ask.auth.unwrap_or(facts.auth);
    let retired = match ask.enabled {
        None => trunk.retired,
        Some(true) => None,
        Some(false) => trunk.retired.or(Some(at)),
    };
    let revision = trunk.revision + 1;
    let served = retired.is_none().then_some(facts.clone());
    let draft = EntryDraft {
        kind: SubjectKind::Trunk,
        subject: trunk.uid.0,
        rev: revision,
        word: "trunk.changed",
        facts: Some(Facts::Trunk { trunk: trunk.id.clone(), facts: served }.encode()?),
        detail: json!({ "facts": facts, "retired": retired }),
        owner: None,
    };
    let entry = tx.journal(draft).await?;
    let column = i64::try_from(revision).map_err(|_range| StoreError::Corrupt("trunk"))?;
    tx.trunk_set(&TrunkSet {
        id: trunk.id,
        auth: facts.auth.as_str().to_owned(),
        mode: facts.mode.as_str().to_owned(),
        retired,
        revision: column,
        at,
        entry,
    })
    .await?;
    Ok(Written { subject: trunk.uid.0, revision })
}

/// A trunk by its name.
pub async fn get(app: &App, id: TrunkId) -> Result<Trunk, AppError> {
    let row = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move { Ok(tx.trunk(&id).await?) })
        .await?;
    trunk_of(&row.ok_or(AppError::NotFound { what: "trunk" })?)
}

/// A page of trunks, of one owner or of all.
pub async fn list(
    app: &App,
    owner: Option<CustomerId>,
    page: Page,
) -> Result<(Vec<Trunk>, String), AppError> {
    let keyset = Keyset::open(app, &format!("trunks|{owner:?}"), &page)?;
    let (after, limit) = (keyset.after_text()?, keyset.limit());
    let mut rows = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            Ok(match owner {
                Some(owner) => tx.trunks_of(owner, &after, limit).await?,
                None => tx.trunks(&after, limit).await?,
            })
        })
        .await?;
    let next = keyset.next(app, &mut rows, |row| row.id.as_str().to_owned())?;
    Ok((rows.iter().map(trunk_of).collect::<Result<_, _>>()?, next))
}

/// A trunk row as the domain knows it.
pub fn trunk_of(row: &TrunkRow) -> Result<Trunk, AppError> {
    let bad = || AppError::from(StoreError::Corrupt("trunk"));
    Ok(Trunk {
        id: row.id.clone(),
        uid: row.uid,
        facts: TrunkFacts {
            kind: row.kind.parse::<TrunkKind>().map_err(|_word| bad())?,
            auth: row.auth.parse::<TrunkAuth>().map_err(|_word| bad())?,
            owner: row.owner,
            foreign: row.is_foreign,
            mode: row.mode.parse::<TrunkMode>().map_err(|_word| bad())?,
            origid: row.origid,
        },
        retired: row.retired_at,
        revision: u64::try_from(row.revision).map_err(|_negative| bad())?,
        created: row.created_at,
        changed: row.last_at,
    })
}
