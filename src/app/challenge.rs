//! Challenge codes: made in a command, delivered by a job, never in an answer. A new code has
//! tries of its own, and there is a limit on codes; only the newest code of a claim passes.

use serde::{Deserialize, Serialize};

use super::change::{Changes, Turn};
use super::check::raise_of;
use super::customer::Changed;
use super::draft::{Draft, Written};
use super::error::AppError;
use super::number_draft::NumberDraft;
use super::parts::App;
use super::token::ChangeToken;
use crate::domain::access::Principal;
use crate::domain::check::{Check, FormResult, Kind, Method, Verdict, alternate_phone};
use crate::domain::command::challenge::{Channel, StartContactChallenge, Target, VerifyChallenge};
use crate::domain::customer_file::{ClaimRow, CustomerFile};
use crate::domain::digest::Digest;
use crate::domain::ids::{ChallengeId, CheckId, CustomerId, FindingId, JobId};
use crate::domain::pii::{Pii, Secret};
use crate::domain::policy::Challenges;
use crate::domain::time::{Span, Ts};
use crate::store::check::{ChallengeAdd, ChallengeRow};
use crate::store::seal::Sealer;
use crate::store::{Meta, StoreError, Tx};

/// The job that delivers a challenge's code.
pub const DELIVER: &str = "DELIVER_CODE";
/// The kind of a challenge whose code goes to a claimed number; its subject is the number's id.
pub const NUMBER: &str = "NUMBER";

/// A challenge as its owner may see it: never the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// Its id.
    pub challenge: ChallengeId,
    /// Whose.
    pub customer: CustomerId,
    /// The customer's revision.
    pub revision: u64,
    /// From when no code passes.
    pub expires: Ts,
    /// How many tries are left.
    pub tries_left: u32,
}

impl Started {
    /// The token with which a query waits for this write.
    pub fn token(&self, app: &App) -> String {
        let (subject, revision) = (self.customer.0, self.revision);
        ChangeToken { epoch: app.store.epoch(), subject, revision }.to_string()
    }
}

/// What came of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tried {
    /// The code was right, and this check came of it.
    Passed {
        /// The check.
        check: CheckId,
        /// Whose.
        customer: CustomerId,
        /// The customer's revision.
        revision: u64,
    },
    /// The code was wrong.
    Wrong {
        /// How many tries are left.
        left: u32,
    },
    /// No code passes any more.
    Closed,
}

/// Makes a code for a contact's mailbox or phone, or for the alternate phone.
pub async fn start(
    app: &App,
    who: &Principal,
    ask: StartContactChallenge,
) -> Result<Started, AppError> {
    check_channel(ask.target, ask.channel)?;
    let ids = Ids { challenge: ChallengeId(app.clock.id()), job: JobId(app.clock.id()) };
    app.change(who, Meta::write(who, &ask.write), move |mut turn| {
        let ask = ask.clone();
        async move {
            let draft = turn.draft(ask.customer).await?;
            let claim = claim_of(&draft.file, ask.target).ok_or_else(|| {
                AppError::field("contact_id", "NOT_FOUND", "name a contact of the live profile")
            })?;
            let made = new_code(&mut turn, &draft, ids, claim.into(), ask.channel).await?;
            let written = turn.write(draft, "customer.challenge_started").await?;
            made.store(&mut turn.tx, written).await
        }
    })
    .await
}

fn check_channel(target: Target, channel: Channel) -> Result<(), AppError> {
    let mail = matches!(target, Target::ContactEmail(_));
    if mail == (channel == Channel::Email) {
        Ok(())
    } else {
        let message = "a mailbox is proved by EMAIL, a phone by SMS or VOICE";
        Err(AppError::field("channel", "CHANNEL_MISMATCH", message))
    }
}

/// The check kind and subject that a target proves.
fn place_of(target: Target) -> (Kind, String) {
    match target {
        Target::ContactEmail(id) => (Kind::ContactEmail, id.to_string()),
        Target::ContactPhone(id) => (Kind::ContactPhone, id.to_string()),
        Target::AlternatePhone => (Kind::AlternatePhone, String::new()),
    }
}

