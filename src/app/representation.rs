//! Proving who speaks for the firm, through what registers hold.

use super::challenge::{Ids, Started, new_code};
use super::customer;
use super::error::AppError;
use super::parts::App;
use crate::domain::access::Principal;
use crate::domain::check::{ChannelKind, Kind, Usable, usable};
use crate::domain::command::challenge::{Channel, StartRegistryChallenge};
use crate::domain::ids::{ChallengeId, CustomerId, JobId};
use crate::store::Meta;

/// The channels of a customer through which it can be proved.
pub async fn channels(
    app: &App,
    who: &Principal,
    customer: CustomerId,
) -> Result<Vec<Usable>, AppError> {
    let file = customer::get(app, who, customer).await?;
    Ok(usable(&file, app.clock.now()))
}

/// Makes a code for one of them.
pub async fn start(
    app: &App,
    who: &Principal,
    ask: StartRegistryChallenge,
) -> Result<Started, AppError> {
    let ids = Ids { challenge: ChallengeId(app.clock.id()), job: JobId(app.clock.id()) };
    app.change(who, Meta::write(who, &ask.write), move |mut turn| {
        let ask = ask.clone();
        async move {
            let draft = turn.draft(ask.customer).await?;
            let held = usable(&draft.file, turn.tx.now());
            let held = held.into_iter().find(|held| held.id == ask.held).ok_or_else(|| {
                AppError::field("channel_id", "NOT_FOUND", "name a channel that a register holds")
            })?;
            if (held.kind == ChannelKind::Mail) != (ask.channel == Channel::Email) {
                let message = "a mailbox is reached by EMAIL, a phone by SMS or VOICE";
                return Err(AppError::field("channel", "CHANNEL_MISMATCH", message));
            }
            let claims = draft.file.claim_rows();
            let claim = claims.into_iter().find(|claim| claim.kind == Kind::Representation);
            let mut proves: super::challenge::Proves = claim
                .ok_or_else(|| {
                    let message = "name a contact that may sign; nobody's authority is claimed";
                    AppError::refused("NOTHING_CLAIMED", message)
                })?
                .into();
            proves.subject = held.id;
            let made = new_code(&mut turn, &draft, ids, proves, ask.channel).await?;
            let written = turn.write(draft, "customer.challenge_started").await?;
            made.store(&mut turn.tx, written).await
        }
    })
    .await
}
