//! Loading the roots of the SHAKEN world, and the list of revoked certificates. What was revoked, and
//! what stands on a root that was taken away, ends the evidence of every number that it carried, in
//! the very command that loads the list.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::certificate_trust::{held, roots};
use super::error::AppError;
use super::list_load::as_array;
use super::number_draft::NumberDraft;
use super::parts::App;
use crate::domain::certificate::{BadCertificate, CrlFault, root_key};
use crate::domain::digest::Digest;
use crate::domain::evidence::Evidence;
use crate::domain::facts::{Facts, ListFacts};
use crate::domain::ids::{CertificateId, EvidenceId, ListVersionId};
use crate::domain::journal::SubjectKind;
use crate::domain::list::{Counts, List, ListRow, STI_CRL, STI_ROOTS};
use crate::domain::number::Tn;
use crate::domain::screening::is_stale;
use crate::domain::time::{Span, Ts};
use crate::sources::certificate::{bundle, crl, read};
use crate::sources::list::ListFault;
use crate::store::certificate::CarriedRow;
use crate::store::journal::EntryDraft;
use crate::store::list::ListAdd;
use crate::store::{Meta, StoreError, Tx};

/// Certificates of one page.
const PAGE: i64 = 100;
/// Under which name the number of a list of revoked certificates is kept.
const NUMBER: &str = "number";

/// The files as they were received.
type Files = BTreeMap<String, Vec<u8>>;

/// A list as it will be.
#[derive(Clone, Debug)]
struct Next {
    list: &'static str,
    as_of: Ts,
    sha256: Digest,
    entries: BTreeMap<String, Value>,
    /// The number that its issuer gave it.
    number: Option<u64>,
}

/// Loads either list; the one before stays whenever the new one is refused. Says how many entries it
/// has, or the reason.
pub(super) async fn load(
    app: &App,
    list: List,
    as_of: Option<Ts>,
    files: &Files,
) -> Result<u64, &'static str> {
    let now = app.clock.now();
    let next = if list == List::StiRoots {
        // The files do not say of when they are.
        let as_of = as_of.ok_or(ListFault::Undated.reason())?;
        if is_stale(as_of, app.lists.max_ages().get(list), now) {
            return Err(ListFault::Stale.reason());
        }
        read_roots(as_of, files)?
    } else {
        let signers = roots(app).await.map_err(|error| interrupted(&error))?;
        read_crl(now, files, &signers).map_err(CrlFault::as_str)?
    };
    let rows = next.entries.len() as u64;
    let id = ListVersionId(app.clock.id());
    app.store
        .command(Meta::system("list.load"), move |mut tx| {
            let next = next.clone();
            async move { commit(&mut tx, id, next).await }
        })
        .await
        .map_err(|error: AppError| match error {
            AppError::Refused { reason, .. } => reason,
            other => interrupted(&other),
        })?;
    if list == List::StiCrl
        && let Err(error) = renew(app).await
    {
        // The list is in force; what was not renewed ends early, and the next load renews it.
        tracing::error!(%error, "evidence of certificates was not renewed");
    }
    Ok(rows)
}

/// Evidence lives no longer than the list that does not name its certificate may be rested on: each
/// load moves that on.
async fn renew(app: &App) -> Result<(), AppError> {
    let now = app.clock.now();
    let max_age = app.policies.at(now)?.policy.evidence.crl_max_age();
    let mut after = CertificateId(uuid::Uuid::nil());
    loop {
        let page = app
            .store
            .read::<_, AppError, _, _>(move |mut tx| async move {
                Ok(tx.certificates_live(after, now, PAGE).await?)
            })
            .await?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = *last;
        for (certificate, proved_until) in page {
            app.store
                .command(Meta::system("list.load"), move |mut tx| async move {
                    renew_one(&mut tx, certificate, proved_until, max_age).await
                })
                .await?;
        }
    }
}

async fn renew_one(
    tx: &mut Tx,
    certificate: CertificateId,
    proved_until: Ts,
    max_age: Span,
) -> Result<(), AppError> {
    // No list may change meanwhile: it would end the piece that stood before, and not the new one.
    let (roots, live) = (held(tx, STI_ROOTS).await?, held(tx, STI_CRL).await?);
    let (Some(roots), Some(live)) = (roots, live) else { return Ok(()) };
    tx.saw(roots.last_at);
    tx.saw(live.last_at);
    let until = live.as_of.plus(max_age).min(proved_until);
    for row in tx.certificate_carries(certificate).await? {
        let Some(mut number) = NumberDraft::open_id(tx, row.number_id).await? else { continue };
        let piece = number.file.evidence.iter().find(|piece| piece.id == row.evidence_id);
        let Some(piece) = piece.filter(|piece| piece.expires_at < until).cloned() else { continue };
        let id = EvidenceId(tx.clock().id());
        number.replace(piece.id, Some(Evidence { id, expires_at: until, ..piece }));
        number.write(tx, "number.certificate_renewed", Some(row.customer_id)).await?;
        tx.certificate_evidence_add(certificate, id).await?;
    }
    Ok(())
}

fn interrupted(error: &AppError) -> &'static str {
    tracing::warn!(%error, "a list load stopped");
    "INTERRUPTED"
}

fn sha256(files: &Files) -> Digest {
    Digest::of_parts(files.iter().flat_map(|(name, file)| [name.as_bytes(), file.as_slice()]))
}

