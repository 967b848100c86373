//! Codes that are sent to a claimed number: what comes back is CALLBACK evidence. One code is open
//! for a number at a time: asking again sends the same one again, and its tries go on counting.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::challenge::{Attempt, DELIVER, FreshCode, NUMBER, Started, open, try_code};
use super::change::{Changes, Turn};
use super::customer::Changed;
use super::draft::{Draft, Written};
use super::error::AppError;
use super::number::OnNumber;
use super::number_draft::{NumberDraft, not_ended};
use super::parts::App;
use crate::domain::access::Principal;
use crate::domain::attestation::NumberFacts;
use crate::domain::callback::{Lane, callable, caps, country, lock, prefix};
use crate::domain::command::challenge::{Channel, StartNumberChallenge, VerifyChallenge};
use crate::domain::digest::Digest;
use crate::domain::evidence::{Detail, Evidence, Kind, expires};
use crate::domain::finding::{Code, Raise};
use crate::domain::ids::{CallId, ChallengeId, EvidenceId, FindingId, JobId, NumberId};
use crate::domain::number_file::NumberFile;
use crate::domain::numbering::Placed;
use crate::domain::pii::{Pii, Secret};
use crate::domain::time::{Span, Ts};
use crate::store::callback::{CallAdd, Lanes};
use crate::store::check::{ChallengeAdd, ChallengeRow};
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
    /// Every try of this code was used before.
    Used,
    /// No code passes any more.
    Closed,
    /// That was one wrong code too many: the customer's call-backs are locked.
    Locked {
        /// For how long.
        wait: Span,
        /// The customer's change.
        changed: Changed,
    },
}

impl Changes for NumberTried {
    fn changed(&self) -> Option<Changed> {
        match *self {
            Self::Locked { changed, .. } => Some(changed),
            Self::Passed(_) | Self::Wrong { .. } | Self::Used | Self::Closed => None,
        }
    }
}

/// A challenge that was begun, or whose code is sent again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Begun {
    /// The challenge.
    pub started: Started,
    /// The code that the person keys into the call; only where nothing reads it out. Never kept
    /// with the answer.
    #[serde(skip)]
    pub code: Option<Pii<String>>,
}

impl Changes for Begun {
    fn changed(&self) -> Option<Changed> {
        self.started.changed()
    }
}

/// Sends a code to a number which the customer claims.
pub async fn start(
    app: &App,
    who: &Principal,
    ask: StartNumberChallenge,
) -> Result<Begun, AppError> {
    if ask.channel == Channel::Email {
        let message = "a number is reached by SMS or VOICE";
        return Err(AppError::field("channel", "CHANNEL_MISMATCH", message));
    }
    let ids = Ids {
        challenge: ChallengeId(app.clock.id()),
        call: CallId(app.clock.id()),
        job: JobId(app.clock.id()),
    };
    let meta = Meta::write(who, &ask.write);
    let meta = if ask.keyed { meta.secret() } else { meta };
    app.change(who, meta, move |mut turn| {
        let ask = ask.clone();
        async move { start_in(&mut turn, ask, ids).await }
    })
    .await
}

/// Made once for all reruns.
#[derive(Clone, Copy, Debug)]
struct Ids {
    challenge: ChallengeId,
    call: CallId,
    job: JobId,
}

async fn start_in(turn: &mut Turn, ask: StartNumberChallenge, ids: Ids) -> Result<Begun, AppError> {
    let draft = turn.draft(ask.customer).await?;
    not_ended(&draft)?;
    let number = NumberDraft::open_claimed(&mut turn.tx, ask.number, ask.customer).await?.file;
    let rules = draft.policy.policy.callback.clone();
    let NumberFacts { category, foreign, .. } = number.facts;
    callable(number.tn, Placed { category, foreign }, &rules)
        .map_err(|no| AppError::field("number", no.reason(), no.to_string()))?;
    let now = turn.tx.now();
    if let Some((until,)) = turn.tx.call_lock_of(ask.customer).await?.filter(|row| row.0 > now) {
        return Err(locked(until.since(now)));
    }
    keep_caps(turn, &draft, &number, now).await?;
    let subject = number.id.to_string();
    let before = turn.tx.challenge_open(ask.customer, NUMBER, &subject, now).await?;
    match before {
        Some(row) if row.keyed == ask.keyed && row.tries < i64::from(rules.tries) => {
            send_again(turn, draft, &number, &ask, (row, ids)).await
        }
        before => begin(turn, draft, &number, &ask, (before, ids)).await,
    }
}

