//! Who calls: proved from the `authorization` header before a byte of the message is read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};
use tonic::Status;

use super::roles::{Call, Who};
use super::status;
use crate::app::App;
use crate::app::credential::Presented;
use crate::domain::access::Principal;

/// Longest `authorization` value that is looked at; a token has 69 or 83 letters.
const MAX_CREDENTIAL: usize = 512;

/// Lets a call through, with the principal it is made by; none on open calls.
pub fn admit(app: &App, call: &Call, headers: &HeaderMap) -> Result<Option<Principal>, Status> {
    if call.who == Who::Open {
        return Ok(None);
    }
    let principal = principal(app, headers)?;
    if call.who.allows(&principal) {
        Ok(Some(principal))
    } else {
        Err(status::wrong_role(&call.who.words()))
    }
}

/// Who the credential proves. Whatever is wrong with it, the answer is the same: nobody learns
/// whether a key exists.
pub fn principal(app: &App, headers: &HeaderMap) -> Result<Principal, Status> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Err(status::unauthenticated(
            "CREDENTIAL_MISSING",
            "send a key as `authorization: Bearer vk_...`, or log in and send the session's token",
        ));
    };
    presented(value.as_bytes()).and_then(|presented| prove(app, presented)).ok_or_else(|| {
        status::unauthenticated(
            "CREDENTIAL_INVALID",
            "the credential is wrong, revoked or has run out; use a live key, or log in again",
        )
    })
}

fn presented(value: &[u8]) -> Option<Presented> {
    if value.len() > MAX_CREDENTIAL {
        return None;
    }
    let value = std::str::from_utf8(value).ok()?;
    let (scheme, credential) = value.split_once(' ')?;
    let credential = credential.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Presented::parse(credential);
    }
    if scheme.eq_ignore_ascii_case("basic") {
        let decoded = String::from_utf8(STANDARD.decode(credential).ok()?).ok()?;
        let (name, password) = decoded.split_once(':')?;
        return Presented::from_basic(name, password);
    }
    None
}

fn prove(app: &App, presented: Presented) -> Option<Principal> {
    let now = app.live.now(app.clock.now());
    match presented {
        Presented::Key { id, secret } => app
            .credentials
            .with_key(id, |key| {
                let fits = app.prover.fits(&secret, &key.secret_hash);
                (fits && key.live(now)).then(|| key.principal())
            })
            .flatten(),
        Presented::Session(sealed) => {
            let session = app.prover.open_session(&sealed)?;
            let user = app.credentials.user(session.user)?;
            let live =
                now < session.expires && !user.disabled && session.epoch == user.session_epoch;
            live.then(|| user.principal())
        }
    }
}