fn read_roots(as_of: Ts, files: &Files) -> Result<Next, &'static str> {
    let mut entries = BTreeMap::new();
    for file in files.values() {
        for der in bundle(file).map_err(BadCertificate::as_str)? {
            let root = read(&der).map_err(BadCertificate::as_str)?;
            entries.insert(root.sha256.to_string(), json!({ "der": STANDARD.encode(&der) }));
        }
    }
    if entries.is_empty() {
        return Err("LIST_EMPTY");
    }
    Ok(Next { list: STI_ROOTS, as_of, sha256: sha256(files), entries, number: None })
}

/// The list's own date counts, not the one it was sent with.
fn read_crl(now: Ts, files: &Files, signers: &[Vec<u8>]) -> Result<Next, CrlFault> {
    let file = files.values().next().filter(|_| files.len() == 1).ok_or(CrlFault::Malformed)?;
    let read = crl(file, signers)?;
    if read.issued > now || read.next.is_some_and(|next| next <= now) {
        return Err(CrlFault::Stale);
    }
    let entries = read.revoked.into_iter().map(|key| (key, json!({}))).collect();
    let (as_of, number) = (read.issued, read.number);
    Ok(Next { list: STI_CRL, as_of, sha256: sha256(files), entries, number })
}

async fn commit(tx: &mut Tx, id: ListVersionId, next: Next) -> Result<(), AppError> {
    let before = tx.list_lock(next.list).await?;
    if let Some(before) = &before {
        tx.saw(before.last_at);
        if before.as_of > next.as_of {
            return Err(AppError::refused("NEWER_KNOWN", "a newer list is loaded"));
        }
        let had = before.counts.as_ref().and_then(|counts| counts.0.0.get(NUMBER).copied());
        if had.is_some_and(|had| next.number.is_none_or(|has| has < had)) {
            let reason = CrlFault::Number.as_str();
            return Err(AppError::refused(reason, "a list of a higher number is loaded"));
        }
    }
    let known = references(tx, next.list).await?;
    let gone: Vec<&String> = known.iter().filter(|key| !next.entries.contains_key(*key)).collect();
    let come: Vec<(&String, &Value)> =
        next.entries.iter().filter(|(key, _)| !known.contains(*key)).collect();
    let at = tx.at();
    let rows = next.entries.len() as u64;
    let mut counts = Counts::of([("entries", rows)]);
    counts.0.extend(next.number.map(|number| (NUMBER.to_owned(), number)));
    let facts =
        ListFacts { list: next.list.to_owned(), version: id, as_of: next.as_of, rows, aged: false };
    let entry = tx
        .journal(EntryDraft {
            kind: SubjectKind::List,
            subject: id.0,
            rev: 1,
            word: "list.loaded",
            facts: Some(Facts::List(facts).encode()?),
            detail: json!({ "rows": rows, "added": come.len(), "ended": gone.len() }),
            owner: None,
        })
        .await?;
    if before.is_some() {
        tx.list_end(next.list, entry).await?;
    }
    tx.list_add(&ListAdd {
        id,
        list: next.list.to_owned(),
        sha256: next.sha256.as_bytes().to_vec(),
        as_of: next.as_of,
        rows: i64::try_from(rows).unwrap_or(i64::MAX),
        counts: counts.into(),
        at,
        entry,
    })
    .await?;
    let row = |(key, body): &(&String, &Value)| ListRow::stored((*key).clone(), body);
    let (gone, rows) = (json!(gone), come.iter().map(row).collect::<Vec<_>>());
    tx.list_entries_end(next.list, &gone.to_string(), entry).await?;
    tx.list_entries_add(next.list, &as_array(&rows), entry).await?;
    // What is named on the list of revoked certificates ends, and what stands on a root that is no
    // longer loaded.
    let over: Vec<String> = if next.list == STI_CRL {
        come.into_iter().map(|(reference, _)| reference.clone()).collect()
    } else {
        known.iter().filter(|key| !next.entries.contains_key(*key)).map(|it| root_key(it)).collect()
    };
    let mut revoked = BTreeSet::new();
    for reference in over {
        revoked.extend(tx.certificates_over(&reference).await?.into_iter().map(|(id,)| id));
    }
    let mut carried = BTreeMap::new();
    for certificate in revoked {
        for row in tx.certificate_carries(certificate).await? {
            carried.entry(row.tn).or_insert_with(Vec::new).push(row);
        }
        tx.certificate_end(certificate, entry).await?;
    }
    end(tx, carried).await
}

/// Ends evidence, number by number in the order of their digits, so that commands lock in one order.
async fn end(tx: &mut Tx, carried: BTreeMap<Tn, Vec<CarriedRow>>) -> Result<(), AppError> {
    for rows in carried.into_values() {
        let Some(first) = rows.first() else { continue };
        let Some(mut number) = NumberDraft::open_id(tx, first.number_id).await? else { continue };
        number.end_where(|piece| rows.iter().any(|row| row.evidence_id == piece.id));
        if number.is_changed() {
            number.write(tx, "number.certificate_revoked", Some(first.customer_id)).await?;
        }
    }
    Ok(())
}

async fn references(tx: &mut Tx, list: &str) -> Result<BTreeSet<String>, StoreError> {
    let (mut all, mut after) = (BTreeSet::new(), String::new());
    loop {
        let page = tx.list_entries(list, &after, 500).await?;
        let Some(end) = page.last() else { return Ok(all) };
        after.clone_from(&end.reference);
        all.extend(page.into_iter().map(|row| row.reference));
    }
}
