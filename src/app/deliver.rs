//! Delivering a challenge's code, outside of any transaction: at least once, with the same message
//! id and the same code.

use uuid::Uuid;

use super::error::AppError;
use super::parts::App;
use crate::domain::check::{Kind, usable};
use crate::domain::command::challenge::Channel;
use crate::domain::customer_file::CustomerFile;
use crate::domain::ids::{CallId, ChallengeId, ContactId};
use crate::domain::pii::{Pii, Secret};
use crate::domain::time::{Span, Ts};
use crate::sources::delivery::{DeliveryError, Message, Purpose};
use crate::store::Meta;
use crate::store::check::ChallengeRow;

/// Sends the code of an open challenge; nothing is sent for one that is over, or whose claim the
/// profile no longer makes. `id` is the challenge's, or that of one message to a number.
pub async fn deliver(app: &App, id: Uuid) -> Result<Result<(), DeliveryError>, AppError> {
    let Some((challenge, message)) = message(app, id).await? else { return Ok(Ok(())) };
    if let Err(error) = app.deliveries.send(&message).await {
        return Ok(Err(error));
    }
    app.store
        .command(Meta::system("deliver"), move |mut tx| async move {
            tx.challenge_sent(challenge).await?;
            Ok::<_, AppError>(())
        })
        .await?;
    Ok(Ok(()))
}

async fn message(app: &App, id: Uuid) -> Result<Option<(ChallengeId, Message)>, AppError> {
    let now = app.clock.now();
    app.store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            let call = tx.call_row(CallId(id)).await?;
            let challenge = call.as_ref().map_or(ChallengeId(id), |call| call.challenge_id);
            let Some(row) = tx.challenge_row(challenge).await? else { return Ok(None) };
            let Some((sealed,)) = tx.challenge_code(challenge).await? else { return Ok(None) };
            let Some(file) = tx.file(row.customer_id).await? else { return Ok(None) };
            let number = tx.challenge_number(&row).await?;
            let Some((to, purpose)) = target(&file, &row, number, now) else { return Ok(None) };
            if row.expires_at <= now {
                return Ok(None);
            }
            let code = tx.open_code(&row, &sealed).await?;
            let corrupt = crate::store::StoreError::Corrupt("challenge");
            let channel = call.as_ref().map_or(&row.channel, |call| &call.channel);
            let extension = match &call {
                Some(call) => tx.open_extension(row.customer_id, call).await?,
                None => None,
            };
            let lives = row.expires_at.since(row.created_at).0 / Span::minutes(1).0;
            let message = Message {
                id,
                challenge: challenge.0,
                made_at: call.as_ref().map_or(row.created_at, |call| call.sent_at),
                channel: channel.parse::<Channel>().map_err(|_word| corrupt)?,
                to,
                purpose,
                firm: file.profile.legal_name,
                code: Secret::new(code),
                valid_minutes: u32::try_from(lives).unwrap_or(0),
                extension: extension.map(Pii::new),
                keyed: row.keyed,
            };
            Ok(Some((challenge, message)))
        })
        .await
}

/// Whom the code goes to, if the profile still says what the code was made for.
fn target(
    file: &CustomerFile,
    row: &ChallengeRow,
    number: Option<String>,
    now: Ts,
) -> Option<(Pii<String>, Purpose)> {
    if let Some(number) = number {
        return Some((Pii::new(number), Purpose::NumberControl));
    }
    let kind: Kind = row.kind.parse().ok()?;
    let stands = file.claim_rows().into_iter().any(|claim| {
        claim.kind == kind
            && (claim.subject == row.subject || kind == Kind::Representation)
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
        // Where the register says, and nowhere else.
        Kind::Representation => {
            let held = usable(file, now).into_iter().find(|held| held.id == row.subject)?;
            Some((held.value, Purpose::Representation))
        }
        Kind::IdentifierForm
        | Kind::Sanctions
        | Kind::AddressKind
        | Kind::Existence
        | Kind::TaxIdToName
        | Kind::CallerName
        | Kind::RmdRecord
        | Kind::FlowDown => None,
    }
}