/// Refuses a message that one of the caps leaves no room for, and says when there will be.
async fn keep_caps(
    turn: &mut Turn,
    draft: &Draft,
    number: &NumberFile,
    now: Ts,
) -> Result<(), AppError> {
    let (prefix, country) = (prefix(number.tn), country(number.tn, number.facts.foreign));
    let customer = draft.file.customer.id;
    let lanes = Lanes { number: number.id, customer, prefix: &prefix, country: &country };
    turn.tx.call_lanes_lock(lanes, now).await?;
    for cap in caps(number.tn, number.facts.foreign, &draft.policy.policy.callback) {
        let filled = turn.tx.call_filled(cap, lanes, now).await?;
        if let Some(retry) = cap.wait(filled, now) {
            let reason = cap.lane.reason();
            let message = match cap.lane {
                Lane::Number => "too many codes were sent to this number; try again later",
                Lane::Customer => "too many codes were sent for this customer; try again later",
                Lane::Prefix => {
                    "too many codes were sent to numbers like this one; try again later"
                }
                Lane::Country => "too many codes were sent to this country; try again later",
            };
            return Err(AppError::Exhausted { reason, message: message.into(), retry });
        }
    }
    Ok(())
}

/// Makes a code. Tries of the one before go on counting where it was still open.
async fn begin(
    turn: &mut Turn,
    draft: Draft,
    number: &NumberFile,
    ask: &StartNumberChallenge,
    (before, ids): (Option<ChallengeRow>, Ids),
) -> Result<Begun, AppError> {
    let policy = std::sync::Arc::clone(&draft.policy);
    let (rules, customer) = (&policy.policy.callback, ask.customer);
    let (app, now) = (turn.app.clone(), turn.tx.now());
    let digits = policy.policy.challenges.digits;
    let fresh = FreshCode::make(&app, &mut turn.tx, customer, ids.challenge, digits).await?;
    let written = turn.write(draft, "customer.number_challenge_started").await?;
    let subject = number.id.to_string();
    let tries = before.as_ref().map_or(0, |row| row.tries);
    if let Some(row) = before {
        // Its tries are counted on in the new one, and once only.
        turn.tx.challenge_set(row.id, 0, "EXPIRED").await?;
    }
    turn.tx.challenges_end(customer, NUMBER, &subject).await?;
    let expires = now.plus(Span::minutes(i64::from(rules.minutes)));
    let parts = [number.id.0.as_bytes().as_slice(), customer.0.as_bytes().as_slice()];
    turn.tx
        .challenge_add(&ChallengeAdd {
            id: ids.challenge,
            customer,
            kind: NUMBER.to_owned(),
            subject,
            digest: Digest::of_parts(parts).as_bytes().to_vec(),
            channel: ask.channel.as_str().to_owned(),
            code_hash: fresh.hash,
            code_sealed: fresh.sealed,
            at: now,
            expires,
            tries,
            keyed: ask.keyed,
            entry: written.entry,
        })
        .await?;
    // The first message bears the challenge's own id.
    send(turn, number, ask, (CallId(ids.challenge.0), ids.challenge, ids.job), written).await?;
    let left = i64::from(rules.tries) - tries;
    Ok(Begun {
        started: Started {
            challenge: ids.challenge,
            customer,
            revision: written.revision,
            expires,
            tries_left: u32::try_from(left).unwrap_or(0),
        },
        code: shown(ask.keyed, fresh.code.expose()),
    })
}

/// Sends the open code once more: neither its tries nor its end move.
async fn send_again(
    turn: &mut Turn,
    draft: Draft,
    number: &NumberFile,
    ask: &StartNumberChallenge,
    (row, ids): (ChallengeRow, Ids),
) -> Result<Begun, AppError> {
    let limit = i64::from(draft.policy.policy.callback.tries);
    let code = match (ask.keyed, turn.tx.challenge_code(row.id).await?) {
        (true, Some((sealed,))) => turn.tx.open_code(&row, &sealed).await?,
        (true, None) | (false, _) => Vec::new(),
    };
    let code = Secret::new(code);
    let written = turn.write(draft, "customer.number_challenge_sent_again").await?;
    send(turn, number, ask, (ids.call, row.id, ids.job), written).await?;
    Ok(Begun {
        started: Started {
            challenge: row.id,
            customer: ask.customer,
            revision: written.revision,
            expires: row.expires_at,
            tries_left: u32::try_from(limit - row.tries).unwrap_or(0),
        },
        code: shown(ask.keyed, code.expose()),
    })
}

/// The code, for the portal to show, where it is keyed into the call.
fn shown(keyed: bool, code: &[u8]) -> Option<Pii<String>> {
    let text = std::str::from_utf8(code).ok().filter(|text| keyed && !text.is_empty());
    text.map(|text| Pii::new(text.to_owned()))
}