fn claim_of(file: &CustomerFile, target: Target) -> Option<ClaimRow> {
    let (kind, subject) = place_of(target);
    file.claim_rows().into_iter().find(|c| c.kind == kind && c.subject == subject)
}

/// The ids of a challenge and of the job that delivers it, made once for all reruns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ids {
    pub(super) challenge: ChallengeId,
    pub(super) job: JobId,
}

/// What a code proves: a claim of the profile, or that a number is reached.
#[derive(Clone, Debug)]
pub(super) struct Proves {
    /// A check's kind, or [`NUMBER`].
    pub(super) kind: &'static str,
    /// Which of several.
    pub(super) subject: String,
    /// What the code was made for.
    pub(super) digest: Digest,
}

impl From<ClaimRow> for Proves {
    fn from(claim: ClaimRow) -> Self {
        Self { kind: claim.kind.as_str(), subject: claim.subject, digest: claim.digest }
    }
}

/// A code that waits for its journal entry.
#[derive(Debug)]
pub(super) struct NewCode {
    ids: Ids,
    customer: CustomerId,
    proves: Proves,
    channel: Channel,
    hash: Vec<u8>,
    sealed: Vec<u8>,
    limits: Challenges,
    now: Ts,
}

/// Makes a code within the limits of the policy.
pub(super) async fn new_code(
    turn: &mut Turn,
    draft: &Draft,
    ids: Ids,
    proves: Proves,
    channel: Channel,
) -> Result<NewCode, AppError> {
    let customer = draft.file.customer.id;
    let limits = draft.policy.policy.challenges;
    let (app, tx) = (turn.app.clone(), &mut turn.tx);
    let now = tx.now();
    let kind = proves.kind;
    let day = now.minus(Span::days(1));
    let (sent,) = tx.challenges_since(customer, kind, &proves.subject, day).await?;
    let (to_contacts,) = tx.contact_challenges_since(customer, NUMBER, day).await?;
    let many = to_contacts >= i64::from(limits.contact_sends_a_day);
    if many || sent >= i64::from(limits.sends_a_day) {
        return Err(AppError::Exhausted {
            reason: "TOO_MANY_CODES",
            message: "too many codes were sent for this within a day; try again tomorrow".into(),
            retry: Span::hours(24),
        });
    }
    let FreshCode { hash, sealed, .. } =
        FreshCode::make(&app, tx, customer, ids.challenge, limits.digits).await?;
    Ok(NewCode { ids, customer, proves, channel, hash, sealed, limits, now })
}

/// A code that nobody has seen: what is kept of it, and the code itself.
#[derive(Debug)]
pub(super) struct FreshCode {
    pub(super) code: Secret,
    pub(super) hash: Vec<u8>,
    pub(super) sealed: Vec<u8>,
}

impl FreshCode {
    pub(super) async fn make(
        app: &App,
        tx: &mut Tx,
        customer: CustomerId,
        challenge: ChallengeId,
        digits: u32,
    ) -> Result<Self, AppError> {
        let code = app.clock.code(digits).map_err(|e| AppError::bug(&app.clock, &e))?;
        let cell = challenge.0;
        let sealed = tx
            .seal_for(customer, "challenge", "code_sealed", cell.as_bytes(), code.expose())
            .await?;
        let hash = app.store.sealer().pepper(&bound(challenge, code.expose()));
        Ok(Self { code, hash, sealed })
    }
}

