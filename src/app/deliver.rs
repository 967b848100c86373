//! Delivering a challenge's code, outside of any transaction: at least once, with the same message
//! id and the same code.

use super::error::AppError;
use super::parts::App;
use crate::domain::check::Kind;
use crate::domain::command::challenge::Channel;
use crate::domain::customer_file::CustomerFile;
use crate::domain::ids::{ChallengeId, ContactId};
use crate::domain::pii::{Pii, Secret};
use crate::sources::delivery::{DeliveryError, Message, Purpose};
use crate::store::Meta;
use crate::store::check::ChallengeRow;

/// Sends the code of an open challenge; nothing is sent for one that is over, or whose claim the
/// profile no longer makes.
pub async fn deliver(app: &App, id: ChallengeId) -> Result<Result<(), DeliveryError>, AppError> {
    let Some(message) = message(app, id).await? else { return Ok(Ok(())) };
    if let Err(error) = app.deliveries.send(&message).await {
        return Ok(Err(error));
    }
    app.store
        .command(Meta::system("deliver"), move |mut tx| async move {
            tx.challenge_sent(id).await?;
            Ok::<_, AppError>(())
        })
        .await?;
    Ok(Ok(()))
}

async fn message(app: &App, id: ChallengeId) -> Result<Option<Message>, AppError> {
    let valid_minutes = app.policies.at(app.clock.now())?.policy.challenges.minutes;
    app.store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            let Some(row) = tx.challenge_row(id).await? else { return Ok(None) };
            let Some((sealed,)) = tx.challenge_code(id).await? else { return Ok(None) };
            let Some(file) = tx.file(row.customer_id).await? else { return Ok(None) };
            let number = tx.challenge_number(&row).await?;
            let Some((to, purpose)) = target(&file, &row, number) else { return Ok(None) };
            let code = tx.open_code(&row, &sealed).await?;
            let corrupt = crate::store::StoreError::Corrupt("challenge");
            Ok(Some(Message {
                id: id.0,
                made_at: row.created_at,
                channel: row.channel.parse::<Channel>().map_err(|_word| corrupt)?,
                to,
                purpose,
                firm: file.profile.legal_name,
                code: Secret::new(code),
                valid_minutes,
            }))
        })
        .await
}

/// Whom the code goes to, if the profile still says what the code was made for.
fn target(
    file: &CustomerFile,
    row: &ChallengeRow,
    number: Option<String>,
) -> Option<(Pii<String>, Purpose)> {
    if let Some(number) = number {
        return Some((Pii::new(number), Purpose::NumberControl));
    }
    let kind: Kind = row.kind.parse().ok()?;
    let stands = file.claim_rows().into_iter().any(|claim| {
        claim.kind == kind
            && claim.subject == row.subject
            && claim.digest.as_bytes().as_slice() == row.claim_digest.as_slice()
    });
    if !stands {
        return None;
    }
    let contact = || row.subject.parse::<ContactId>().ok().and_then(|id| file.profile.contact(id));
    match kind {
        Kind::ContactEmail => Some((contact()?.email.clone(), Purpose::ContactEmail)),
        Kind::ContactPhone => Some((Pii::new(contact()?.tn()?.e164()), Purpose::ContactPhone)),
        Kind::AlternatePhone => {
            Some((Pii::new(file.profile.alternate_tn()?.e164()), Purpose::AlternatePhone))
        }
        Kind::IdentifierForm
        | Kind::Sanctions
        | Kind::AddressKind
        | Kind::Existence
        | Kind::TaxIdToName
        | Kind::Representation
        | Kind::CallerName
        | Kind::RmdRecord
        | Kind::FlowDown => None,
    }
}