/// Writes the message that is to be sent, and the job that sends it.
async fn send(
    turn: &mut Turn,
    number: &NumberFile,
    ask: &StartNumberChallenge,
    (id, challenge, job): (CallId, ChallengeId, JobId),
    written: Written,
) -> Result<(), AppError> {
    let now = turn.tx.now();
    let extension = match &ask.extension {
        Some(extension) => {
            let plain = serde_json::to_vec(extension.signs())
                .map_err(|_shape| StoreError::Defect("an extension cannot be encoded"))?;
            let cell = id.0;
            let sealed = turn
                .tx
                .seal_for(ask.customer, "call_send", "extension", cell.as_bytes(), &plain)
                .await?;
            Some(sealed)
        }
        None => None,
    };
    turn.tx
        .call_add(&CallAdd {
            id,
            challenge,
            customer: ask.customer,
            number: number.id,
            prefix: prefix(number.tn),
            country: country(number.tn, number.facts.foreign),
            channel: ask.channel.as_str().to_owned(),
            extension,
            at: now,
            entry: written.entry,
        })
        .await?;
    turn.tx.job_add(job, DELIVER, id.0, now, now).await?;
    Ok(())
}

/// The refusal while a customer's call-backs are locked.
pub(crate) fn locked(retry: Span) -> AppError {
    AppError::Exhausted {
        reason: "CALLBACK_LOCKED",
        message:
            "too many wrong codes were given; this customer's call-backs are locked until then"
                .into(),
        retry,
    }
}

/// Tries a code that was read out to the person. A wrong one is written too: the count of tries
/// must survive.
pub async fn verify(
    app: &App,
    who: &Principal,
    ask: VerifyChallenge,
) -> Result<NumberTried, AppError> {
    tried(app, who, ask, false).await
}

/// Tries what a person keyed into the call, as the provider's switch reports it. The portal, which
/// shows such a code, can never report it itself.
pub async fn keyed(
    app: &App,
    who: &Principal,
    ask: VerifyChallenge,
) -> Result<NumberTried, AppError> {
    if who.client.is_some() {
        return Err(AppError::NotFound { what: "challenge" });
    }
    tried(app, who, ask, true).await
}

async fn tried(
    app: &App,
    who: &Principal,
    ask: VerifyChallenge,
    keyed: bool,
) -> Result<NumberTried, AppError> {
    let (evidence, finding) = (EvidenceId(app.clock.id()), FindingId(app.clock.id()));
    app.change(who, Meta::write(who, &ask.write), move |mut turn| {
        let ask = ask.clone();
        async move {
            let fits = |row: &ChallengeRow| row.kind == NUMBER && row.keyed == keyed;
            let (draft, row) = open(&mut turn, ask.challenge, fits).await?;
            let limit = draft.policy.policy.callback.tries;
            match try_code(&mut turn, &row, &ask.code, limit).await? {
                Attempt::Right => pass(&mut turn, &draft, &row, evidence).await,
                Attempt::Wrong(left) => wrong(&mut turn, draft, left, finding).await,
                Attempt::Used => Ok(NumberTried::Used),
                Attempt::Over => Ok(NumberTried::Closed),
            }
        }
    })
    .await
}

/// Counts a wrong code; one too many locks the customer's call-backs and says so to a reviewer.
async fn wrong(
    turn: &mut Turn,
    mut draft: Draft,
    left: u32,
    id: FindingId,
) -> Result<NumberTried, AppError> {
    let (customer, now) = (draft.file.customer.id, turn.tx.now());
    let day = now.minus(Span::days(1));
    let (failures,) = turn.tx.challenge_failures(customer, NUMBER, day).await?;
    let failures = u32::try_from(failures).unwrap_or(u32::MAX);
    let Some(wait) = lock(failures, &draft.policy.policy.callback) else {
        return Ok(NumberTried::Wrong { left });
    };
    let until = now.plus(wait);
    let new = Raise {
        code: Code::CallbackFailures,
        // Each lock is a finding of its own.
        subject: format!("callback#{}", until.0),
        evidence: Pii::new(BTreeMap::from([("wrong_codes".to_owned(), failures.to_string())])),
    };
    draft.raise(new, None, id, now);
    draft.settle(now);
    let written = turn.write(draft, "customer.callback_locked").await?;
    turn.tx.challenges_close(customer, NUMBER).await?;
    turn.tx.call_lock_set(customer, until, written.entry).await?;
    let changed = Changed { customer, revision: written.revision };
    Ok(NumberTried::Locked { wait, changed })
}

async fn pass(
    turn: &mut Turn,
    owner: &Draft,
    row: &ChallengeRow,
    id: EvidenceId,
) -> Result<NumberTried, AppError> {
    let customer = row.customer_id;
    not_ended(owner)?;
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
    let source = if row.keyed {
        "code keyed into a call".to_owned()
    } else {
        format!("code by {}", row.channel)
    };
    draft.add(
        Evidence {
            id,
            number,
            customer,
            kind: Kind::Callback,
            source,
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