impl NewCode {
    /// Writes the challenge and the job that delivers it; older codes of the claim are over.
    pub(super) async fn store(self, tx: &mut Tx, written: Written) -> Result<Started, AppError> {
        let Proves { kind, subject, digest } = self.proves;
        tx.challenges_end(self.customer, kind, &subject).await?;
        let expires = self.now.plus(Span::minutes(i64::from(self.limits.minutes)));
        tx.challenge_add(&ChallengeAdd {
            id: self.ids.challenge,
            customer: self.customer,
            kind: kind.to_owned(),
            subject,
            digest: digest.as_bytes().to_vec(),
            channel: self.channel.as_str().to_owned(),
            code_hash: self.hash,
            code_sealed: self.sealed,
            tries: 0,
            keyed: false,
            at: self.now,
            expires,
            entry: written.entry,
        })
        .await?;
        tx.job_add(self.ids.job, DELIVER, self.ids.challenge.0, self.now, self.now).await?;
        Ok(Started {
            challenge: self.ids.challenge,
            customer: self.customer,
            revision: written.revision,
            expires,
            tries_left: self.limits.tries,
        })
    }
}

/// A code is worth something for its own challenge only.
fn bound(challenge: ChallengeId, code: &[u8]) -> Vec<u8> {
    [challenge.0.as_bytes().as_slice(), code].concat()
}

/// Tries a code. A wrong one is written too: the count of tries must survive, so this is no
/// refusal of the command.
pub async fn verify(app: &App, who: &Principal, ask: VerifyChallenge) -> Result<Tried, AppError> {
    let check = CheckId(app.clock.id());
    app.change(who, Meta::write(who, &ask.write), move |mut turn| {
        let ask = ask.clone();
        async move {
            let (draft, row) = open(&mut turn, ask.challenge, |row| row.kind != NUMBER).await?;
            let limit = draft.policy.policy.challenges.tries;
            match try_code(&mut turn, &row, &ask.code, limit).await? {
                Attempt::Right => pass(&mut turn, draft, &row, check).await,
                Attempt::Wrong(left) => Ok(Tried::Wrong { left }),
                Attempt::Over | Attempt::Used => Ok(Tried::Closed),
            }
        }
    })
    .await
}

/// Opens the challenge that a code is given for, and the file of its customer: the customer's row
/// is locked first, as every command does. A challenge that the call is not for, one of somebody
/// else and one that never was are all told alike.
pub(super) async fn open(
    turn: &mut Turn,
    id: ChallengeId,
    fits: impl Fn(&ChallengeRow) -> bool,
) -> Result<(Draft, ChallengeRow), AppError> {
    let missing = AppError::NotFound { what: "challenge" };
    let Some(row) = turn.tx.challenge_row(id).await?.filter(&fits) else { return Err(missing) };
    let draft = match turn.draft(row.customer_id).await {
        Ok(draft) => draft,
        Err(AppError::NotFound { .. }) => return Err(missing),
        Err(error) => return Err(error),
    };
    let locked = turn.tx.challenge_lock(id).await?;
    Ok((draft, locked.ok_or(missing)?))
}

/// What a given code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    /// The code.
    Right,
    /// Another one; so many tries are left.
    Wrong(u32),
    /// No code is looked at any more: every try was used.
    Used,
    /// No code is looked at any more: too late, passed, or followed by a newer one.
    Over,
}

/// Compares a code and counts the try. The comparison comes first, takes the same steps for every
/// code, and only its outcome is looked at afterwards.
pub(super) async fn try_code(
    turn: &mut Turn,
    row: &ChallengeRow,
    code: &Secret,
    limit: u32,
) -> Result<Attempt, AppError> {
    let right = is_code(turn.app.store.sealer(), row.id, code, &row.code_hash);
    let limit = i64::from(limit);
    if row.state == "FAILED" || row.tries >= limit {
        return Ok(Attempt::Used);
    }
    if row.state != "OPEN" || row.expires_at <= turn.tx.now() {
        return Ok(Attempt::Over);
    }
    let tries = row.tries + 1;
    if right {
        turn.tx.challenge_set(row.id, tries, "PASSED").await?;
        return Ok(Attempt::Right);
    }
    let state = if tries >= limit { "FAILED" } else { "OPEN" };
    turn.tx.challenge_set(row.id, tries, state).await?;
    Ok(Attempt::Wrong(u32::try_from(limit - tries).unwrap_or(0)))
}

