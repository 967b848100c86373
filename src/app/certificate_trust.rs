//! What certificates are held against: the loaded roots and the list of revoked certificates.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::AppError;
use super::parts::App;
use crate::domain::certificate::{Certificate, DelegateRefusal};
use crate::domain::list::{STI_CRL, STI_ROOTS};
use crate::domain::time::{Span, Ts};
use crate::sources::certificate::{NoPath, chain, path};
use crate::store::list::ListVersionRow;
use crate::store::{StoreError, Tx};

/// Entries of one page.
const PAGE: i64 = 500;

impl From<DelegateRefusal> for AppError {
    fn from(refusal: DelegateRefusal) -> Self {
        let (reason, message) = (refusal.as_str(), refusal.message());
        match refusal {
            DelegateRefusal::NoRoots | DelegateRefusal::NoCrl => {
                Self::Unavailable { reason, message: message.into() }
            }
            DelegateRefusal::NoPath
            | DelegateRefusal::Signature
            | DelegateRefusal::NotYetValid
            | DelegateRefusal::Expired
            | DelegateRefusal::NotIssuer
            | DelegateRefusal::Curve
            | DelegateRefusal::KeyUsage
            | DelegateRefusal::Critical
            | DelegateRefusal::Revoked
            | DelegateRefusal::NoNumbers
            | DelegateRefusal::OutsideIssuer
            | DelegateRefusal::Claims
            | DelegateRefusal::NotCovered => Self::refused(reason, message),
        }
    }
}

/// The path from a chain's first certificate to a loaded root, its signatures verified.
pub(super) async fn path_of(app: &App, sent: &[u8]) -> Result<Vec<Certificate>, AppError> {
    let bad = |reason: &'static str| {
        let message = "send certificates as PEM, the customer's first, or one as DER";
        AppError::field("chain", reason, message)
    };
    let given = chain(sent).map_err(|fault| bad(fault.as_str()))?;
    let roots = roots(app).await?;
    if roots.is_empty() {
        return Err(DelegateRefusal::NoRoots.into());
    }
    let walked = tokio::task::spawn_blocking(move || path(&given, &roots)).await;
    match walked.map_err(|panic| AppError::bug(&app.clock, &panic))? {
        Ok(path) => Ok(path),
        Err(NoPath::Bad(fault)) => Err(bad(fault.as_str())),
        Err(NoPath::Refused(refusal)) => Err(refusal.into()),
    }
}

/// The loaded roots.
pub(super) async fn roots(app: &App) -> Result<Vec<Vec<u8>>, AppError> {
    app.store
        .read::<_, AppError, _, _>(|mut tx| async move {
            let (mut all, mut after) = (Vec::new(), String::new());
            loop {
                let page = tx.list_entries(STI_ROOTS, &after, PAGE).await?;
                let Some(end) = page.last() else { return Ok(all) };
                after.clone_from(&end.reference);
                for row in page {
                    let text =
                        row.body.0.get("der").and_then(|der| der.as_str().map(str::to_owned));
                    let der = text.and_then(|text| STANDARD.decode(text).ok());
                    all.push(der.ok_or(StoreError::Corrupt("list entry"))?);
                }
            }
        })
        .await
}

/// The live load of a list, held until the command has ended.
pub(super) async fn held(tx: &mut Tx, list: &str) -> Result<Option<ListVersionRow>, StoreError> {
    match tx.list_share(list).await? {
        Some(live) => Ok(Some(live)),
        // It was replaced while we waited for it.
        None => tx.list_share(list).await,
    }
}

/// Refuses a path with a revoked certificate on it, and every path while nobody can tell; says until
/// when the list that does not name it may be rested on. A root is
/// not revoked: it was loaded by hand and is taken away by hand.
pub(super) async fn not_revoked(
    tx: &mut Tx,
    path: &[Certificate],
    max_age: Span,
) -> Result<Ts, AppError> {
    let now = tx.now();
    // Both lists stand still until this command has ended: whatever takes a certificate or a root away
    // comes before it and is seen here, or after it and sees what it wrote.
    let Some(roots) = held(tx, STI_ROOTS).await? else {
        return Err(DelegateRefusal::NoRoots.into());
    };
    let Some(live) = held(tx, STI_CRL).await? else {
        return Err(DelegateRefusal::NoCrl.into());
    };
    tx.saw(roots.last_at);
    tx.saw(live.last_at);
    let root = path.last().map(|root| root.sha256.to_string()).unwrap_or_default();
    if tx.list_holds(STI_ROOTS, &root).await?.is_none() {
        return Err(DelegateRefusal::NoPath.into());
    }
    if now.since(live.as_of) > max_age {
        return Err(DelegateRefusal::NoCrl.into());
    }
    let below_root = path.len().saturating_sub(1);
    for certificate in path.iter().take(below_root) {
        if tx.list_holds(STI_CRL, &certificate.revocation_key()).await?.is_some() {
            return Err(DelegateRefusal::Revoked.into());
        }
    }
    Ok(live.as_of.plus(max_age))
}
