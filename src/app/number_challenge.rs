//! Codes that are sent to a claimed number: what comes back is CALLBACK evidence.

use serde::{Deserialize, Serialize};

use super::challenge::{Attempt, Ids, NUMBER, Proves, Started, new_code, try_code};
use super::change::{Changes, Turn};
use super::customer::Changed;
use super::error::AppError;
use super::number::OnNumber;
use super::number_draft::{NumberDraft, not_ended};
use super::parts::App;
use crate::domain::access::Principal;
use crate::domain::command::challenge::{Channel, StartNumberChallenge, VerifyChallenge};
use crate::domain::digest::Digest;
use crate::domain::evidence::{Detail, Evidence, Kind, expires};
use crate::domain::ids::{ChallengeId, EvidenceId, JobId, NumberId};
use crate::domain::pii::Pii;
use crate::store::check::ChallengeRow;
use crate::store::{Meta, StoreError};

/// What came of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NumberTried {
    /// The code was right, and evidence came of it.
    Passed(OnNumber),
    /// The code was wrong.
    Wrong {
        /// How many tries are left.
        left: u32,
    },
    /// No code passes any more.
    Closed,
}

impl Changes for NumberTried {
    fn changed(&self) -> Option<Changed> {
        None
    }
}

/// Makes a code that goes to a number which the customer claims.
pub async fn start(
    app: &App,
    who: &Principal,
    ask: StartNumberChallenge,
) -> Result<Started, AppError> {
    if ask.channel == Channel::Email {
        let message = "a number is reached by SMS or VOICE";
        return Err(AppError::field("channel", "CHANNEL_MISMATCH", message));
    }
    let ids = Ids { challenge: ChallengeId(app.clock.id()), job: JobId(app.clock.id()) };
    app.change(who, Meta::write(who, &ask.write), move |mut turn| {
        let ask = ask.clone();
        async move {
            let draft = turn.draft(ask.customer).await?;
            not_ended(&draft)?;
            let number =
                NumberDraft::open_claimed(&mut turn.tx, ask.number, ask.customer).await?.file.id;
            let proves = Proves {
                kind: NUMBER,
                subject: number.to_string(),
                digest: Digest::of_parts([
                    number.0.as_bytes().as_slice(),
                    ask.customer.0.as_bytes().as_slice(),
                ]),
            };
            let made = new_code(&mut turn, &draft, ids, proves, ask.channel).await?;
            let written = turn.write(draft, "customer.number_challenge_started").await?;
            made.store(&mut turn.tx, written).await
        }
    })
    .await
}

/// Tries a code. A wrong one is written too: the count of tries must survive.
pub async fn verify(
    app: &App,
    who: &Principal,
    ask: VerifyChallenge,
) -> Result<NumberTried, AppError> {
    let id = EvidenceId(app.clock.id());
    app.change(who, Meta::write(who, &ask.write), move |mut turn| {
        let ask = ask.clone();
        async move {
            match try_code(&mut turn, &ask, |kind| kind == NUMBER).await? {
                Attempt::Right(row) => pass(&mut turn, &row, id).await,
                Attempt::Wrong(left) => Ok(NumberTried::Wrong { left }),
                Attempt::Closed => Ok(NumberTried::Closed),
            }
        }
    })
    .await
}

async fn pass(
    turn: &mut Turn,
    row: &ChallengeRow,
    id: EvidenceId,
) -> Result<NumberTried, AppError> {
    let customer = row.customer_id;
    let owner = turn.draft(customer).await?;
    not_ended(&owner)?;
    let corrupt = || AppError::from(StoreError::Corrupt("challenge"));
    let number: NumberId = row.subject.parse().map_err(|_id| corrupt())?;
    let draft = NumberDraft::open_id(&mut turn.tx, number).await?;
    let Some(mut draft) = draft.filter(|draft| draft.file.claimed_by(customer)) else {
        return Err(AppError::refused(
            "NOT_CLAIMED",
            "the customer no longer claims the number; claim it and ask for a new code",
        ));
    };
    let now = turn.tx.now();
    let detail =
        Detail { reference: Pii::new(format!("challenge {}", row.id)), ..Detail::default() };
    let rules = &owner.policy.policy.evidence;
    let expires_at = expires(Kind::Callback, &detail, rules, now)
        .map_err(|refusal| AppError::refused(refusal.reason(), refusal.to_string()))?;
    draft.add(
        Evidence {
            id,
            number,
            customer,
            kind: Kind::Callback,
            source: format!("code by {}", row.channel),
            detail,
            document: None,
            verified_at: now,
            expires_at,
            revoked_at: None,
            by: turn.who.actor.to_string(),
        },
        now,
    );
    let written = draft.write(&mut turn.tx, "number.reached", Some(customer)).await?;
    Ok(NumberTried::Passed(OnNumber { customer, written }))
}