/// Whether this is the code of that challenge. Both the keyed hash and its comparison take the same
/// time for a right code and a wrong one.
pub fn is_code(sealer: &Sealer, challenge: ChallengeId, given: &Secret, stored: &[u8]) -> bool {
    sealer.pepper_matches(&bound(challenge, given.expose()), stored)
}

/// Records the check that a right code proves, against the digest the code was made for. A code from
/// an alternate number that is none proves nothing: the check fails and says so to a reviewer.
async fn pass(
    turn: &mut Turn,
    mut draft: Draft,
    row: &ChallengeRow,
    id: CheckId,
) -> Result<Tried, AppError> {
    let kind: Kind = row.kind.parse().map_err(|_word| corrupt())?;
    let bad = match kind {
        Kind::AlternatePhone => not_another(turn, &draft).await?,
        _ => None,
    };
    let now = turn.tx.now();
    let digest = <[u8; 32]>::try_from(row.claim_digest.as_slice()).map_err(|_length| corrupt())?;
    let check = Check {
        id,
        kind,
        // The code's subject is the register's channel there, the claim has none.
        subject: if kind == Kind::Representation { String::new() } else { row.subject.clone() },
        claim_digest: Digest(digest),
        result: bad.map_or(Verdict::Pass, |bad| bad.result),
        reason: bad.map_or("CODE_RETURNED", |bad| bad.reason).to_owned(),
        method: Method::Challenge,
        source: format!("code by {}", row.channel),
        evidence: Pii::new(serde_json::json!({ "challenge": row.id, "channel": row.subject })),
        document: None,
        at: now,
        expires_at: draft.policy.policy.check_expires(kind, now),
        by: turn.who.actor.to_string(),
        overridden: None,
    };
    if let Some(code) = bad.and_then(|bad| bad.finding) {
        let claim = ClaimRow { kind, subject: check.subject.clone(), digest: check.claim_digest };
        let raise = raise_of(code, &claim, &check.reason);
        draft.raise(raise, Some(&check), FindingId(turn.app.clock.id()), now);
    }
    super::check::put(&turn.app, &mut draft, check, now);
    draft.settle(now);
    let Changed { customer, revision } = turn.finish(draft, "customer.contact_proved").await?;
    Ok(Tried::Passed { check: id, customer, revision })
}

/// Why the alternate number is no other one, if it is a contact's or one that the customer claims for
/// its calls.
async fn not_another(turn: &mut Turn, draft: &Draft) -> Result<Option<FormResult>, AppError> {
    let file = &draft.file;
    let claimed = match file.profile.alternate_tn() {
        Some(tn) => {
            let number = NumberDraft::open(&mut turn.tx, tn).await?;
            number.is_some_and(|number| number.file.claimed_by(file.customer.id))
        }
        None => false,
    };
    let form = alternate_phone(&file.profile, claimed);
    Ok(Some(form).filter(|form| form.result != Verdict::Pass))
}

fn corrupt() -> AppError {
    AppError::from(StoreError::Corrupt("challenge"))
}

impl Changes for Started {
    fn changed(&self) -> Option<Changed> {
        Some(Changed { customer: self.customer, revision: self.revision })
    }
}

impl Changes for Tried {
    fn changed(&self) -> Option<Changed> {
        match *self {
            Self::Passed { customer, revision, .. } => Some(Changed { customer, revision }),
            Self::Wrong { .. } | Self::Closed => None,
        }
    }
}

impl Tried {
    /// The token with which a query waits for this write; empty when nothing was proved.
    pub fn token(&self, app: &App) -> String {
        match *self {
            Self::Passed { customer, revision, .. } => {
                ChangeToken { epoch: app.store.epoch(), subject: customer.0, revision }.to_string()
            }
            Self::Wrong { .. } | Self::Closed => String::new(),
        }
    }
}
